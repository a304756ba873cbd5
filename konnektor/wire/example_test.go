package wire_test

import (
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

func ExampleReader() {
	doc := []byte(`<c:GetCardsResponse xmlns:c="urn:example">
		<c:Handle>card-1</c:Handle>
		<c:New>whatever a later revision adds</c:New>
		<c:Handle>card-2</c:Handle>
	</c:GetCardsResponse>`)
	r := wire.NewReader(doc)
	if r.Root() {
		for d := r.Depth(); r.Child(d); {
			if r.Is("urn:example", "Handle") {
				fmt.Println(r.Text())
			}
		}
	}
	if err := r.Finish(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("unread:", r.Unread())
	// Output:
	// card-1
	// card-2
	// unread: 1
}

func ExampleWriter() {
	w := wire.NewWriter(nil)
	w.Declare(` xmlns:E="urn:example"`)
	w.Start("E:GetCards")
	w.AttrBool("mandant-wide", true)
	w.Elem("E:Name", "Müller & Söhne")
	w.End("E:GetCards")
	doc, err := w.Bytes()
	fmt.Println(string(doc), err)
	// Output: <E:GetCards xmlns:E="urn:example" mandant-wide="true"><E:Name>Müller &amp; Söhne</E:Name></E:GetCards> <nil>
}
