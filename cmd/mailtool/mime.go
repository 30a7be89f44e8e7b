package main

import "github.com/spf13/cobra"

// newMIME is the family of commands that look into messages, and make them.
func (p *program) newMIME() *cobra.Command {
	c := p.group("mime")
	c.AddCommand(p.newMIMEBuild())
	return c
}
