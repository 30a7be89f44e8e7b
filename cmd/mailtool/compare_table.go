package main

import (
	"fmt"
	"slices"
	"strings"

	"mailtool/trace/term"
)

// A compareRow is a row of the table, and where the standards speak of what it shows.
type compareRow struct{ name, sections string }

// compareRows are the rows, in groups.
var compareRows = []struct {
	group string
	rows  []compareRow
}{
	{"place", []compareRow{
		{"phases", "RFC 1939 §3, RFC 3501 §3"},
		{"reach", "RFC 1939 §4, RFC 3501 §6.3.8"},
	}},
	{"reading", []compareRow{
		{"glance", "RFC 1939 §7, RFC 3501 §7.4.2"},
		{"whole", ""},
		{"flag", "RFC 1939 §9, RFC 3501 §6.4.6"},
		{"file", "RFC 6851 §3"},
	}},
	{"together", []compareRow{
		{"second", "RFC 1939 §4, RFC 2449 §8.1.2"},
		{"arrives", "RFC 1939 §4, RFC 2177 §3"},
		{"flagged", "RFC 3501 §7.4.2"},
		{"gone", "RFC 3501 §7.4.1"},
	}},
	{"deleting", []compareRow{
		{"marked", "RFC 1939 §5, RFC 3501 §2.3.2"},
		{"broken", "RFC 1939 §6, RFC 3501 §2.3.2"},
		{"done", "RFC 1939 §6, RFC 3501 §6.4.3"},
	}},
	{"memory", []compareRow{
		{"number", "RFC 1939 §7, RFC 3501 §2.3.1.1"},
		{"remembered", "RFC 1939 §5, RFC 3501 §2.3.2"},
		{"folder", ""},
	}},
}

// compareWidth is how wide the table is, in columns, and compareGap what is between its columns.
const (
	compareWidth = 78
	compareGap   = 2
	narrowest    = 58 // in fewer columns no cell can be read
)

// table writes what came of both.
func (k *comparison) table() error {
	var b strings.Builder
	if !k.quiet {
		k.note(&b, "compare/intro")
		b.WriteString("\n")
	}
	wide := compareWidth
	if n := width(k.out); n > 0 {
		wide = min(max(n, narrowest), compareWidth)
	}
	k.groups(&b, wide)
	_, err := fmt.Fprint(k.out, b.String())
	return err
}

// groups writes the groups that are named, or all of them, in so many columns.
func (k *comparison) groups(b *strings.Builder, wide int, names ...string) {
	labels := 0
	for _, g := range compareRows {
		for _, row := range g.rows {
			labels = max(labels, term.Columns(k.say("compare/row/"+row.name)))
		}
	}
	column := (wide - labels - 2*compareGap) / 2
	widths, heads := []int{labels, column, column}, []string{""}
	for _, s := range k.sides {
		heads = append(heads, s.protocol.title)
	}
	writeCells(b, widths, heads)
	for _, g := range compareRows {
		if len(names) > 0 && !slices.Contains(names, g.group) {
			continue
		}
		title := "-- " + k.say("compare/group/"+g.group) + " "
		fmt.Fprintln(b, title+strings.Repeat("-", max(2, wide-term.Columns(title))))
		for _, row := range g.rows {
			writeCells(b, widths, k.cells(row))
			if k.explain {
				k.why(b, row, wide)
			}
		}
	}
}

// cells are a row: what it is about, and what came of it.
func (k *comparison) cells(row compareRow) []string {
	cells := []string{k.say("compare/row/" + row.name)}
	for _, s := range k.sides {
		cell, there := s.cells[row.name]
		if !there {
			cell = k.say("compare/nobody")
		}
		cells = append(cells, term.Escape([]byte(cell)))
	}
	return cells
}

// why says what a row shows. Where it is written stands behind it, or below.
func (k *comparison) why(b *strings.Builder, row compareRow, wide int) {
	lines := term.Wrap(k.say("compare/why/"+row.name), wide-len(whyIndent))
	last := &lines[len(lines)-1]
	switch behind := *last + "   " + row.sections; {
	case row.sections == "":
	case term.Columns(whyIndent+behind) <= wide:
		*last = behind
	default:
		lines = append(lines, row.sections)
	}
	for _, line := range lines {
		fmt.Fprintln(b, whyIndent+line)
	}
}

// whyIndent stands before what a row means, as it does before what a line of a session means.
const whyIndent = "    #  "

// writeCells writes a row. A cell that is too long goes on below.
func writeCells(b *strings.Builder, widths []int, cells []string) {
	lines, most := make([][]string, len(cells)), 0
	for i, cell := range cells {
		lines[i] = term.Wrap(cell, widths[i])
		most = max(most, len(lines[i]))
	}
	for n := range most {
		var line strings.Builder
		for i, width := range widths {
			cell := ""
			if n < len(lines[i]) {
				cell = lines[i][n]
			}
			line.WriteString(cell + strings.Repeat(" ", max(0, width-term.Columns(cell))+compareGap))
		}
		fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
	}
}
