package main

import (
	"slices"
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/trace/term"
)

// TestCompareIsMeasured: each cell of the table was filled by a session, but for those of a client
// that POP3 does not let in; each row says what it shows; and all fits into 78 columns.
func TestCompareIsMeasured(t *testing.T) {
	for _, lang := range []sentence.Lang{sentence.English, sentence.Chinese} {
		p := testProgram(lang)
		p.Dial = thisSystem().Dial
		k := &comparison{program: p, explain: true}
		k.addAll()
		if err := k.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, g := range compareRows {
			for _, row := range g.rows {
				rows++
				if p.look("compare/why/"+row.name) == "" {
					t.Errorf("nothing says what the row %s shows", row.name)
				}
				for _, s := range k.sides {
					_, there := s.cells[row.name]
					left := s.protocol == &pop3Protocol && slices.Contains([]string{"flagged", "gone"}, row.name)
					if there == left {
						t.Errorf("%s, %s: measured is %v", s.protocol.title, row.name, there)
					}
				}
			}
		}
		for _, s := range k.sides {
			for row := range s.cells {
				if p.look("compare/row/"+row) == "" {
					t.Errorf("%s: %s is in no row", s.protocol.title, row)
				}
			}
		}
		shown := p.out.(*strings.Builder).String()
		if lines := strings.Count(shown, "\n"); lines < 2*rows {
			t.Errorf("%d lines for %d rows with explanations", lines, rows)
		}
		for line := range strings.Lines(shown) {
			if n := term.Columns(strings.TrimSuffix(line, "\n")); n > compareWidth {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}
