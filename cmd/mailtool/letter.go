package main

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"slices"

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
	parts                         partFlags

	textFlag string // the flag that holds the text, and with -file behind it the file

	// Who writes and who reads where no flag says so; "" for the sample's.
	writer, reader string
	given          func(flag string) bool
}

// flags are those of a letter that is sent.
func (f *letterFlags) flags(c *cobra.Command) {
	fs := c.Flags()
	f.textFlag = "body"
	f.headerFlags(c)
	fs.StringArrayVar(&f.bcc, "bcc", nil, "")
	f.contentFlags(c)
	fs.StringVar(&f.envelopeFrom, "envelope-from", "", "")
	fs.StringArrayVar(&f.envelopeTo, "envelope-to", nil, "")
	fs.BoolVar(&f.eightBit, "8bit", false, "")
}

// headerFlags are those of the header.
func (f *letterFlags) headerFlags(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVarP(&f.from, "from", "f", "", "")
	fs.StringArrayVarP(&f.to, "to", "t", nil, "")
	fs.StringArrayVar(&f.cc, "cc", nil, "")
	f.given = fs.Changed
}

// contentFlags are those of what the header leads to.
func (f *letterFlags) contentFlags(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.subject, "subject", "", "")
	fs.StringVar(&f.body, f.textFlag, "", "")
	fs.StringVar(&f.bodyFile, f.textFlag+"-file", "", "")
	f.parts.flags(c)
	fs.StringArrayVar(&f.headers, "header", nil, "")
}

// A letter is a message and its envelope.
type letter struct {
	name     string // of the file, "" where there is none
	envelope smtp.Envelope
	data     []byte
	has8Bit  bool

	message *mime.Letter // what data was made from, nil for a file
	built   *mime.Built  // and what became of it
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
		if file := f.textFlag + "-file"; f.given(file) {
			return nil, nil, twoFlags("-", "--"+file)
		}
		f.bodyFile = "-"
	}
	if len(args) == 0 || fromInput {
		m, notes, err := f.compose(p)
		return []*letter{m}, notes, err
	}
	for _, flag := range slices.Concat(partNames, []string{"subject", "body", "body-file", "header",
		"cc", "bcc", "8bit"}) {
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
	if f.given("8bit") && f.given("encoding") {
		return nil, nil, twoFlags("--8bit", "--encoding")
	}
	m := &mime.Letter{Subject: f.subject, Date: p.Now(), Random: p.Random}
	err := f.addresses(m)
	if err != nil {
		return nil, nil, err
	}
	notes, err := f.text(p, m)
	if err != nil {
		return nil, nil, err
	}
	more, err := f.parts.put(p, m, f.given)
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
	notes = append(append(f.assumed(), notes...), more...)
	return out, append(notes, f.told(out)...), nil
}

// told says what is worth knowing of a letter as it was built.
func (f *letterFlags) told(m *letter) []assumption {
	var list []assumption
	if m.message.HTML == "" {
		return nil
	}
	if m.message.Text == "" {
		list = append(list, assumption{"letter/no-text", []string{"flag", "--" + f.textFlag}})
	}
	for _, name := range m.built.Unlinked {
		list = append(list, assumption{"letter/unlinked", []string{"file", name}})
	}
	return list
}

// assumed says what stands in for flags that were not given.
func (f *letterFlags) assumed() []assumption {
	from, to := !f.given("from"), len(f.to)+len(f.cc)+len(f.bcc) == 0
	body := !f.textGiven() && !f.given("html")
	if from && to && body && len(f.parts.attach)+len(f.parts.inline) == 0 {
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

// textGiven says that the text of the letter was given, in whatever way.
func (f *letterFlags) textGiven() bool {
	return f.given(f.textFlag) || f.bodyFile != "" || f.given(f.textFlag+"-file")
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

// text finds the letter's text.
func (f *letterFlags) text(p *program, m *mime.Letter) (notes []assumption, err error) {
	file := f.textFlag + "-file"
	octets, name := []byte(f.body), "--"+f.textFlag
	switch {
	case f.given(f.textFlag) && (f.given(file) || f.bodyFile != ""):
		return nil, twoFlags("--"+f.textFlag, "--"+file)
	case f.given(f.textFlag):
	case f.bodyFile == "-":
		name = p.say("name/input")
		if isTerminal(p.in) {
			p.note(p.err, "send/type-body")
		}
		if octets, err = io.ReadAll(p.typed()); err != nil {
			return nil, err
		}
	case f.given(file):
		name = f.bodyFile
		if octets, err = os.ReadFile(f.bodyFile); err != nil {
			return nil, err
		}
	case f.given("html"):
		return nil, nil
	default:
		if !f.given("subject") {
			m.Subject = sampleSubject
		}
		m.Text = sampleText
		return nil, nil
	}
	m.Text, notes, err = asText(octets, name)
	return notes, err
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
	m.built = built
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
