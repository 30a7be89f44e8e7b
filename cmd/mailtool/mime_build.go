package main

import (
	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
)

// mimeBuildText is what is said about letters with parts.
var mimeBuildText = sentence.New(textFiles, "text/mimebuild")

// newMIMEBuild is "mime build": a message, made of what a person says, and not sent.
func (p *program) newMIMEBuild() *cobra.Command {
	f := &letterFlags{textFlag: "text"}
	var output string
	c := p.command("build", func(*cobra.Command, []string) error {
		for _, path := range f.sources() {
			if err := sameFile(path, output); err != nil {
				return err
			}
		}
		m, notes, err := f.compose(p)
		if err != nil {
			return err
		}
		for _, n := range notes {
			p.note(p.err, n.key, n.args...)
		}
		return p.write(output, m.data)
	})
	f.headerFlags(c)
	f.contentFlags(c)
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

// sources are the files that the letter is made of.
func (f *letterFlags) sources() []string {
	return append(append([]string{f.bodyFile, f.parts.html}, f.parts.attach...), f.parts.inline...)
}
