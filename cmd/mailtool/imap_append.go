package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/mime"
)

// An appending is one run of "imap append": messages from here are put into a folder there.
type appending struct {
	imapCall
	dir    string   // --dir
	marks  []string // --flag
	flags  []string // the same, as on the wire
	octets [][]byte

	stored   int
	uids     []uint32
	refusals []refusal
}

// newIMAPAppend is "imap append FILE...".
func (p *program) newIMAPAppend() *cobra.Command {
	a := &appending{imapCall: p.newIMAPCall()}
	c := p.command("append FILE...", func(c *cobra.Command, args []string) error {
		if err := a.read(c.Context(), args); err != nil {
			return err
		}
		return a.hold(c.Context(), args, a.speak, func() []offer {
			return []offer{{"mailtool imap messages" + a.again(), "next/imap/messages"}}
		})
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return p.words("FILE")(c, args)
		}
		return nil
	}
	c.Flags().StringSliceVar(&a.marks, "flag", nil, "")
	c.Flags().StringVar(&a.dir, "dir", "", "")
	a.folderFlags(c, false)
	a.imapCall.flags(c)
	return c
}

// read reads the messages before a server is bothered.
func (a *appending) read(ctx context.Context, names []string) error {
	flags, keywords, err := readFlags(a.marks, "mailtool imap append "+quoted(names[0])+" --flag", a.again())
	if err != nil {
		return err
	}
	a.flags = strings.Fields(strings.Trim(string(imap.AppendFlags(nil, flags, keywords)), "()"))
	for _, name := range names {
		err := a.p.openFor(ctx, a.dir, name, func(m *opened) error {
			octets, err := io.ReadAll(m.Reader(0, m.Tree.Size))
			if err != nil {
				return err
			}
			data, err := mime.CanonicalFile(octets)
			if e := (*mime.Error)(nil); errors.As(err, &e) {
				e.Args = []string{a.p.fileName(name)}
			}
			a.octets = append(a.octets, data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// speak appends one after the other. One that is refused is told of at the end; the others go on.
func (a *appending) speak(l *live, s *imapSession, names []string) (string, error) {
	for i, octets := range a.octets {
		r, err := s.Append(a.folder, a.flags, time.Time{}, int64(len(octets)), bytes.NewReader(octets))
		if refused := replyIn(err); refused != nil && i+1 < len(a.octets) {
			a.refusals = append(a.refusals, refusal{"APPEND " + names[i], refused})
			continue
		}
		if err != nil {
			return a.verdict(), s.refusedFolder("APPEND "+names[i], a.folder, err)
		}
		a.stored++
		if _, uids, ok := r.Code.AppendUID(); ok {
			for n := range uids.Numbers() {
				a.uids = append(a.uids, n)
			}
		}
	}
	return a.verdict(), a.added(a.refusals)
}

func (a *appending) verdict() string {
	messages := a.p.counted("verdict/messages", a.stored)
	if len(a.uids) == 0 {
		return a.p.say("verdict/imap/appended", "messages", messages, "folder", a.folder)
	}
	return a.p.say("verdict/imap/appended/uids", "messages", messages, "folder", a.folder,
		"uids", imap.SetOf(a.uids).String())
}
