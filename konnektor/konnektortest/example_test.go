package konnektortest_test

import (
	"context"
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// A program starts and closes its Konnektor; a test calls New(t).
func Example() {
	k, err := konnektortest.Start(konnektortest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer k.Close()
	k.Insert(konnektor.CardHBA, konnektortest.Holder("Dr. Simulator"))
	k.Fail("GetCards", 4093, 1) // busy once, then well again

	client, err := konnektor.New(k.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	cards, _, err := client.Cards(context.Background(), konnektor.CardFilter{Type: konnektor.CardHBA})
	fmt.Println(len(cards), err, k.Counters().Requests["GetCards"])
	// Output: 1 <nil> 2
}
