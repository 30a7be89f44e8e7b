package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/mime"
	"mailtool/mime/scan"
)

// askStructure asks the server what messages are made of (RFC 3501 §7.4.2, BODYSTRUCTURE).
func (f *imapFetching) askStructure(s *imapSession) error {
	items := []imap.FetchItem{{Kind: imap.FetchUID}, {Kind: imap.FetchBodyStructure}}
	return f.ask(s, items, nil, func(d *imap.FetchData) error {
		if d.Structure == nil {
			return fail(exitProtocol, "error/imap/no-data", "what", "BODYSTRUCTURE")
		}
		f.messages++
		f.trees = append(f.trees, d)
		return nil
	}, nil)
}

// structures writes a row for each part, indented by its depth, with the number by which FETCH
// gets it.
func (f *imapFetching) structures() error {
	for i, d := range f.trees {
		if len(f.trees) > 1 {
			if i > 0 {
				fmt.Fprintln(f.p.out)
			}
			f.p.note(f.p.out, "imap/message", "n", decimal(d.Number))
		}
		table := [][]string{f.p.heads("imap/column/", "part", "type", "charset", "encoding", "size", "name")}
		if err := writeTable(f.p.out, structureRows(table, d.Structure, nil, 0, false)); err != nil {
			return err
		}
	}
	return nil
}

// structureRows appends the rows of a part and of those in it. number leads to it; the one part of
// a message that is no multipart is 1, and the parts of a multipart within a message/rfc822 are
// numbered as if it were not there (RFC 3501 §6.4.5).
func structureRows(table [][]string, b *imap.BodyStructure, number []int, depth int,
	inMessage bool) [][]string {
	shown := number
	if len(number) == 0 && !b.Multipart() || inMessage && !b.Multipart() {
		shown = append(number[:len(number):len(number)], 1)
	}
	label := partNumber(shown)
	if b.Multipart() && (inMessage || len(number) == 0) {
		label = "-"
	}
	row := []string{label, strings.Repeat("  ", depth) + strings.ToLower(b.Type+"/"+b.Subtype),
		dash(paramOf(b.Params, "charset")), dash(strings.ToLower(b.Encoding)), "", partName(b)}
	if !b.Multipart() {
		row[4] = strconv.FormatInt(b.Octets, 10)
	}
	table = append(table, row)
	if !b.Multipart() {
		for _, part := range b.Parts { // the message in a message/rfc822
			table = structureRows(table, part, shown, depth+1, true)
		}
		return table
	}
	for i, part := range b.Parts {
		table = structureRows(table, part, append(number[:len(number):len(number)], i+1), depth+1, false)
	}
	return table
}

func partNumber(number []int) string {
	words := make([]string, len(number))
	for i, n := range number {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ".")
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// partName is the name of a file, for people.
func partName(b *imap.BodyStructure) string {
	return cmp.Or(mime.DecodeParam(inLowerCase(b.DispParams), "filename"),
		mime.DecodeParam(inLowerCase(b.Params), "name"))
}

// inLowerCase are parameters with their names in lower case, as package mime wants them.
func inLowerCase(params []scan.Param) []scan.Param {
	lower := make([]scan.Param, len(params))
	for i, x := range params {
		lower[i] = scan.Param{Name: strings.ToLower(x.Name), Value: x.Value}
	}
	return lower
}

func paramOf(params []scan.Param, name string) string {
	for _, x := range params {
		if strings.EqualFold(x.Name, name) {
			return x.Value
		}
	}
	return ""
}
