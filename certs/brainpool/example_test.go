package brainpool_test

import (
	"crypto"
	"crypto/sha256"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
)

func ExamplePrivateKey_Sign() {
	key, err := brainpool.GenerateKey(brainpool.P256r1(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	digest := sha256.Sum256([]byte("message"))
	sig, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.PublicKey().Verify(digest[:], sig))
	fmt.Println(key)
	// Output:
	// true
	// brainpool.PrivateKey(brainpoolP256r1)
}

func ExamplePrivateKey_ECDH() {
	ours, err := brainpool.GenerateKey(brainpool.P256r1(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	theirs, err := brainpool.GenerateKey(brainpool.P256r1(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// What the peer sends is checked before it is used.
	peer, err := brainpool.NewPublicKey(brainpool.P256r1(), theirs.PublicKey().Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	secret, err := ours.ECDH(peer)
	fmt.Println(len(secret), err)
	// Output: 32 <nil>
}
