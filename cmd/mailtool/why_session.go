package main

import (
	"bytes"
	"io"
	"strings"
	"time"

	"mailtool/mime/scan"
	"mailtool/pop3"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// An inquest is what is learned of a session, from its events alone.
type inquest struct {
	header  trace.Header
	tally   tally
	wire    []wireLine     // lines of the dialogue that break rules
	refusal *trace.Event   // the last line of the last refusal
	asked   string         // the verb that it answers, "." for a message
	letter  *carried       // the message that was carried last, nil for none
	verbs   map[int]string // commands by the event's number, as far as they matter
	coming  bool           // POP3: RETR was answered with +OK
	literal announced      // IMAP: what comes next
	last    time.Duration  // when its last octet came
}

// A wireLine is a line of the dialogue and what is wrong with it.
type wireLine struct {
	number   int
	end      trace.End
	text     []byte
	mark     *trace.Event   // what is no line, and has no number: the close
	findings []rule.Finding // relative to the line
}

// maxWire is how many lines of the dialogue are told of.
const maxWire = 50

// A carried message is what the record holds of one.
type carried struct {
	data    []byte
	whole   bool // nothing of it was folded away
	ended   bool
	stuffed bool // dots are doubled
	utf8    bool // it was announced with SMTPUTF8
}

// inquire reads a session to its end.
func inquire(r *trace.FileReader) (*inquest, error) {
	q := &inquest{header: r.Header(), verbs: make(map[int]string)}
	q.tally.protocol = q.header.Protocol
	for {
		ev, err := r.Next()
		if err == io.EOF {
			return q, nil
		}
		if err != nil {
			return q, err
		}
		q.event(ev)
	}
}

func (q *inquest) event(ev *trace.Event) {
	q.last = max(q.last, ev.Last)
	q.refused(ev)
	q.tally.event(ev)
	q.judge(ev)
	switch q.header.Protocol {
	case trace.SMTP:
		q.sent(ev)
	case trace.POP3:
		q.fetched(ev)
	case trace.IMAP:
		q.arranged(ev)
	}
}

// refused keeps a reply that says no. The tally knows what it answers, until it is told.
func (q *inquest) refused(ev *trace.Event) {
	if q.header.Protocol == trace.IMAP {
		q.refusedIMAP(ev)
		return
	}
	if ev.Kind != trace.Reply && ev.Kind != trace.Greeting || !ev.Final || ev.Verb == "" {
		return
	}
	no := ev.Verb[0] == '4' || ev.Verb[0] == '5' || ev.Verb == pop3.Err
	asked := q.tally.asked[ev.Answers]
	if q.header.Protocol == trace.POP3 {
		asked = q.tally.fetch.asked[ev.Answers]
	}
	if no && asked != "QUIT" {
		q.refusal, q.asked = ev, asked
	}
}

// judge keeps a line of the dialogue that breaks a rule. Those of messages are judged by
// themselves.
func (q *inquest) judge(ev *trace.Event) {
	if len(ev.Findings) == 0 || len(q.wire) >= maxWire {
		return
	}
	line := wireLine{number: ev.Line, end: ev.End}
	switch {
	case ev.Line == 0:
		line.mark = ev
	case ev.Raw != nil: // it was not folded
		line.text = ev.Payload()
		line.text = line.text[:min(len(line.text), shownOfLine)]
	}
	for _, f := range ev.Findings {
		if strings.HasPrefix(f.ID, "message/") {
			continue
		}
		f.Off -= ev.Off
		line.findings = append(line.findings, f)
	}
	if len(line.findings) > 0 {
		q.wire = append(q.wire, line)
	}
}

// findings are all that was found on the wire.
func (q *inquest) findings() (all []scan.Finding) {
	for _, line := range q.wire {
		for _, f := range line.findings {
			all = append(all, scan.Finding{Finding: f})
		}
	}
	return all
}

// sent collects the message of a mail transaction.
func (q *inquest) sent(ev *trace.Event) {
	switch {
	case ev.Kind == trace.Command:
		verb := ev.Verb
		switch verb {
		case "MAIL":
			q.verbs[0] = strings.ToUpper(string(ev.Payload()))
		case "BDAT":
			q.verbs[ev.N] = verb
			if q.letter == nil || q.letter.stuffed || q.letter.ended {
				q.begin(false)
			}
			words := ev.Words()
			q.letter.ended = len(words) == 3 && strings.EqualFold(words[2], "LAST")
		case "DATA":
			q.letter = nil
		}
	case ev.End != trace.Client:
	case ev.Kind == trace.Data || ev.Kind == trace.DataEnd:
		chunk := q.verbs[ev.Part] == "BDAT"
		if !chunk && (q.letter == nil || !q.letter.stuffed || q.letter.ended) {
			q.begin(true)
		}
		q.letter.add(ev)
	}
}

func (q *inquest) begin(stuffed bool) {
	q.letter = &carried{whole: true, stuffed: stuffed,
		utf8: strings.Contains(q.verbs[0], " SMTPUTF8")}
}

// fetched collects a message that was retrieved.
func (q *inquest) fetched(ev *trace.Event) {
	switch {
	case ev.Kind == trace.Command && ev.Part == 0:
		if len(q.verbs) < maxAsked {
			q.verbs[ev.N] = ev.Verb
		}
	case ev.Kind == trace.Reply && ev.Answers != 0:
		q.coming = q.verbs[ev.Answers] == "RETR" && ev.Verb == pop3.OK
		delete(q.verbs, ev.Answers)
		if q.coming {
			q.begin(true)
		}
	case q.coming && ev.End == trace.Server && (ev.Kind == trace.Data || ev.Kind == trace.DataEnd):
		q.letter.add(ev)
		q.coming = ev.Kind == trace.Data
	}
}

// add adds what ev holds of the message. The lone dot that ends one is no part of it.
func (c *carried) add(ev *trace.Event) {
	last := ev.Kind == trace.DataEnd
	switch {
	case last && c.stuffed:
		c.ended = true
		return
	case ev.Len > 0 && ev.Raw == nil, int64(len(c.data))+ev.Len > maxFile:
		c.whole = false
	}
	if c.whole {
		c.data = append(c.data, ev.Raw...)
	}
}

// message is the message, with doubled dots undone: whole lines of it, where it is not whole.
func (c *carried) message() []byte {
	data := c.data
	if !c.whole || !c.ended {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	if !c.stuffed {
		return data
	}
	out := make([]byte, 0, len(data))
	for line := range bytes.Lines(data) {
		if line[0] == '.' && (len(out) == 0 || bytes.HasSuffix(out, []byte("\r\n"))) {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}
