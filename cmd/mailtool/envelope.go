package main

import (
	"io"
	"os"

	"mailtool/mime"
	"mailtool/smtp"
)

// envelope is who stands on the envelope: --envelope-from and --envelope-to, else whom
// the letter names.
func (f *letterFlags) envelope(from mime.Address, to []mime.Address) (smtp.Envelope, error) {
	var e smtp.Envelope
	var err error
	switch {
	case f.given("envelope-from") && (f.envelopeFrom == "" || f.envelopeFrom == "<>"):
		// the null reverse-path, which reports of failure come from (RFC 5321 §4.5.5)
	case f.given("envelope-from"):
		if e.From, err = smtp.ParsePath(f.envelopeFrom); err != nil {
			return e, fail(exitUsage, "error/path", "path", f.envelopeFrom).because(err)
		}
	default:
		e.From = path(from)
	}
	if len(f.envelopeTo) > 0 {
		e.To, err = paths(f.envelopeTo)
		return e, err
	}
	for _, a := range to {
		e.To = append(e.To, path(a))
	}
	return e, nil
}

// paths are the recipients of --envelope-to: paths, among them <postmaster>, which has
// no domain (RFC 5321 §4.1.1.3), or lists of addresses.
func paths(said []string) ([]smtp.Path, error) {
	var all []smtp.Path
	for _, s := range said {
		if p, err := smtp.ParsePath(s); err == nil && !p.IsNull() {
			all = append(all, p)
			continue
		}
		list, err := addressList([]string{s})
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			all = append(all, path(a))
		}
	}
	return all, nil
}

func path(a mime.Address) smtp.Path {
	return smtp.Path{Mailbox: smtp.Mailbox{Local: a.Local, Domain: a.Domain}}
}

// files reads messages that are sent as they are: only line endings are made CRLF, and
// Bcc is taken out, since every recipient could read it.
func (f *letterFlags) files(p *program, names []string) ([]*letter, []assumption, error) {
	var letters []*letter
	var notes []assumption
	for _, name := range names {
		m, more, err := f.file(name)
		if err != nil {
			return nil, nil, err
		}
		letters, notes = append(letters, m), append(notes, more...)
	}
	return letters, notes, nil
}

// maxFile is how large a file may be that is sent, in octets: what no server takes need
// not be read.
const maxFile = 1 << 30

func (f *letterFlags) file(name string) (*letter, []assumption, error) {
	octets, err := readFile(name, maxFile)
	if err != nil {
		return nil, nil, err
	}
	got, err := mime.PrepareFile(octets)
	if err != nil {
		if letter, ok := err.(*mime.Error); ok {
			letter.Args = []string{name}
		}
		return nil, nil, err
	}
	m := &letter{name: name, data: got.Data, has8Bit: got.Has8Bit}
	from, to, err := f.parties(name, got)
	if err != nil {
		return nil, nil, err
	}
	if m.envelope, err = f.envelope(from, to); err != nil {
		return nil, nil, err
	}
	m.envelope.UTF8 = got.NeedsUTF8
	var notes []assumption
	for _, n := range []struct {
		say bool
		key string
	}{{got.LineEndings, "send/line-endings"}, {got.BccRemoved, "send/bcc"},
		{got.LongestLine > 998, "send/long-line"}} {
		if n.say {
			notes = append(notes, assumption{n.key, []string{"file", name}})
		}
	}
	return m, notes, nil
}

// readFile reads a file of at most most octets.
func readFile(name string, most int64) ([]byte, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	octets, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(octets)) > most {
		err = fail(exitLocal, "error/file/large", "file", name)
	}
	return octets, err
}

// parties are who sends a file to whom: -f and -t, else its fields.
func (f *letterFlags) parties(name string, got *mime.Prepared) (from mime.Address,
	to []mime.Address, err error) {
	switch {
	case f.given("from"):
		if from, err = mime.ParseAddress(f.from); err != nil {
			return from, nil, usage(err)
		}
	case len(got.From) > 0:
		from = got.From[0]
	case !f.given("envelope-from"):
		return from, nil, fail(exitLocal, "error/file/from", "file", name).hint("hint/file/from", "")
	}
	if len(f.to) > 0 {
		to, err = addressList(f.to)
		return from, to, err
	}
	if len(f.envelopeTo) > 0 {
		return from, nil, nil
	}
	if len(got.Problems) > 0 { // half a list of recipients is worse than none
		return from, nil, got.Problems[0]
	}
	seen := make(map[string]bool)
	for _, list := range [][]mime.Address{got.To, got.Cc, got.Bcc} {
		for _, a := range list {
			if !seen[a.Mailbox()] {
				seen[a.Mailbox()] = true
				to = append(to, a)
			}
		}
	}
	if len(to) == 0 {
		err = fail(exitLocal, "error/file/to", "file", name).hint("hint/file/to", "")
	}
	return from, to, err
}
