package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
)

// newMIMEPart is "mime part FILE N": the content of one part, with its encoding taken off.
func (p *program) newMIMEPart() *cobra.Command {
	var raw bool
	var output string
	c := p.looksInto("part FILE N", []string{"FILE", "N"},
		func(_ context.Context, m *opened, rest []string) error {
			part, err := p.partOf(m, rest[0])
			if err != nil {
				return err
			}
			if err := sameFile(m.name, output); err != nil {
				return err
			}
			r := part.Reader()
			switch {
			case raw:
				r = m.Reader(part.HeaderStart, part.BodyEnd)
			case part.IsText() && output == "" && isTerminal(p.out):
				r = readable(part) // a person reads it, not a program
			}
			return p.copyOut(output, r)
		})
	c.Flags().BoolVar(&raw, "raw", false, "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

// readable reads a part of text as UTF-8. A character set that is not known is left as it
// is: what is no UTF-8 will be escaped.
func readable(part *mime.Part) io.Reader {
	r, err := mime.NewCharsetReader(part.Charset().Real, part.Reader())
	if err != nil {
		return part.Reader()
	}
	return r
}

// partOf finds the part with a number. There may be a message that has no parts: its own
// body is 1.
func (p *program) partOf(m *opened, section string) (*mime.Part, error) {
	if part := m.Find(strings.ToUpper(section)); part != nil {
		return part, nil
	}
	var have []string
	m.Root.Walk(func(part *mime.Part) bool {
		have = append(have, cmp.Or(part.Section, "-"))
		return len(have) < 12
	})
	return nil, fail(exitUsage, "error/mime/part", "file", p.fileName(m.name), "n", section).
		hint("hint/mime/parts", "", "have", strings.Join(have, ", ")).
		hint("hint/mime/tree", "mailtool mime tree "+m.name)
}

// copyOut writes what a command makes. What is wrong with an encoding is told when all that
// could be made of it is written.
func (p *program) copyOut(output string, r io.Reader) error {
	w, closeOut, err := p.octetsOut(output)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, closeOut())
}
