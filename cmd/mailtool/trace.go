package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/trace"
	"mailtool/trace/svg"
	"mailtool/trace/term"
)

// newTrace is the family of commands that show sessions that are over: saved ones, and those
// of the running sandbox.
func (p *program) newTrace() *cobra.Command {
	c := p.group("trace")
	c.AddCommand(p.newTraceList(), p.newTraceShow(), p.newTraceSVG())
	return c
}

// newTraceShow is "trace show": a saved session on the screen, or as JSON.
func (p *program) newTraceShow() *cobra.Command {
	var d display
	var asJSON bool
	var output, dir string
	c := p.command("show FILE|N|last", func(c *cobra.Command, args []string) error {
		return p.traceShow(c.Context(), &d, source{args[0], dir}, asJSON, output)
	})
	c.Args = p.oneFile
	d.flags(c.Flags())
	c.Flags().StringVar(&dir, "dir", "", "")
	c.Flags().BoolVar(&asJSON, "json", false, "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

// newTraceSVG is "trace svg": a saved session as a picture.
func (p *program) newTraceSVG() *cobra.Command {
	var d display
	var output, dir string
	c := p.command("svg FILE|N|last", func(c *cobra.Command, args []string) error {
		return p.traceSVG(c.Context(), &d, source{args[0], dir}, output)
	})
	c.Args = p.oneFile
	d.flags(c.Flags())
	c.Flags().StringVar(&dir, "dir", "", "")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

func (p *program) oneFile(c *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return p.helpHint(fail(exitUsage, "error/no-file", "command", c.CommandPath()), c)
	case 1:
		return nil
	}
	return p.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(),
		"word", args[1]), c)
}

// A source is where a session comes from: a file, or the sandbox that runs in dir.
type source struct{ name, dir string }

// saved opens a session; "-" is the input.
func (p *program) saved(ctx context.Context, from source) (*trace.FileReader, func() error, error) {
	r, closeIt, ok, err := p.recorded(ctx, from.name, from.dir)
	if ok {
		return r, closeIt, err
	}
	name := from.name
	in, closeFile := p.typed(), func() error { return nil }
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		in, closeFile = f, f.Close
	}
	r, err = trace.NewFileReader(in)
	if err != nil {
		closeFile()
		return nil, nil, savedProblem(name, err)
	}
	return r, closeFile, nil
}

func savedProblem(name string, err error) error {
	if file := (*fs.PathError)(nil); errors.As(err, &file) || errors.Is(err, context.Canceled) {
		return err
	}
	key, line := "error/saved", ""
	if fault := (*trace.FileError)(nil); errors.As(err, &fault) {
		key, line = key+"/"+string(fault.Fault), strconv.Itoa(fault.Line)
	}
	hint := "hint/saved"
	switch strings.ToLower(filepath.Ext(name)) {
	case ".session", ".svg":
		key, hint = "error/saved/for-people", "hint/saved/for-people"
	}
	return fail(exitLocal, key, "file", name, "line", line, "why", err.Error()).because(err).
		hint(hint, "mailtool smtp send --save session.ndjson")
}

// result is where a command's result goes: the file of -o, else stdout.
func (p *program) result(output string) (io.Writer, func() error, error) {
	if output == "" {
		return p.out, func() error { return nil }, nil
	}
	f, err := create(output)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// sameFile says that a command would write over what it reads.
func sameFile(input, output string) error {
	from, err := os.Stat(input)
	if err != nil || output == "" {
		return nil // opening it says so better
	}
	if to, err := os.Stat(output); err == nil && os.SameFile(from, to) {
		return fail(exitUsage, "error/same-file", "file", output)
	}
	return nil
}

func (p *program) traceShow(ctx context.Context, d *display, from source, asJSON bool,
	output string) error {
	if err := sameFile(from.name, output); err != nil {
		return err
	}
	r, closeIn, err := p.saved(ctx, from)
	if err != nil {
		return err
	}
	defer closeIn()
	out, closeOut, err := p.result(output)
	if err != nil {
		return err
	}
	var show func(*trace.Event) error
	end := func() {}
	if asJSON {
		w, err := trace.NewFileWriter(out, r.Header())
		if err != nil {
			return err
		}
		show = w.Write
	} else if show, end, err = p.screen(d, out, r.Header()); err != nil {
		return err
	}
	for err == nil {
		var ev *trace.Event
		if ev, err = r.Next(); err == nil {
			err = show(ev)
		} else if err != io.EOF {
			err = savedProblem(from.name, err)
		}
	}
	end()
	if err == io.EOF {
		err = nil
	}
	if closed := closeOut(); err == nil {
		err = closed
	}
	return err
}

// screen shows events as they were shown when they were recorded. end writes the last
// line.
func (p *program) screen(d *display, out io.Writer, h trace.Header) (show func(*trace.Event) error,
	end func(), err error) {
	o, err := p.options(d, out)
	if err != nil {
		return nil, nil, err
	}
	o.Protocol, o.Vantage, o.ClientAddr = h.Protocol, h.Vantage, h.ClientAddr
	if !d.quiet {
		p.note(out, "trace/header", "protocol", string(h.Protocol), "vantage",
			p.say("vantage/"+string(h.Vantage)), "start", h.Start.Format("2006-01-02 15:04:05 -0700"))
		if !h.Redacted {
			p.note(out, "trace/secrets")
		}
	}
	s := term.New(out, o)
	t := &tally{protocol: h.Protocol}
	return func(ev *trace.Event) error {
			t.event(ev)
			s.Event(ev)
			return s.Err()
		}, func() {
			s.Summary(p.verdict(t))
		}, nil
}

func (p *program) traceSVG(ctx context.Context, d *display, from source, output string) error {
	if err := sameFile(from.name, output); err != nil {
		return err
	}
	r, closeIn, err := p.saved(ctx, from)
	if err != nil {
		return err
	}
	defer closeIn()
	o, err := p.options(d, io.Discard)
	if err != nil {
		return err
	}
	h := r.Header()
	o.Protocol, o.Vantage, o.ClientAddr = h.Protocol, h.Vantage, h.ClientAddr
	var events []*trace.Event
	t := &tally{protocol: h.Protocol}
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return savedProblem(from.name, err)
		}
		events = append(events, ev)
		t.event(ev)
	}
	out, closeOut, err := p.result(output)
	if err != nil {
		return err
	}
	err = svg.Write(out, o, events, p.verdict(t))
	if closed := closeOut(); err == nil {
		err = closed
	}
	if err == nil && output != "" {
		p.written(output)
	}
	return err
}
