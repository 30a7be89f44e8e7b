package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// newMIME is the family of commands that look into messages, and make them.
func (p *program) newMIME() *cobra.Command {
	c := p.group("mime")
	c.AddCommand(p.newMIMELint(), p.newMIMETree(), p.newMIMEShow(), p.newMIMEExplain(),
		p.newMIMEPart(), p.newMIMEExtract(), p.newMIMEDiff(), p.newMIMEEncode(), p.newMIMEDecode(), p.newMIMEBuild())
	return c
}

// looksInto makes a command that looks into the message that its first word names. Flags are
// added by the caller; --dir is there.
func (p *program) looksInto(use string, names []string,
	look func(ctx context.Context, m *opened, rest []string) error) *cobra.Command {
	var dir string
	c := p.command(use, func(c *cobra.Command, args []string) error {
		return p.openFor(c.Context(), dir, args[0], func(m *opened) error {
			return look(c.Context(), m, args[1:])
		})
	})
	c.Args = p.words(names...)
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// openFor opens a message for as long as look runs. What could not be read while it did is
// its error, too.
func (p *program) openFor(ctx context.Context, dir, name string, look func(*opened) error) error {
	m, err := p.openMessage(ctx, dir, name)
	if err != nil {
		return err
	}
	if err = look(m); err == nil {
		err = m.Err()
	}
	return errors.Join(err, m.close())
}
