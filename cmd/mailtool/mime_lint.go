package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/mime/scan"
	"mailtool/trace/explain"
	"mailtool/trace/rule"
	"mailtool/trace/term"
)

// lintText is what is said about what is wrong with messages.
var lintText = sentence.New(textFiles, "text/lint")

// A linting is one run of "mime lint".
type linting struct {
	*program
	dir    string
	failOn string
	utf8   bool
	asJSON bool
	output string
}

// levels are the words of --fail-on, the gravest first.
var levels = []string{string(rule.Must), string(rule.Should), string(rule.Note)}

// newMIMELint is "mime lint": what is wrong with messages, and what to do about it.
func (p *program) newMIMELint() *cobra.Command {
	l := &linting{program: p}
	c := p.command("lint FILE...", func(c *cobra.Command, args []string) error {
		return l.run(c.Context(), args)
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return p.words("FILE")(c, args)
		}
		return nil
	}
	fs := c.Flags()
	fs.StringVar(&l.failOn, "fail-on", levels[0], "")
	fs.BoolVar(&l.utf8, "smtputf8", false, "")
	fs.BoolVar(&l.asJSON, "json", false, "")
	fs.StringVarP(&l.output, "output", "o", "", "")
	fs.StringVar(&l.dir, "dir", "", "")
	return c
}

func (l *linting) run(ctx context.Context, names []string) error {
	limit := gravityOf(rule.Level(l.failOn))
	if limit < 0 {
		return l.choice("fail-on", l.failOn, strings.Join(levels, ", "))
	}
	for _, name := range names {
		if err := sameFile(name, l.output); err != nil {
			return err
		}
	}
	out, closeOut, err := l.result(l.output)
	if err != nil {
		return err
	}
	// One file that cannot be read does not keep the others from being judged.
	statuses := []int{exitDone}
	for _, name := range names {
		worst, err := l.file(ctx, out, name)
		if err != nil {
			if len(names) == 1 || isGone(err) || ctx.Err() != nil {
				return errors.Join(err, closeOut())
			}
			statuses = append(statuses, l.report(err))
		}
		if worst >= 0 && worst <= limit {
			statuses = append(statuses, exitRefused)
		}
	}
	if err := closeOut(); err != nil {
		return err
	}
	if status := gravest(statuses...); status != exitDone {
		return exitStatus(status)
	}
	return nil
}

// gravityOf is the place of a level among levels, whatever its letters, or -1.
func gravityOf(level rule.Level) int {
	for i, known := range levels {
		if strings.EqualFold(string(level), known) {
			return i
		}
	}
	return -1
}

// file judges a message and returns the gravest level found as its place in levels, -1 where
// nothing is wrong.
func (l *linting) file(ctx context.Context, out io.Writer, name string) (worst int, err error) {
	worst = -1
	err = l.openFor(ctx, l.dir, name, func(m *opened) error {
		found, err := m.Lint(scan.Lint{UTF8: l.utf8 || m.utf8})
		if err != nil {
			return err
		}
		for _, f := range found {
			if g := gravityOf(f.Level); worst < 0 || g < worst {
				worst = g
			}
		}
		if l.asJSON {
			return l.writeJSON(out, name, found)
		}
		l.note(out, "mime/lint/file", "file", l.fileName(name), "sum", l.sum(found))
		return l.showFindings(out, m, found)
	})
	return worst, err
}

// A foundJSON is a finding as "mime lint --json" writes it, a line for each.
type foundJSON struct {
	File string `json:"file"`
	scan.Finding
	Text string `json:"text"`
	Mend string `json:"mend,omitempty"`
}

func (l *linting) writeJSON(out io.Writer, name string, found []scan.Finding) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, f := range found {
		text := term.Escape([]byte(explain.Rule(l.lang, f.Finding)))
		mend := term.Escape([]byte(explain.Mend(l.lang, f.Finding)))
		if err := enc.Encode(foundJSON{name, f, text, mend}); err != nil {
			return err
		}
	}
	return nil
}

// sum says how many findings of which level there are.
func (p *program) sum(found []scan.Finding) string {
	count := make(map[rule.Level]int)
	for _, f := range found {
		count[f.Level] += 1 + f.More
	}
	var parts []string
	for _, level := range levels {
		if n := count[rule.Level(level)]; n > 0 {
			parts = append(parts, p.say("mime/lint/count/"+strings.ToLower(level), "n", strconv.Itoa(n)))
		}
	}
	if len(parts) == 0 {
		return p.say("mime/lint/nothing")
	}
	return strings.Join(parts, p.say("verdict/comma"))
}

// Of a long line that much is shown, and that much before the octet that is meant.
const (
	shownOfLine = 100
	shownBefore = 60
)

// missing stands for the place of what is not there.
const missing = -2

// showFindings shows what was found in a message, each under its line.
func (p *program) showFindings(out io.Writer, m *opened, found []scan.Finding) error {
	o, err := p.options(&display{}, out)
	if err != nil {
		return err
	}
	s := term.New(out, o)
	var q term.Quote
	begin := int64(-1)
	for _, f := range found {
		start, at := f.Off, -1
		if f.At > 0 {
			start, at = f.Off-int64(f.At-1), f.At-1
		}
		if at >= shownOfLine {
			start, at = f.Off-shownBefore, shownBefore
		}
		if f.Line == 0 {
			if begin != missing {
				p.note(out, "mime/lint/missing")
			}
			begin = missing
		} else if start != begin {
			if q.Text, err = lineAt(m, start); err != nil {
				return err
			}
			begin, q.Number, q.Before = start, f.Line, at == shownBefore && f.At-1 > shownBefore
			s.Quote(q)
		}
		s.Found(f.Finding, q, at)
		p.belowFinding(s, f)
	}
	return s.Err()
}

// belowFinding says where a finding lies, how many are like it, and what to do.
func (p *program) belowFinding(s *term.Screen, f scan.Finding) {
	if f.Part != "" {
		s.Note(p.sentence("mime/lint/part", []string{"section", f.Part}))
	}
	if f.More > 0 {
		s.Note(p.counted("mime/lint/more", f.More))
	}
	if mend := explain.Mend(p.lang, f.Finding); mend != "" {
		s.Note(p.sentence("mime/lint/mend", []string{"what", mend}))
	}
}

// lineAt is what stands at an offset of a message, up to the end of its line.
func lineAt(m *opened, start int64) ([]byte, error) {
	text, err := m.Raw(start, min(start+shownOfLine+2, m.Tree.Size))
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = bytes.TrimSuffix(text[:i], []byte("\r"))
	}
	return text, err
}
