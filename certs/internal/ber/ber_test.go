package ber_test

import (
	"bytes"
	"encoding/asn1"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs/internal/ber"
	"github.com/stretchr/testify/require"
)

func TestToDER(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	for name, c := range map[string]struct{ in, want string }{
		"DER":                      {"\x30\x03\x02\x01\x05", "\x30\x03\x02\x01\x05"},
		"indefinite":               {"\x30\x80\x02\x01\x05\x00\x00", "\x30\x03\x02\x01\x05"},
		"indefinite and empty":     {"\x30\x80\x00\x00", "\x30\x00"},
		"nested":                   {"\x30\x80\xa0\x80\x02\x01\x05\x00\x00\x00\x00", "\x30\x05\xa0\x03\x02\x01\x05"},
		"long form of a length":    {"\x30\x82\x00\x03\x02\x01\x05", "\x30\x03\x02\x01\x05"},
		"octet string in pieces":   {"\x24\x80\x04\x02ab\x04\x01c\x00\x00", "\x04\x03abc"},
		"pieces of pieces":         {"\x24\x09\x24\x80\x04\x01a\x00\x00\x04\x00", "\x04\x01a"},
		"two bytes of length":      {"\x30\x84\x00\x00\x01\x30\x04\x82\x01\x2c" + string(long), "\x30\x82\x01\x30\x04\x82\x01\x2c" + string(long)},
		"inside of octets":         {"\x04\x04\x30\x80\x00\x00", "\x04\x04\x30\x80\x00\x00"},
		"zeros that are no end":    {"\x30\x80\x04\x02\x00\x00\x00\x00", "\x30\x04\x04\x02\x00\x00"},
		"32 deep":                  {string(bytes.Repeat([]byte{0x30, 0x80}, 33)) + string(make([]byte, 66)), ""},
		"primitive without length": {"\x04\x80ab\x00\x00", ""},
		"long tag":                 {"\x1f\x81\x01\x00", ""},
		"length of five bytes":     {"\x04\x85\x00\x00\x00\x00\x01a", ""},
		"longer than there is":     {"\x04\x02a", ""},
		"longer than memory":       {"\x04\x84\xff\xff\xff\xffa", ""},
		"no end":                   {"\x30\x80\x02\x01\x05", ""},
		"bytes after the value":    {"\x02\x01\x05\x00", ""},
		"other pieces":             {"\x24\x80\x02\x01\x05\x00\x00", ""},
		"nothing":                  {"", ""},
		"10,000 deep":              {string(bytes.Repeat([]byte{0x30, 0x80}, 10_000)), ""},
		"pieces 10,000 deep":       {string(bytes.Repeat([]byte{0x24, 0x80}, 10_000)), ""},
	} {
		der, err := ber.ToDER([]byte(c.in))
		switch {
		case name == "32 deep":
			require.NoError(t, err)
			require.Len(t, der, 66)
		case c.want == "":
			require.Error(t, err, name)
			require.Nil(t, der, name)
		default:
			require.NoError(t, err, name)
			require.Equal(t, c.want, string(der), name)
		}
	}
	der, rest, err := ber.First([]byte("\x30\x80\x00\x00\x00\x00x"))
	require.NoError(t, err)
	require.Equal(t, "\x30\x00", string(der))
	require.Equal(t, "\x00\x00x", string(rest))
}

func TestOctets(t *testing.T) {
	for in, want := range map[string]string{"\x80\x02ab": "ab", "\xa0\x06\x04\x01a\x04\x01b": "ab", "\xa0\x00": ""} {
		var v asn1.RawValue
		_, err := asn1.Unmarshal([]byte(in), &v)
		require.NoError(t, err)
		octets, err := ber.Octets(v)
		require.NoError(t, err)
		require.Equal(t, want, string(octets))
	}
	_, err := ber.Octets(asn1.RawValue{IsCompound: true, Bytes: []byte("\x02\x01a")})
	require.Error(t, err)
}

// FuzzToDER wants DER to be what it is said to be: read again, it stays the same.
func FuzzToDER(f *testing.F) {
	for _, seed := range []string{"\x30\x80\x02\x01\x05\x00\x00", "\x24\x80\x04\x02ab\x04\x01c\x00\x00", "\x30\x84\x00\x00\x00\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		der, err := ber.ToDER(b)
		if err != nil {
			return
		}
		again, err := ber.ToDER(der)
		require.NoError(t, err)
		require.Equal(t, der, again)
	})
}
