package konnektor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/kvkservice40"
)

// KVK is what a Krankenversichertenkarte says: the memory card without
// certificates that some payers outside the statutory insurance still give out.
// All of it is about a person; it is masked wherever a KVK is printed, logged or
// encoded.
//
// Lengths and tags are those of the VersichertenDatenTemplate (KBV, Merkblatt
// Krankenversichertenkarte 2.05, table 1). Fields are empty where the card does
// not have them.
type KVK struct {
	KrankenkassenName   string      // tag 80
	KrankenkassenNummer string      // 81, 7 digits
	WOP                 string      // 8F, VKNR or WOP-Kennzeichen, 5 digits
	VersichertenNummer  PatientText // 82, 6 to 12 digits; no KVNR
	VersichertenStatus  PatientText // 83
	StatusErgaenzung    PatientText // 90, DMP-Kennzeichen
	Titel               Name        // 84
	Vorname             Name        // 85
	Namenszusatz        Name        // 86
	Familienname        Name        // 87
	Geburtsdatum        PatientText // 88, DDMMYYYY
	Strasse             PatientText // 89, with the house number
	Laendercode         PatientText // 8A; empty means D
	Postleitzahl        PatientText // 8B
	Ort                 PatientText // 8C
	GueltigBis          string      // 8D, MMYY
	// ChecksumOK says that the XOR of all bytes is zero, as the checksum (tag
	// 8E) has it; that it covers the tags too is inferred. A Konnektor refuses
	// a wrong one itself (code 3021).
	ChecksumOK bool
	// Unread says that Raw is not what the table describes: what could be read
	// is there, Raw has the rest.
	Unread bool
	// Raw is the template as the Konnektor gave it.
	Raw Content
}

// Format writes nothing of the card, whatever the verb.
func (k KVK) Format(f fmt.State, _ rune) { writeShown(f, "KVK{***}") }

// LogValue says nothing of the card.
func (k KVK) LogValue() slog.Value { return slog.StringValue("KVK{***}") }

// BirthDate is Geburtsdatum, in UTC. ok is false when it is no date.
func (k *KVK) BirthDate() (date time.Time, ok bool) {
	date, err := time.Parse("02012006", string(k.Geburtsdatum))
	return date, err == nil
}

// ReadKVK reads a Krankenversichertenkarte (ReadKVK). A template that cannot be
// taken apart comes back as it is: see [KVK.Unread].
//
// It returns an [*Error], with CodeKVKUnreadable or CodeKVKChecksum among others,
// or a [*Failure]. ReadKVK is safe for concurrent use.
func (c *Client) ReadKVK(ctx context.Context, card CardHandle) (*KVK, error) {
	op := kvkservice40.OperationReadKVK
	if card == "" {
		return nil, fail(KindRequest, op.Name, "a card is needed")
	}
	req := kvkservice40.ReadKVK{KVKHandle: string(card)}
	var resp kvkservice40.ReadKVKResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, err
	}
	if len(resp.KVK) == 0 {
		return nil, fail(KindMalformed, op.Name, "answer without data")
	}
	kvk, err := ParseKVK(resp.KVK)
	if err != nil {
		kvk.Unread = true
	}
	return kvk, nil
}

// ErrKVK says that bytes are no VersichertenDatenTemplate. The text of the error
// quotes none of them.
var ErrKVK = errors.New("konnektor: no VersichertenDatenTemplate")

// maxKVK bounds a template, in bytes: the card has a memory of 256.
const maxKVK = 4096

// ParseKVK takes a VersichertenDatenTemplate apart: BER with one byte for a tag
// and text in DIN 66003, the German variant of ASCII. Tags that are not in the
// table are passed over. An error wraps ErrKVK; the KVK then has what was read
// before, and is never nil.
func ParseKVK(data []byte) (*KVK, error) {
	kvk := &KVK{Raw: data}
	if len(data) > maxKVK {
		return kvk, fmt.Errorf("%w: %d bytes", ErrKVK, len(data))
	}
	tag, template, rest, ok := readObject(data)
	if !ok || tag != 0x60 {
		return kvk, fmt.Errorf("%w: no template", ErrKVK)
	}
	kvk.ChecksumOK = xor(data[:len(data)-len(rest)]) == 0
	fields, seen := kvk.fields(), map[byte]bool{}
	for len(template) > 0 {
		var value []byte
		if tag, value, template, ok = readObject(template); !ok {
			return kvk, fmt.Errorf("%w: an object is cut off", ErrKVK)
		}
		if seen[tag] {
			return kvk, fmt.Errorf("%w: tag %02X twice", ErrKVK, tag)
		}
		seen[tag] = true
		set := fields[tag]
		if set == nil {
			continue
		}
		s, ok := din66003(value)
		if !ok {
			return kvk, fmt.Errorf("%w: tag %02X has a character that DIN 66003 has not", ErrKVK, tag)
		}
		set(s)
	}
	if !seen[0x8E] {
		kvk.ChecksumOK = false
	}
	if !seen[0x80] || !seen[0x87] {
		return kvk, fmt.Errorf("%w: neither payer nor person", ErrKVK)
	}
	return kvk, nil
}

// fields are the places for the values of the tags.
func (k *KVK) fields() map[byte]func(string) {
	plain := func(p *string) func(string) { return func(s string) { *p = s } }
	name := func(p *Name) func(string) { return func(s string) { *p = Name(s) } }
	personal := func(p *PatientText) func(string) { return func(s string) { *p = PatientText(s) } }
	return map[byte]func(string){
		0x80: plain(&k.KrankenkassenName), 0x81: plain(&k.KrankenkassenNummer), 0x8F: plain(&k.WOP),
		0x82: personal(&k.VersichertenNummer), 0x83: personal(&k.VersichertenStatus), 0x90: personal(&k.StatusErgaenzung),
		0x84: name(&k.Titel), 0x85: name(&k.Vorname), 0x86: name(&k.Namenszusatz), 0x87: name(&k.Familienname),
		0x88: personal(&k.Geburtsdatum), 0x89: personal(&k.Strasse), 0x8A: personal(&k.Laendercode),
		0x8B: personal(&k.Postleitzahl), 0x8C: personal(&k.Ort), 0x8D: plain(&k.GueltigBis),
	}
}

// readObject reads a tag of one byte, a length of one to three, and the value.
func readObject(b []byte) (tag byte, value, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	tag, n, head := b[0], int(b[1]), 2
	if n >= 0x80 {
		more := n & 0x7F
		if more < 1 || more > 2 || len(b) < 2+more {
			return 0, nil, nil, false
		}
		n = 0
		for _, digit := range b[2 : 2+more] {
			n = n<<8 | int(digit)
		}
		head += more
	}
	if n > len(b)-head {
		return 0, nil, nil, false
	}
	return tag, b[head : head+n], b[head+n:], true
}

func xor(b []byte) (sum byte) {
	for _, v := range b {
		sum ^= v
	}
	return sum
}

// germanASCII is where DIN 66003 differs from ASCII.
var germanASCII = map[byte]rune{
	'@': '§', '[': 'Ä', '\\': 'Ö', ']': 'Ü', '{': 'ä', '|': 'ö', '}': 'ü', '~': 'ß',
}

// din66003 is a text of DIN 66003; ok is false when it has a control character
// or one beyond seven bits.
func din66003(b []byte) (s string, ok bool) {
	text := make([]rune, len(b))
	for i, v := range b {
		if v < ' ' || v > '~' {
			return "", false
		}
		text[i] = rune(v)
		if german, ok := germanASCII[v]; ok {
			text[i] = german
		}
	}
	return string(text), true
}
