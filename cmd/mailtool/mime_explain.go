package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/trace/explain"
	"mailtool/trace/term"
)

// How much of a body is shown. Without --data, one of up to wholeBody lines is shown whole
// and of a longer one bodyHead lines: as a session shows a message.
const (
	dataFull  = "full"
	dataHead  = "head"
	dataNone  = "none"
	wholeBody = 40
	bodyHead  = 10
)

// An explaining is one run of "mime explain": a message, and under its lines what they mean.
type explaining struct {
	*program
	m      *opened
	w      *bufio.Writer
	data   string // --data
	column int    // in which our words are wrapped
	line   int    // lines shown
	told   map[string]bool
	parts  map[*scan.Part]*mime.Part
}

// newMIMEExplain is "mime explain FILE".
func (p *program) newMIMEExplain() *cobra.Command {
	var data, output string
	c := p.looksInto("explain FILE", []string{"FILE"},
		func(_ context.Context, m *opened, _ []string) error {
			switch data {
			case "", dataFull, dataHead, dataNone:
			default:
				return p.choice("data", data, "full, head, none")
			}
			if err := sameFile(m.name, output); err != nil {
				return err
			}
			out, closeOut, err := p.result(output)
			if err != nil {
				return err
			}
			x := &explaining{program: p, m: m, w: bufio.NewWriter(out), data: data,
				column: max(width(out), helpColumns), told: map[string]bool{},
				parts: map[*scan.Part]*mime.Part{}}
			m.Root.Walk(func(part *mime.Part) bool {
				x.parts[part.Part] = part
				return true
			})
			err = x.message()
			return errors.Join(err, x.w.Flush(), closeOut())
		})
	c.Flags().StringVar(&data, "data", "", "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

// message explains the pieces of the message in their order.
func (x *explaining) message() error {
	for _, r := range x.m.Tree.Ranges() {
		var err error
		switch r.Kind {
		case scan.RangeHeader:
			err = x.header(x.parts[r.Part])
		case scan.RangeBody:
			err = x.body(x.parts[r.Part])
		case scan.RangeBoundary:
			err = x.boundary(r)
		default:
			x.note("mime/explain/"+string(r.Kind), "RFC 2046 §5.1.1", "section", r.Part.Section)
			unknown := int64(wholeBody + 1) // nobody has counted its lines
			err = x.lines(r.Start, r.End, x.most(unknown), nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// most is how many of n lines are shown.
func (x *explaining) most(n int64) int {
	switch {
	case x.data == dataNone:
		return 0
	case x.data == dataFull, x.data == "" && n <= wholeBody:
		return math.MaxInt
	}
	return bodyHead
}

// raw shows a line of the message.
func (x *explaining) raw(text []byte) {
	x.line++
	fmt.Fprintln(x.w, strings.TrimRight(fmt.Sprintf("%4d  %s", x.line, term.Escape(text)), " "))
}

// noteMargin stands before our words under a line.
const noteMargin = "      #  "

// note writes a sentence of ours, and the section that says so.
func (x *explaining) note(key, section string, args ...string) {
	x.text(x.sentence(key, args), section)
}

// text writes a sentence, wrapped. A section is never divided.
func (x *explaining) text(text, section string) {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, term.Wrap(line, x.column-len(noteMargin))...)
	}
	if last := len(lines) - 1; section != "" {
		if with := lines[last] + "   " + section; term.Columns(with) <= x.column-len(noteMargin) {
			lines[last] = with
		} else {
			lines = append(lines, section)
		}
	}
	for _, line := range lines {
		fmt.Fprintln(x.w, noteMargin+line)
	}
}

// meaning writes what a word stands for, once a message. It reports whether that is known.
func (x *explaining) meaning(word, key string) bool {
	text, section, ok := explain.Meaning(x.lang, key)
	if ok && !x.told[key] {
		x.told[key] = true
		x.text(x.say("mime/explain/word", "word", term.Escape([]byte(word)), "text", text), section)
	}
	return ok
}

// lines shows the lines of a piece of the message, no more than most, and counts the rest.
// after is told of each that is shown.
func (x *explaining) lines(start, end int64, most int, after func(textLine)) error {
	shown, at := 0, start
	err := eachLine(x.m.Reader(start, end), func(l textLine) bool {
		if shown == most {
			return false
		}
		shown++
		at += l.size
		x.raw(l.text)
		if n := l.cut(); n > 0 {
			x.text(x.counted("mime/explain/cut", int(n)), "")
		}
		if after != nil {
			after(l)
		}
		return true
	})
	if at < end {
		x.text(x.counted("mime/explain/more", int(end-at)), "")
	}
	return err
}

// boundary explains the line that divides parts. The line ending before it belongs to it
// (RFC 2046 §5.1.1), and was shown as that of the line before.
func (x *explaining) boundary(r scan.Range) error {
	key, section := "mime/explain/closing", r.Part.Section
	for _, child := range r.Part.Children {
		if child.HeaderStart == r.End {
			key, section = "mime/explain/boundary", child.Section
		}
	}
	start := r.Start
	ending, err := x.m.Raw(start, min(start+2, r.End))
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(string(ending), "\r\n"):
		start += 2
	case strings.HasPrefix(string(ending), "\n"):
		start++
	}
	return x.lines(start, r.End, 1, func(textLine) {
		x.note(key, "RFC 2046 §5.1.1", "section", section)
	})
}
