package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/trace/term"
)

// newMIMETree is "mime tree": the parts of a message, and where they lie.
func (p *program) newMIMETree() *cobra.Command {
	var asJSON bool
	var output string
	c := p.looksInto("tree FILE", []string{"FILE"},
		func(_ context.Context, m *opened, _ []string) error {
			if asJSON {
				tree := treeOf(m.Message)
				if err := m.Err(); err != nil {
					return err // the numbers are wrong
				}
				octets, err := json.MarshalIndent(tree, "", "  ")
				if err != nil {
					return err
				}
				return p.write(output, append(harmlessJSON(octets), '\n'))
			}
			return p.showTree(m)
		})
	c.Flags().BoolVar(&asJSON, "json", false, "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

// showTree writes a row for each part, indented by its depth, and says below what is odd.
func (p *program) showTree(m *opened) error {
	rows := [][]string{p.heads("mime/column/", "part", "type", "charset", "encoding", "encoded",
		"decoded", "from", "to", "name")}
	m.Root.Walk(func(part *mime.Part) bool {
		decoded := "-"
		if part.IsLeaf() {
			decoded = number(part.Decoded()) // what could not be is for mime lint to say
		}
		indent := strings.Repeat("  ", part.Depth-1)
		rows = append(rows, []string{cmp.Or(part.Section, "-"), indent + part.Type.String(),
			cmp.Or(charsetName(part.Charset()), "-"), part.Encoding,
			number(part.BodyEnd - part.BodyStart), decoded,
			number(part.BodyStart), number(part.BodyEnd), part.FileName()})
		return true
	})
	if err := m.Err(); err != nil {
		return err // the numbers are wrong
	}
	if err := writeTable(p.out, rows); err != nil {
		return err
	}
	p.note(p.out, "mime/tree/sum", "octets", p.inOctets(m.Tree.Size),
		"parts", strconv.Itoa(m.Tree.Parts))
	m.Root.Walk(func(part *mime.Part) bool {
		p.oddities(part)
		return true
	})
	return nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// charsetName is the character set of a part: where it lies, the real one is behind the
// declared one.
func charsetName(c mime.Charset) string {
	if c.Lies && c.Real != "" {
		return c.Declared + "=" + c.Real
	}
	return c.Declared
}

// oddities says what of a part was not looked into, and why.
func (p *program) oddities(part *mime.Part) {
	say := func(key string, args ...string) {
		p.note(p.out, key, append([]string{"section", part.Section}, args...)...)
	}
	switch {
	case part.Limit != 0:
		say("mime/tree/limit", "limit", part.Limit.String())
	case part.Type.Type != "multipart":
	case part.Boundary == "":
		say("mime/tree/no-boundary")
	case part.IsLeaf():
		say("mime/tree/no-parts")
	case !part.Closed:
		say("mime/tree/not-closed")
	}
}

// A treeJSON is a message as "mime tree --json" writes it. All offsets count octets from 0,
// ends are exclusive.
type treeJSON struct {
	Octets int64    `json:"octets"`
	Parts  int      `json:"parts"`
	Limit  string   `json:"limit,omitempty"`
	Root   partJSON `json:"root"`
}

type partJSON struct {
	Section     string            `json:"section"`
	Type        string            `json:"type"`
	Params      map[string]string `json:"params,omitempty"`
	Charset     *charsetJSON      `json:"charset,omitempty"`
	Encoding    string            `json:"encoding"`
	Disposition string            `json:"disposition,omitempty"`
	FileName    string            `json:"fileName,omitempty"`
	ContentID   string            `json:"contentID,omitempty"`
	Header      rangeJSON         `json:"header"`
	Body        rangeJSON         `json:"body"`
	Lines       int64             `json:"lines"`
	Decoded     *int64            `json:"decoded,omitempty"` // octets; of a part without children
	Preamble    *rangeJSON        `json:"preamble,omitempty"`
	Epilogue    *rangeJSON        `json:"epilogue,omitempty"`
	Closed      *bool             `json:"closed,omitempty"` // of a multipart
	Limit       string            `json:"limit,omitempty"`
	Children    []partJSON        `json:"children,omitempty"`
}

type rangeJSON struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

type charsetJSON struct {
	Declared string `json:"declared"`
	Real     string `json:"real"`
	Lies     bool   `json:"lies,omitempty"`
}

// harmlessJSON writes the characters of JSON that act on a screen by their numbers
// (RFC 8259 §7). What is left of them stands in strings.
func harmlessJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r < 0x7f || term.Escape([]byte(string(r))) == string(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, "\\u%04x", unit)
		}
	}
	return out
}

func treeOf(m *mime.Message) treeJSON {
	return treeJSON{m.Tree.Size, m.Tree.Parts, m.Tree.Limit.String(), partOf(m.Root)}
}

func partOf(p *mime.Part) partJSON {
	out := partJSON{Section: p.Section, Type: p.Type.String(), Encoding: p.Encoding,
		Disposition: p.Disposition(), FileName: p.FileName(), ContentID: p.ContentID(),
		Header: rangeJSON{p.HeaderStart, p.BodyStart}, Body: rangeJSON{p.BodyStart, p.BodyEnd},
		Lines: p.Lines, Limit: p.Limit.String()}
	for _, param := range p.Type.Params {
		if out.Params == nil {
			out.Params = make(map[string]string)
		}
		if _, twice := out.Params[param.Name]; !twice {
			out.Params[param.Name] = param.Value
		}
	}
	if c := p.Charset(); p.IsText() {
		out.Charset = &charsetJSON{c.Declared, c.Real, c.Lies}
	}
	if p.IsLeaf() {
		n := p.Decoded()
		out.Decoded = &n
	}
	if p.Boundary != "" {
		out.Closed = &p.Closed
		out.Preamble = spanOf(p.BodyStart, p.PreambleEnd)
		out.Epilogue = spanOf(p.EpilogueStart, p.BodyEnd)
	}
	for _, child := range p.Children {
		out.Children = append(out.Children, partOf(child))
	}
	return out
}

// spanOf is a range, nil for an empty one.
func spanOf(from, to int64) *rangeJSON {
	if from >= to {
		return nil
	}
	return &rangeJSON{from, to}
}
