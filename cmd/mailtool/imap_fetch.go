package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/mime"
	"mailtool/mime/mbox"
	"mailtool/trace/term"
)

// An imapFetching is one run of "imap fetch": messages, or what they are made of.
type imapFetching struct {
	imapCall
	output    string // -o
	part      string // --part
	headers   bool   // --headers
	structure bool   // --structure
	seen      bool   // --seen: mark what is fetched
	decode    bool   // --decode: take the transfer encoding off

	set      messageWords
	section  imap.Section
	messages int    // that something came of
	octets   int64  // that came
	first    string // number of the first message
	pieces   []fetchedPiece
	trees    []*imap.FetchData
}

// A fetchedPiece is what came of a message to be shown.
type fetchedPiece struct {
	number uint32
	header []byte // that of the part
	body   []byte
	more   bool // this is the beginning
}

// newIMAPFetch is "imap fetch SET".
func (p *program) newIMAPFetch() *cobra.Command {
	f := &imapFetching{imapCall: p.newIMAPCall()}
	f.result, f.drawn = true, true
	c := p.newIMAPCommand(&f.imapCall, "fetch SET", f.speak, f.next)
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.words("SET")(c, args); err != nil {
			return err
		}
		var err error
		if f.set, err = readSet(args[0]); err != nil {
			return err
		}
		return f.checkFlags(c.Flags().Changed)
	}
	fs := c.Flags()
	fs.StringVarP(&f.output, "output", "o", "", "")
	fs.StringVar(&f.part, "part", "", "")
	fs.BoolVar(&f.headers, "headers", false, "")
	fs.BoolVar(&f.structure, "structure", false, "")
	fs.BoolVar(&f.seen, "seen", false, "")
	fs.BoolVar(&f.decode, "decode", false, "")
	f.folderFlags(c, true)
	f.flags(c)
	return c
}

// checkFlags looks at what is asked for, and finds the section that holds it.
func (f *imapFetching) checkFlags(given func(flag string) bool) error {
	switch {
	case f.headers && f.structure:
		return twoFlags("--headers", "--structure")
	case f.part != "" && f.structure:
		return twoFlags("--part", "--structure")
	case f.structure && f.seen:
		return twoFlags("--structure", "--seen")
	case f.decode && f.part == "":
		return fail(exitUsage, "error/imap/decode").hint("hint/imap/structure",
			"mailtool imap fetch "+quoted(f.set.typed)+" --structure"+f.same())
	case given("output") && f.output == "":
		return fail(exitUsage, "error/file/no-name")
	case f.output != "" && f.structure:
		return twoFlags("--output", "--structure")
	case f.decode && f.headers:
		return twoFlags("--decode", "--headers")
	case given("part") && !isPartNumber(f.part):
		return fail(exitUsage, "error/imap/part", "word", f.part).hint("hint/imap/structure",
			"mailtool imap fetch "+quoted(f.set.typed)+" --structure"+f.same())
	}
	text := f.part
	switch {
	case f.headers && f.part != "":
		text += ".MIME"
	case f.structure:
		return nil
	case f.headers:
		text = "HEADER"
	}
	var err error
	if f.section, err = imap.ParseSection(text); err != nil {
		return err
	}
	if f.output != "" && !f.set.one() && !f.mbox() {
		return fail(exitUsage, "error/imap/one-file", "set", f.set.typed, "file", f.output).
			hint("hint/imap/mbox", "mailtool imap fetch "+quoted(f.set.typed)+" -o mails.mbox"+f.same())
	}
	return nil
}

// isPartNumber says that a word is the number of a part: 2, 2.1.
func isPartNumber(word string) bool {
	x, err := imap.ParseSection(word)
	return err == nil && word != "" && x.Text == imap.SectionAll
}

// speak opens the folder: to look alone, unless what is fetched is to be marked.
func (f *imapFetching) speak(l *live, s *imapSession, _ []string) (string, error) {
	if err := s.open(!f.seen); err != nil {
		return "", err
	}
	if s.empty(f.set) {
		return "", s.noMessages()
	}
	if err := f.fetch(l, s); err != nil {
		l.print = nil
		return "", err
	}
	return f.verdict(), nil
}

// fetch has what is asked for written where it is wanted: as it is into a file or a pipe, and for
// a person as a reader sees it, when all of the session was shown.
func (f *imapFetching) fetch(l *live, s *imapSession) error {
	person := isTerminal(f.p.out) && f.output == ""
	switch {
	case f.structure:
		l.print = f.structures
		return f.askStructure(s)
	case person:
		l.print = f.show
		return f.askShown(s)
	case f.output == "":
		return f.copyTo(s, f.p.out)
	}
	file, err := newWhole(f.output)
	if err != nil {
		return err
	}
	if f.mbox() {
		err = f.intoMbox(s, file)
	} else {
		err = f.copyTo(s, file)
	}
	if err != nil {
		return errors.Join(err, file.discard())
	}
	return file.keep()
}

// mbox says that whole messages go into a file of many.
func (f *imapFetching) mbox() bool {
	return strings.EqualFold(filepath.Ext(f.output), ".mbox") && f.section.String() == ""
}

// ask asks for items of all messages. take is given what is told of each; into says where the
// octets of the section go, or is nil. What goes wrong with out is trouble of this machine.
func (f *imapFetching) ask(s *imapSession, items []imap.FetchItem, out *trouble,
	take func(*imap.FetchData) error, into func(uint32, *imap.FetchItem, int64) io.Writer) error {
	told := 0
	_, err := s.FetchTo(&imap.Fetch{UID: f.uid, Messages: f.set.set, Items: items}, into,
		func(d *imap.FetchData) error {
			told++
			if f.first == "" {
				f.first = decimal(d.Number)
			}
			return take(d)
		})
	shown, missing := (*problem)(nil), s.missing(f.set)
	switch {
	case err != nil && out != nil && out.err != nil:
		return out.err
	case errors.As(err, &shown):
		return err
	case err != nil:
		return s.refusedSet("FETCH", f.set, err)
	case told == 0 && f.uid:
		return s.notFound(f.set)
	case told == 0 && missing != nil:
		return missing
	case told == 0:
		return fail(exitProtocol, "error/imap/no-data", "what", f.said("FETCH", f.set.text))
	case f.part != "" && f.octets == 0:
		return f.noPart()
	}
	return nil
}

// items are the section, and where it is a part whose encoding matters its header.
func (f *imapFetching) items(encoded bool) []imap.FetchItem {
	items := []imap.FetchItem{{Kind: imap.FetchSection, Section: f.section, Peek: !f.seen}}
	if encoded && f.part != "" && !f.headers {
		items = append(items, imap.FetchItem{Kind: imap.FetchSection, Section: f.ownHeader(), Peek: true})
	}
	return items
}

// ownHeader is the section with the header of the part that is asked for.
func (f *imapFetching) ownHeader() imap.Section {
	x := f.section
	x.Text = imap.SectionMIME
	return x
}

// octetsOf are those of the section, and whether the server has it.
func (f *imapFetching) octetsOf(d *imap.FetchData) ([]byte, error) {
	octets, ok := d.Section(f.section.String())
	switch {
	case !ok && f.part == "": // each message has the other sections
		return nil, fail(exitProtocol, "error/imap/no-data", "what", f.said("FETCH", f.set.text))
	case !ok:
		return nil, f.noPart()
	}
	f.messages++
	return octets, nil
}

// noPart is the problem of a part that is not there. Some servers say NIL then, and others that
// it is empty: no standard says which.
func (f *imapFetching) noPart() *problem {
	return fail(exitRefused, "error/imap/no-part", "n", f.first, "part", f.section.String()).
		hint("hint/imap/structure", "mailtool imap fetch "+f.first+" --structure"+f.again())
}

// copyTo writes the octets of the section as they come, or without their encoding.
func (f *imapFetching) copyTo(s *imapSession, w io.Writer) error {
	out := &trouble{w: w}
	counted := writerFunc(func(p []byte) (int, error) {
		n, err := out.Write(p)
		f.octets += int64(n)
		return n, err
	})
	if f.decode {
		return f.ask(s, f.items(true), out, func(d *imap.FetchData) error {
			octets, err := f.octetsOf(d)
			if err == nil {
				_, err = io.Copy(counted, f.message(d, octets).Root.Reader())
			}
			return err
		}, nil)
	}
	return f.ask(s, f.items(false), out, func(d *imap.FetchData) error {
		octets, err := f.octetsOf(d) // none where they were written already
		if err == nil {
			_, err = counted.Write(octets)
		}
		return err
	}, func(_ uint32, x *imap.FetchItem, _ int64) io.Writer {
		if x.Kind != imap.FetchSection || x.Section.String() != f.section.String() {
			return nil // nobody asked for it
		}
		return counted
	})
}

// A writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// intoMbox writes whole messages behind each other.
func (f *imapFetching) intoMbox(s *imapSession, w io.Writer) error {
	out := &trouble{w: w}
	box := mbox.NewWriter(out)
	items := append(f.items(false), imap.FetchItem{Kind: imap.FetchInternalDate},
		imap.FetchItem{Kind: imap.FetchEnvelope})
	return f.ask(s, items, out, func(d *imap.FetchData) error {
		octets, err := f.octetsOf(d)
		if err != nil {
			return err
		}
		f.octets += int64(len(octets))
		from := ""
		if d.Envelope != nil && len(d.Envelope.From) > 0 {
			from = d.Envelope.From[0].Local + "@" + d.Envelope.From[0].Domain
		}
		return errors.Join(box.Write(from, d.Internal, bytes.NewReader(octets)), box.Flush())
	}, nil)
}

// askShown keeps of each message what is shown to a person.
func (f *imapFetching) askShown(s *imapSession) error {
	heads := map[uint32]*head{}
	own := f.ownHeader()
	return f.ask(s, f.items(true), nil, func(d *imap.FetchData) error {
		octets, err := f.octetsOf(d)
		if err != nil {
			return err
		}
		x := fetchedPiece{number: d.Number, body: octets}
		if h := heads[d.Number]; h != nil {
			x.body, x.more = h.octets, h.more
		}
		if f.part != "" {
			x.header, _ = d.Section(own.String())
		}
		f.octets += int64(len(x.body))
		f.pieces = append(f.pieces, x)
		return nil
	}, func(n uint32, x *imap.FetchItem, _ int64) io.Writer {
		if x.Section.Text == imap.SectionMIME && !f.headers {
			return nil
		}
		heads[n] = &head{most: shownMessage}
		return heads[n]
	})
}

// show writes messages as a reader sees them.
func (f *imapFetching) show() error {
	for i, x := range f.pieces {
		if len(f.pieces) > 1 {
			if i > 0 {
				fmt.Fprintln(f.p.out)
			}
			f.p.note(f.p.out, "imap/message", "n", decimal(x.number))
		}
		switch m := mime.Open(append(x.header, x.body...)); {
		case f.headers:
			f.p.fields(mime.Open(x.body))
		case m.Root.Type.Is("message", "rfc822"):
			f.p.reader(mime.Read(x.body))
		default:
			f.p.reader(m.View())
		}
		if x.more {
			f.p.note(f.p.out, "pop3/cut", "size", size(shownMessage))
		}
	}
	return nil
}

// fields shows a header, one field a line.
func (p *program) fields(m *mime.Message) {
	for _, f := range m.Root.Header() {
		value := strings.ReplaceAll(f.Value, "\t", " ") // by which a folded line begins
		fmt.Fprintf(p.out, "%s: %s\n", term.Escape([]byte(f.Name)), term.Escape([]byte(value)))
	}
}

// message is a part with its own header, as a message of its own.
func (f *imapFetching) message(d *imap.FetchData, octets []byte) *mime.Message {
	own := f.ownHeader()
	header, _ := d.Section(own.String())
	return mime.Open(append(slices.Clip(header), octets...))
}

// verdict says what came, and that it was not marked.
func (f *imapFetching) verdict() string {
	key := "verdict/imap/peeked"
	switch {
	case f.structure:
		return f.p.say("verdict/imap/structure", "messages", f.p.counted("verdict/messages", f.messages))
	case f.seen:
		key = "verdict/imap/fetched"
	}
	return f.p.say(key, "messages", f.p.counted("verdict/messages", f.messages),
		"octets", f.p.inOctets(int64(f.octets)))
}

// next is where to go on.
func (f *imapFetching) next() []offer {
	if f.first == "" {
		return nil
	}
	first := f.first
	if f.uid {
		first = f.set.text + " --uid"
	}
	mark := offer{"mailtool imap mark " + first + " seen" + f.again(), "next/imap/mark"}
	if f.seen {
		mark = offer{"mailtool imap unmark " + first + " seen" + f.again(), "next/imap/unmark"}
	}
	return []offer{{"mailtool imap fetch " + first + " --structure" + f.again(), "next/imap/structure"}, mark}
}
