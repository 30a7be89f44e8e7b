package main

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/smtp"
)

// letterFlags are what the person says about the letter.
type letterFlags struct {
	from, subject, body, bodyFile string
	to, cc, bcc, headers          []string
	envelopeFrom                  string
	envelopeTo                    []string
	eightBit                      bool

	// Who writes and who reads where no flag says so; "" for the sample's.
	writer, reader string
	given          func(flag string) bool
}

func (f *letterFlags) flags(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVarP(&f.from, "from", "f", "", "")
	fs.StringArrayVarP(&f.to, "to", "t", nil, "")
	fs.StringArrayVar(&f.cc, "cc", nil, "")
	fs.StringArrayVar(&f.bcc, "bcc", nil, "")
	fs.StringVar(&f.subject, "subject", "", "")
	fs.StringVar(&f.body, "body", "", "")
	fs.StringVar(&f.bodyFile, "body-file", "", "")
	fs.StringArrayVar(&f.headers, "header", nil, "")
	fs.StringVar(&f.envelopeFrom, "envelope-from", "", "")
	fs.StringArrayVar(&f.envelopeTo, "envelope-to", nil, "")
	fs.BoolVar(&f.eightBit, "8bit", false, "")
	f.given = fs.Changed
}

// A letter is a message and its envelope.
type letter struct {
	name     string // of the file, "" where there is none
	envelope smtp.Envelope
	data     []byte
	has8Bit  bool

	message *mime.Letter // what data was made from, nil for a file
	ids     *mime.IDs
	eight   []byte // the same without encoding, nil where --8bit is not given
	eight8  bool   // that has octets over 127
}

// An assumption is a line of ours about what nobody said.
type assumption struct {
	key  string
	args []string
}

// Who writes to whom where nobody says otherwise, and what.
const (
	sampleFrom    = "alice@lab.test"
	sampleTo      = "bob@lab.test"
	sampleSubject = "Hello from mailtool"
	sampleText    = "Do you like ketchup?"
)

// letters reads what is to be sent: the letter of the flags, or the files. It says what
// was assumed.
func (f *letterFlags) letters(p *program, args []string) ([]*letter, []assumption, error) {
	fromInput := len(args) == 1 && args[0] == "-"
	if fromInput {
		if f.given("body-file") {
			return nil, nil, twoFlags("-", "--body-file")
		}
		f.bodyFile = "-"
	}
	if len(args) == 0 || fromInput {
		m, notes, err := f.compose(p)
		return []*letter{m}, notes, err
	}
	for _, flag := range []string{"subject", "body", "body-file", "header", "cc", "bcc", "8bit"} {
		if f.given(flag) {
			return nil, nil, twoFlags("--"+flag, args[0]).hint("hint/files", "")
		}
	}
	return f.files(p, args)
}

func twoFlags(a, b string) *problem {
	return fail(exitUsage, "error/two", "one", a, "other", b)
}

// compose builds the letter that the flags describe.
func (f *letterFlags) compose(p *program) (*letter, []assumption, error) {
	m := &mime.Letter{Subject: f.subject, Date: p.Now()}
	var notes []assumption
	err := f.addresses(m)
	if err == nil {
		notes, err = f.text(p, m)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, h := range f.headers {
		extra, err := mime.ParseExtra(h)
		if err != nil {
			return nil, nil, usage(err)
		}
		m.Extra = append(m.Extra, extra)
	}
	out := &letter{message: m, ids: &mime.IDs{Domain: m.From.Domain, Now: p.Now, Random: p.Random}}
	if f.eightBit {
		out.eight = []byte{}
	}
	if out.envelope, err = f.envelope(m.From, m.Recipients()); err != nil {
		return nil, nil, err
	}
	if err := out.renew(); err != nil {
		return nil, nil, usage(err)
	}
	return out, append(f.assumed(), notes...), nil
}

// assumed says what stands in for flags that were not given.
func (f *letterFlags) assumed() []assumption {
	from, to := !f.given("from"), len(f.to)+len(f.cc)+len(f.bcc) == 0
	body := !f.given("body") && !f.given("body-file") && f.bodyFile == ""
	if from && to && body {
		return []assumption{{"assume/all", []string{"from", f.sender(), "to", f.recipient()}}}
	}
	var list []assumption
	if from {
		list = append(list, assumption{"assume/from", []string{"from", f.sender()}})
	}
	if to {
		list = append(list, assumption{"assume/to", []string{"to", f.recipient()}})
	}
	if body {
		list = append(list, assumption{"assume/body", nil})
	}
	return list
}

// sender is who writes.
func (f *letterFlags) sender() string {
	switch {
	case f.given("from"):
		return f.from
	case f.writer != "":
		return f.writer
	}
	return sampleFrom
}

// recipient is who reads where nobody is named.
func (f *letterFlags) recipient() string { return cmp.Or(f.reader, sampleTo) }

func (f *letterFlags) addresses(m *mime.Letter) error {
	var err error
	if m.From, err = mime.ParseAddress(f.sender()); err != nil {
		return usage(err)
	}
	for _, field := range []struct {
		list *[]mime.Address
		said []string
	}{{&m.To, f.to}, {&m.Cc, f.cc}, {&m.Bcc, f.bcc}} {
		if *field.list, err = addressList(field.said); err != nil {
			return err
		}
	}
	if len(m.To)+len(m.Cc)+len(m.Bcc) == 0 {
		m.To, err = addressList([]string{f.recipient()})
	}
	return err
}

func addressList(said []string) ([]mime.Address, error) {
	var all []mime.Address
	for _, s := range said {
		list, err := mime.ParseAddressList(s)
		if err != nil {
			return nil, usage(err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// text finds the letter's text. Where it is not UTF-8 we say what it was read as.
func (f *letterFlags) text(p *program, m *mime.Letter) ([]assumption, error) {
	octets, name := []byte(f.body), "--body"
	switch {
	case f.given("body") && (f.given("body-file") || f.bodyFile != ""):
		return nil, twoFlags("--body", "--body-file")
	case f.given("body"):
	case f.bodyFile == "-":
		name = p.say("name/input")
		if isTerminal(p.in) {
			p.note(p.err, "send/type-body")
		}
		var err error
		if octets, err = io.ReadAll(p.in); err != nil {
			return nil, err
		}
	case f.given("body-file"):
		name = f.bodyFile
		var err error
		if octets, err = os.ReadFile(f.bodyFile); err != nil {
			return nil, err
		}
	default:
		if !f.given("subject") {
			m.Subject = sampleSubject
		}
		m.Text = sampleText
		return nil, nil
	}
	text, charset, err := mime.ReadText(octets)
	if err != nil {
		return nil, fail(exitLocal, "error/body-charset", "file", name).because(err).
			hint("hint/utf8", "")
	}
	m.Text = text
	if charset != "utf-8" {
		return []assumption{{"send/charset",
			[]string{"file", name, "charset", strings.ToUpper(charset)}}}, nil
	}
	return nil, nil
}

// usage is the problem of words on the command line, not of a file.
func usage(err error) error {
	p, ok := err.(*mime.Error)
	if !ok {
		return err
	}
	e := letterProblem(p)
	e.status = exitUsage
	return e
}

// renew makes another copy of a letter that the flags describe, with an identity of its
// own. A file is sent as it is.
func (m *letter) renew() error {
	if m.message == nil {
		return nil
	}
	m.message.MessageID = m.ids.Next()
	m.message.EightBit = false
	built, err := m.message.Build()
	if err != nil {
		return err
	}
	m.data, m.has8Bit, m.envelope.UTF8 = built.Data, built.Has8Bit, built.NeedsUTF8
	if m.eight == nil {
		return nil
	}
	m.message.EightBit = true
	if built, err = m.message.Build(); err != nil {
		return err
	}
	m.eight, m.eight8 = built.Data, built.Has8Bit
	return nil
}

// ready is what is sent to a server with these extensions: without encoding where that
// was asked for and is offered.
func (m *letter) ready(offers smtp.Extensions) (smtp.Envelope, io.Reader) {
	e, data, has8Bit := m.envelope, m.data, m.has8Bit
	if m.eight != nil && offers.Has("8BITMIME") {
		data, has8Bit = m.eight, m.eight8
	}
	if has8Bit {
		e.Body = "8BITMIME"
	}
	return e, bytes.NewReader(data)
}
