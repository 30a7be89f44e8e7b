package main

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/term"
)

// A witness is a session that is recorded and not shown: it is asked afterwards.
type witness struct {
	*program
	name     string // of the file that it is saved in
	protocol trace.Protocol
	opening  trace.Opening
	start    time.Time
	tap      *trace.Tap
	stop     func() bool
	keeper   *keeper
	heard    heard // what the server said

	mu     sync.Mutex
	events []*trace.Event
}

// sink takes events. It is called under the recorder's lock.
func (w *witness) sink(events []*trace.Event) {
	events = trace.Clones(events)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, events...)
	w.keeper.keep(events)
	for _, ev := range events {
		w.heard.event(ev)
	}
}

// finish closes the connection, if it is open, and saves the session.
func (w *witness) finish() error {
	w.tap.Close()
	w.stop()
	h := trace.NewHeader("1", w.start, w.opening)
	h.Tool = "mailtool " + version()
	t := tally{protocol: w.protocol}
	for _, ev := range w.events {
		t.event(ev)
	}
	o := term.Options{Lang: w.lang, Protocol: w.protocol, Vantage: trace.AtClient}
	return w.keeper.finish(h, o, w.verdict(&t))
}

// A passage is a part of a session.
type passage []*trace.Event

// during is what was said while do went on.
func (w *witness) during(do func() error) (passage, error) {
	from := len(w.all())
	err := do()
	return w.all()[from:], err
}

// all is what was said so far.
func (w *witness) all() passage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

// octets are those that the server sent.
func (e passage) octets() (n int64) {
	for _, ev := range e {
		if ev.End == trace.Server {
			n += ev.Len
		}
	}
	return n
}

// command is the line that the client said first, without the tag of IMAP.
func (e passage) command(protocol trace.Protocol) string {
	for _, ev := range e {
		if ev.Kind != trace.Command {
			continue
		}
		line := string(ev.Payload())
		if protocol == trace.IMAP {
			_, line, _ = strings.Cut(line, " ")
		}
		return line
	}
	return ""
}

// said is the last line of the server that has the verb: "FETCH", "+OK"; "" for none.
func (e passage) said(verb string) string {
	for _, ev := range slices.Backward(e) {
		if ev.Kind == trace.Reply && ev.Verb == verb {
			return string(bytes.TrimSpace(ev.Payload()))
		}
	}
	return ""
}

// result is the server's last line. That of IMAP begins with a tag, which says nothing here.
func (e passage) result(protocol trace.Protocol) string {
	for _, ev := range slices.Backward(e) {
		if ev.Kind != trace.Reply || ev.Verb == "" {
			continue
		}
		line := string(bytes.TrimSpace(ev.Payload()))
		if protocol == trace.IMAP {
			_, line, _ = strings.Cut(line, " ")
		}
		return line
	}
	return ""
}

// phases are the names of those that a session went through.
func (w *witness) phases() []string {
	var names []string
	for _, ev := range w.all() {
		if ev.Phase == "" {
			continue
		}
		name, _ := explain.Phase(w.lang, w.protocol, ev.Phase)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
