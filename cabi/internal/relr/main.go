// Command relr finishes the shared library for Linux: it makes the library
// relocate itself.
//
//	relr FILE
//
// A Go library has some 40,000 places with an address in them, to each of which
// the loader adds where it put the library. The usual list of them has 24 bytes
// a place, a megabyte; the packed one of ld's option -z pack-relative-relocs has
// 20,000 bytes, but a loader knows it only from glibc 2.36 on, and ld notes that
// in the library. Therefore relr renames the entries of the dynamic section that
// name the packed list, so that no loader looks at it, and removes the note that
// demands a newer glibc. The function kon_relocate in shim.c works through the
// list, before anything else in the library runs.
package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// renamed are the tags in place of the official ones; shim.c has the same. They
// lie where the ABI leaves room for operating systems, and none uses them.
var renamed = map[elf.DynTag]uint64{
	tagRELR:     0x6b6f6e31,
	tagRELRSize: 0x6b6f6e32,
	tagRELREnt:  0x6b6f6e33,
}

// The tags of the packed list, which debug/elf does not name.
const (
	tagRELRSize elf.DynTag = 35
	tagRELR     elf.DynTag = 36
	tagRELREnt  elf.DynTag = 37
)

// newerLoader is the version that ld has the library demand.
const newerLoader = "GLIBC_ABI_DT_RELR"

var (
	errNoList = errors.New("no packed list of relocations")
	errNoNote = errors.New("no demand for " + newerLoader)
	errFormat = errors.New("not a library as ld writes it")
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: relr FILE")
		os.Exit(2)
	}
	if err := finish(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "relr: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// finish changes the file at path.
func finish(path string) error {
	image, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := rename(image); err != nil {
		return err
	}
	if err := release(image); err != nil {
		return err
	}
	return os.WriteFile(path, image, 0o644)
}

// section finds a section of a 64-bit ELF file and its bytes in image.
func section(image []byte, kind elf.SectionType) (*elf.Section, []byte, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, nil, err
	}
	s := f.SectionByType(kind)
	if f.Class != elf.ELFCLASS64 || f.ByteOrder != binary.LittleEndian || s == nil || s.Offset+s.Size > uint64(len(image)) {
		return nil, nil, fmt.Errorf("%w: %v", errFormat, kind)
	}
	return s, image[s.Offset : s.Offset+s.Size], nil
}

// rename gives the packed list its other tags.
func rename(image []byte) error {
	_, dynamic, err := section(image, elf.SHT_DYNAMIC)
	if err != nil {
		return err
	}
	found := 0
	for ; len(dynamic) >= 16; dynamic = dynamic[16:] {
		if tag, ok := renamed[elf.DynTag(binary.LittleEndian.Uint64(dynamic))]; ok {
			binary.LittleEndian.PutUint64(dynamic, tag)
			found++
		}
	}
	if found != len(renamed) {
		return errNoList
	}
	return nil
}

// release takes the demand for a newer loader out of its chain. The chains hold
// distances from one record to the next; the last has 0.
func release(image []byte) error {
	s, needs, err := section(image, elf.SHT_GNU_VERNEED)
	if err != nil {
		return err
	}
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return err
	}
	names, err := f.Sections[s.Link].Data()
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	for at := 0; at+16 <= len(needs); {
		count, last := needs[at+2:], needs[at+8:] // last holds the distance to the record that is looked at
		from := at
		for range le.Uint16(count) {
			record := from + int(le.Uint32(last))
			if record+16 > len(needs) {
				return errFormat
			}
			if !bytes.HasPrefix(names[min(int(le.Uint32(needs[record+8:])), len(names)):], []byte(newerLoader+"\x00")) {
				from, last = record, needs[record+12:]
				continue
			}
			distance := uint32(0)
			if next := le.Uint32(needs[record+12:]); next != 0 {
				distance = le.Uint32(last) + next
			}
			le.PutUint32(last, distance)
			le.PutUint16(count, le.Uint16(count)-1)
			return nil
		}
		next := le.Uint32(needs[at+12:])
		if next == 0 {
			break
		}
		at += int(next)
	}
	return errNoNote
}
