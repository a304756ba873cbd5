package tsl_test

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// A list is judged at a time. For real ones leave Anchors out: those of the
// environment are compiled in.
func ExampleVerify() {
	list, err := os.ReadFile("testdata/list.xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	der, err := os.ReadFile("testdata/anchor.der")
	if err != nil {
		fmt.Println(err)
		return
	}
	anchor, err := certs.Parse(der)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := tsl.Options{At: time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC), Anchors: []*certs.Certificate{anchor}}
	r, err := tsl.Verify(list, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.List.Environment, r.List.Sequence, len(r.List.Services), "services")
	fmt.Println("announces", r.Announced.Certificate.Subject.CommonName)
	fmt.Println("not checked:", r.NotChecked)

	o.At = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	_, err = tsl.Verify(list, o)
	fmt.Println(err)
	fmt.Println(errors.Is(err, tsl.CodeExpired))
	// Output:
	// prod 10001 3 services
	// announces LK.TSL-CA2 TEST-ONLY
	// not checked: [OCSP status of the signer detached signature: none given Id and sequence number: no stored list given]
	// tsl: 1009 the list should have been replaced until 2026-08-13T12:00:00Z and was usable until 2026-09-12T12:00:00Z
	// true
}

// A device that slept through two changes of the trust anchor takes the newest
// list only after the two that announce them.
func ExampleMakePlan() {
	m, err := tsltest.Make(tsltest.MakerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chain, err := m.Chain(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	var files []tsl.File
	for i := range chain {
		newest := len(chain) - 1 - i
		files = append(files, tsl.File{Name: fmt.Sprintf("list-%d.xml", newest), Data: chain[newest].XML})
	}
	plan, err := tsl.MakePlan(m.State(), files, m.At())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.File, "needs", step.Needs.Subject.CommonName)
	}
	// Output:
	// list-0.xml needs LK.TSL-CA1 TEST-ONLY
	// list-1.xml needs LK.TSL-CA2 TEST-ONLY
	// list-2.xml needs LK.TSL-CA3 TEST-ONLY
}
