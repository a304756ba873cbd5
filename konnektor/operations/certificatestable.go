package operations

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs"
)

// inventoryColumns are the columns of the table, by the names of the members of
// an entry. Behind them comes what is due.
var inventoryColumns = []struct {
	name string
	cell func(*inventoryDoc) string
}{
	{"label", func(e *inventoryDoc) string { return e.Label }},
	{"kind_de", func(e *inventoryDoc) string { return e.KindDE }},
	{"holder", func(e *inventoryDoc) string { return e.Holder }},
	{"name", func(e *inventoryDoc) string { return e.Name }},
	{"iccsn", func(e *inventoryDoc) string { return e.ICCSN }},
	{"telematik_id", func(e *inventoryDoc) string { return e.TelematikID }},
	{"key", func(e *inventoryDoc) string { return e.Key }},
	{"generation", func(e *inventoryDoc) string { return e.Generation }},
	{"renewal_de", func(e *inventoryDoc) string { return e.RenewalDE }},
	{"not_before", func(e *inventoryDoc) string { return dayCell(e.NotBefore) }},
	{"not_after", func(e *inventoryDoc) string { return dayCell(e.NotAfter) }},
	{"days_left", func(e *inventoryDoc) string { return strconv.FormatInt(e.DaysLeft, 10) }},
	{"state_de", func(e *inventoryDoc) string { return e.StateDE }},
	{"usable_until", func(e *inventoryDoc) string { return dayCell(e.UsableUntil) }},
	{"issuer", func(e *inventoryDoc) string { return e.Issuer }},
	{"serial", func(e *inventoryDoc) string { return e.Serial }},
	{"sha256", func(e *inventoryDoc) string { return e.SHA256 }},
}

// csvSeparator is what spreadsheets in German take for one.
const csvSeparator = ';'

// byteOrderMark tells spreadsheets that the text is UTF-8.
const byteOrderMark = "\ufeff"

// inventoryCSV is the table of certificates for a spreadsheet.
func inventoryCSV(a *certsInventoryAnswerDoc) (string, error) {
	var header []string
	for _, c := range inventoryColumns {
		header = append(header, label("Inventory", c.name))
	}
	rows := make([][]string, 0, len(a.Entries))
	for i := range a.Entries {
		e := &a.Entries[i]
		var row []string
		for _, c := range inventoryColumns {
			row = append(row, c.cell(e))
		}
		rows = append(rows, append(row, dueCell(a.Due, e)))
	}
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	if err := certs.WriteCSV(&out, append(header, wordDue), rows, csvSeparator); err != nil {
		return "", err
	}
	return out.String(), nil
}

// dayCell is the day of a time in UTC.
func dayCell(moment string) string {
	day, _, _ := strings.Cut(moment, "T")
	return germanDate(day)
}

// dueCell is what is due for an entry, with how sure that is.
func dueCell(all []certDueDoc, e *inventoryDoc) string {
	var texts []string
	for _, d := range all {
		if d.SHA256 == e.SHA256 && d.Label == e.Label {
			texts = append(texts, fmt.Sprintf("%s: %s (%s)", germanDate(d.Day), d.WhatDE, d.SureDE))
		}
	}
	return strings.Join(texts, "; ")
}
