package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"mailtool/mime/scan"
	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/rule"
	"mailtool/trace/term"
)

// newWhy is "mailtool why": what became of a session or a message, and why.
func (p *program) newWhy() *cobra.Command {
	var dir string
	c := p.command("why [FILE|N|last]", func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			args = []string{newest}
		}
		return p.why(c.Context(), source{args[0], dir})
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return p.oneFile(c, args)
		}
		return nil
	}
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

func (p *program) why(ctx context.Context, from source) error {
	r, closeIt, ok, err := p.recorded(ctx, from.name, from.dir)
	inside := ok // in the sandbox, whose mailboxes may hold the message
	if !ok {
		r, closeIt, ok, err = openSession(from.name)
	}
	switch {
	case err != nil && ok:
		return err
	case ok:
		defer closeIt()
		return p.whySession(ctx, from, r, inside)
	}
	return p.openFor(ctx, from.dir, from.name, func(m *opened) error {
		found, err := m.Lint(scan.Lint{UTF8: m.utf8})
		if err != nil {
			return err
		}
		p.note(p.out, "why/message")
		if err := p.toReader(found, "why/verdict/wrong"); err != nil {
			return err
		}
		if err := p.aboutLetter(m, found); err != nil {
			return err
		}
		return statusOfFindings(found)
	})
}

// statusOfFindings is the exit status where a MUST is broken, as that of mime lint.
func statusOfFindings(found ...[]scan.Finding) error {
	for _, f := range slices.Concat(found...) {
		if f.Level == rule.Must {
			return exitStatus(exitRefused)
		}
	}
	return nil
}

// openSession opens a saved session; ok is false where the file is none, but perhaps a
// message. One that was saved for people to read is a session, and cannot be opened.
func openSession(name string) (r *trace.FileReader, closeIt func() error, ok bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, false, nil
	}
	if r, err = trace.NewFileReader(f); err != nil {
		forPeople := isForPeople(f)
		f.Close()
		return nil, nil, isNewer(err) || forPeople, savedProblem(name, err)
	}
	return r, f.Close, true, nil
}

// isForPeople says that a file is a session as --save FILE.session or FILE.svg writes it.
func isForPeople(f io.ReaderAt) bool {
	head := make([]byte, 32)
	n, _ := f.ReadAt(head, 0)
	return bytes.HasPrefix(head[:n], []byte("# mailtool session: ")) || bytes.HasPrefix(head[:n], []byte("<svg "))
}

// isNewer says that a file is a session that a later mailtool saved.
func isNewer(err error) bool {
	fault := (*trace.FileError)(nil)
	return errors.As(err, &fault) && fault.Fault == trace.FileNewer
}

// whySession says what became of a session: the verdict first, then what it rests on.
func (p *program) whySession(ctx context.Context, from source, r *trace.FileReader,
	inside bool) error {
	q, err := inquire(r)
	if err != nil {
		return savedProblem(from.name, err)
	}
	l, err := p.letterOf(ctx, from.dir, q, inside)
	if err != nil {
		return err
	}
	defer l.close()
	p.note(p.out, "why/session", "protocol", string(q.header.Protocol),
		"start", q.header.Start.Format("2006-01-02 15:04:05 -0700"))
	fmt.Fprintln(p.out, p.verdict(&q.tally))
	if err := p.refusal(q); err != nil {
		return err
	}
	if l.opened != nil {
		key := "why/verdict/wrong"
		if q.tally.carried() == 0 {
			key = "why/verdict/unread"
		}
		if err := p.toReader(l.found, key); err != nil {
			return err
		}
	}
	if err := p.onTheWire(q); err != nil {
		return err
	}
	if l.note != "" {
		p.note(p.out, l.note, "octets", number(l.Tree.Size))
	}
	if l.opened == nil {
		p.note(p.out, "why/letter/none")
	} else if err := p.aboutLetter(l.opened, l.found); err != nil {
		return err
	}
	return statusOfFindings(q.findings(), l.found)
}

// refusal shows the reply that said no, and what it means.
func (p *program) refusal(q *inquest) error {
	if q.refusal == nil {
		return nil
	}
	fmt.Fprintln(p.out, p.say("why/refusal"))
	s, err := p.quotes()
	if err != nil {
		return err
	}
	s.Quote(term.Quote{Number: int64(q.refusal.Line),
		Text: append([]byte("S: "), q.refusal.Payload()...)})
	for _, key := range meaningKeys(q) {
		if text, section, ok := explain.Meaning(p.lang, key); ok {
			s.Note(text + "   " + section)
			break
		}
	}
	return s.Err()
}

// quotes is a screen for lines that are shown with what there is to say about them.
func (p *program) quotes() (*term.Screen, error) {
	o, err := p.options(&display{}, p.out)
	return term.New(p.out, o), err
}

// meaningKeys are under which a refusal may be explained, the most telling first.
func meaningKeys(q *inquest) []string {
	verb := q.refusal.Verb
	switch q.header.Protocol {
	case trace.POP3:
		return []string{"pop3/reply/" + verb + "/" + q.asked, "pop3/reply/" + verb}
	case trace.IMAP:
		return imapMeanings(q.refusal)
	}
	var keys []string
	if words := q.refusal.Words(); len(words) > 1 {
		keys = append(keys, "smtp/enhanced/"+words[1])
	}
	return append(keys, "smtp/reply/"+verb+"/"+q.asked)
}

// toReader says what a reader will see of what is wrong in a message, and how to mend it.
func (p *program) toReader(found []scan.Finding, key string) error {
	told := make(map[string]bool)
	for _, f := range found {
		looks := explain.Looks(p.lang, f.Finding)
		if looks == "" || told[looks] {
			continue
		}
		if len(told) == 0 {
			fmt.Fprintln(p.out, p.say(key))
		}
		told[looks] = true
		mend := explain.Mend(p.lang, f.Finding)
		fmt.Fprintln(p.out, "  "+p.sentence("why/looks",
			[]string{"n", strconv.Itoa(len(told)), "looks", looks}))
		fmt.Fprintln(p.out, "  "+p.sentence("why/mend", []string{"what", mend}))
	}
	if len(told) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(p.out, p.say("why/verdict/good"))
	return err
}

// onTheWire shows the lines of the dialogue that break rules.
func (p *program) onTheWire(q *inquest) error {
	p.note(p.out, "why/wire", "sum", p.sum(q.findings()))
	s, err := p.quotes()
	if err != nil {
		return err
	}
	for _, line := range q.wire {
		head := line.end.String() + ": "
		quote := term.Quote{Number: int64(line.number), Text: append([]byte(head), line.text...)}
		if line.mark != nil {
			fmt.Fprintf(p.out, "# %s\n", explain.Mark(p.lang, line.mark)) // as the session's own screen
		} else {
			s.Quote(quote)
		}
		for _, f := range line.findings {
			at := -1
			if f.At > 0 && len(line.text) > 0 {
				at = len(head) + int(min(max(f.Off, 0), int64(len(line.text))))
			}
			s.Found(f, quote, at)
		}
	}
	return s.Err()
}

// aboutLetter shows what is wrong in a message.
func (p *program) aboutLetter(m *opened, found []scan.Finding) error {
	p.note(p.out, "why/letter", "sum", p.sum(found))
	return p.showFindings(p.out, m, found)
}
