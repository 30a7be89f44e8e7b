package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/term"
)

// newTraceList is "trace list": the sessions that the running sandbox still knows of.
func (p *program) newTraceList() *cobra.Command {
	var dir string
	c := p.command("list", func(c *cobra.Command, _ []string) error {
		return p.traceList(c.Context(), dir)
	})
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

func (p *program) traceList(ctx context.Context, dir string) error {
	dir, err := p.directory(dir)
	if err != nil {
		return err
	}
	box, err := p.running(dir)
	if err != nil {
		return err
	}
	sessions, err := box.Sessions(ctx)
	if err != nil {
		return p.notRunning(err, dir)
	}
	if len(sessions) == 0 {
		p.note(p.out, "trace/list/none")
		return nil
	}
	table := [][]string{{"#", p.say("trace/list/protocol"), p.say("trace/list/start"), p.say("trace/list/peer"),
		p.say("trace/list/from"), p.say("trace/list/to"), p.say("trace/list/commands"),
		p.say("trace/list/findings"), p.say("trace/list/last")}}
	for _, s := range sessions {
		table = append(table, p.sessionRow(&s))
	}
	return writeTable(p.out, table)
}

// sessionRow is a session in a line of the table.
func (p *program) sessionRow(s *trace.Summary) []string {
	to := s.To
	if s.More > 0 {
		to += " +" + strconv.Itoa(s.More)
	}
	if to == "" {
		to = s.Account
	}
	findings := strconv.Itoa(s.Musts) + " / " + strconv.Itoa(s.Shoulds)
	verdict := s.Verdict
	if s.Live {
		verdict = p.say("trace/list/live")
	}
	return []string{strconv.Itoa(s.Number), string(s.Protocol), s.Start.Local().Format("15:04:05"), s.Peer,
		s.From, to, strconv.Itoa(s.Commands), findings, verdict}
}

// newest is how "trace show" is asked for the session that began last.
const newest = "last"

// recorded opens a session that the running sandbox knows of, if name names one: a number,
// or "last". A file of that name comes first. ok is false where name is no such word.
func (p *program) recorded(ctx context.Context, name, dir string) (r *trace.FileReader,
	closeIt func() error, ok bool, err error) {
	n, numeral := strconv.Atoi(name)
	if name != newest && (numeral != nil || n < 1) {
		return nil, nil, false, nil
	}
	if _, err := os.Stat(name); err == nil {
		return nil, nil, false, nil
	}
	if dir, err = p.directory(dir); err != nil {
		return nil, nil, true, err
	}
	box, err := p.running(dir)
	if err != nil {
		return nil, nil, true, err
	}
	in, err := box.Session(ctx, n)
	switch {
	case errors.Is(err, sandbox.ErrNoSession):
		return nil, nil, true, fail(exitLocal, "error/trace/no-session", "n", name).because(err).
			hint("hint/trace/list", "mailtool trace list")
	case err != nil:
		return nil, nil, true, p.notRunning(err, dir)
	}
	r, err = trace.NewFileReader(in)
	if err != nil {
		in.Close()
		return nil, nil, true, savedProblem(name, err)
	}
	return r, in.Close, true, nil
}

// directory is where the sandbox's files lie: dir, or the user's own place for them.
func (p *program) directory(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	dir, err := sandbox.DefaultDir(p.Getenv)
	if err != nil {
		return "", fail(exitLocal, "error/no-home", "why", err.Error()).because(err).
			hint("hint/dir", "mailtool serve --dir mailtool-data")
	}
	return dir, nil
}

// running is the sandbox that runs in dir.
func (p *program) running(dir string) (*sandbox.Remote, error) {
	box, err := sandbox.Running(dir)
	if err != nil {
		return nil, p.notRunning(err, dir)
	}
	return box, nil
}

// notRunning tells that there is nobody to ask.
func (p *program) notRunning(err error, dir string) error {
	if !errors.Is(err, sandbox.ErrNotRunning) {
		return err
	}
	e := fail(exitNoConnection, "error/not-running", "dir", dir).because(err)
	if class, _ := p.room(); class != nil {
		return e.hint("hint/not-running/class", "mailtool smtp send --save session.ndjson")
	}
	return e.hint("hint/dial/serve", "mailtool serve")
}

// writeTable writes rows in columns, the first row as their heads. What came from the wire
// is escaped.
func writeTable(w io.Writer, rows [][]string) error {
	for _, row := range rows {
		for i, cell := range row {
			row[i] = term.Escape([]byte(cell))
		}
	}
	return writeColumns(w, rows)
}

// writeColumns is writeTable for what is escaped already.
func writeColumns(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Columns(cell))
		}
	}
	out := bufio.NewWriter(w)
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-term.Columns(cell)+2))
		}
		out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	return out.Flush()
}
