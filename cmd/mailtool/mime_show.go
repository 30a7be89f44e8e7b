package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
)

// newMIMEShow is "mime show FILE": the message as a reader sees it, with --raw as it lies
// there besides.
func (p *program) newMIMEShow() *cobra.Command {
	var raw bool
	c := p.looksInto("show FILE", []string{"FILE"},
		func(_ context.Context, m *opened, _ []string) error {
			if raw {
				p.note(p.out, "mime/show/raw", "octets", p.inOctets(m.Tree.Size))
				out := &safeWriter{w: p.out}
				_, err := io.Copy(out, m.Reader(0, m.Tree.Size))
				if err := errors.Join(err, out.end()); err != nil {
					return err
				}
				p.note(p.out, "mime/show/read")
			}
			v := m.View()
			if err := m.Err(); err != nil {
				return err
			}
			p.reader(v)
			return nil
		})
	c.Flags().BoolVar(&raw, "raw", false, "")
	return c
}
