package main

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtool/internal/escape"
	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/trace/term"
)

// caText is what is said about the lab's authority.
var caText = sentence.New(textFiles, "text/ca")

// newCA are the commands about the authority that signs the test server's certificates.
//
// show looks, and makes nothing, like the other commands that look. export makes the
// authority where there is none: who asks for the file wants to give it to a program before
// the server begins, and the server then takes what it finds.
func (p *program) newCA() *cobra.Command {
	c := p.group("ca")
	c.AddCommand(p.newCAShow(), p.newCAExport())
	return c
}

// newCAShow is "ca show".
func (p *program) newCAShow() *cobra.Command {
	var dir string
	var class bool
	c := p.command("show", func(*cobra.Command, []string) error {
		folder, err := p.authorityFolder(dir, class)
		if err != nil {
			return err
		}
		a, err := pki.Load(folder)
		if err != nil {
			return authorityProblem(err, dir, folder)
		}
		return p.showAuthority(a, folder)
	})
	c.Flags().BoolVar(&class, "class", false, "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// newCAExport is "ca export": the certificate alone, never the key.
func (p *program) newCAExport() *cobra.Command {
	var dir, output string
	var class bool
	c := p.command("export", func(*cobra.Command, []string) error {
		folder, err := p.authorityFolder(dir, class)
		if err != nil {
			return err
		}
		for _, name := range []string{pki.CertFile, pki.KeyFile} {
			if err := sameFile(filepath.Join(folder, name), output); err != nil {
				return err
			}
		}
		scope := pki.Lab()
		if class {
			scope = pki.Room()
		}
		a, made, err := pki.Create(folder, scope, p.Now())
		if err != nil {
			return authorityProblem(err, dir, folder)
		}
		if made {
			p.note(p.err, "ca/made", "dir", folder)
		}
		return p.write(output, a.PEM())
	})
	c.Flags().BoolVar(&class, "class", false, "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// authorityFolder is where the authority of the sandbox in dir lies, or that of its class.
func (p *program) authorityFolder(dir string, class bool) (string, error) {
	dir, err := p.directory(dir)
	if class {
		return filepath.Join(dir, pki.ClassFolder), err
	}
	return filepath.Join(dir, pki.Folder), err
}

// showAuthority says what people compare, and what else they want to know.
func (p *program) showAuthority(a *pki.Authority, folder string) error {
	c := pki.Describe(a.Certificate)
	err := writeColumns(p.out, [][]string{
		{p.say("ca/subject"), term.Escape([]byte(c.Subject))},
		{p.say("ca/valid"), p.say("ca/from-until", "from", c.From.Format(time.DateOnly),
			"until", c.Until.Format(time.DateOnly))},
		{p.say("ca/scope"), strings.Join(a.Scope.List(), ", ")},
		{p.say("ca/fingerprint"), c.Fingerprint},
		{p.say("ca/file"), escape.Path(filepath.Join(folder, pki.CertFile), filepath.Separator)},
	})
	if err != nil {
		return err
	}
	if now := p.Now(); now.Before(c.From) || now.After(c.Until) {
		p.note(p.out, "ca/over")
	}
	if pki.Exposed(folder) {
		p.note(p.out, "ca/exposed", "file", filepath.Join(folder, pki.KeyFile))
	}
	if isTerminal(p.out) {
		p.next(p.out, []offer{{"mailtool ca export -o ca.pem", "next/ca/export"}})
	}
	return nil
}

// authorityProblem tells why there is no authority to be had from a folder; dir is what
// --dir said.
func authorityProblem(err error, dir, folder string) error {
	var damage *pki.DamagedError
	switch {
	case errors.Is(err, pki.ErrNone):
		command := "mailtool ca export -o ca.pem"
		if strings.HasSuffix(folder, filepath.FromSlash(pki.ClassFolder)) {
			command += " --class"
		}
		if dir != "" {
			command += " --dir " + quoted(dir)
		}
		return fail(exitLocal, "error/ca/none", "dir", folder).because(err).
			hint("hint/ca/export", command)
	case errors.As(err, &damage):
		return fail(exitLocal, "error/ca/"+string(damage.Damage), "file", damage.File,
			"cert", pki.CertFile, "key", pki.KeyFile).because(err).
			hint("hint/ca/anew", "", "cert", filepath.Join(folder, pki.CertFile),
				"key", filepath.Join(folder, pki.KeyFile))
	}
	return err
}
