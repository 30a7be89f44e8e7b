// Package tracetest holds what the tests of the dissectors share: a way to write a
// record as text, and the laws that every dissector keeps.
package tracetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailtool/trace"
)

// Start is when the records of Parse begin. Each mark comes a millisecond after the one
// before it.
var Start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)

// Parse reads a record. A line of text is one mark:
//
//	C: EHLO a.test       a line of the client with its CRLF; S: of the server
//	C+ MAIL FROM:<>      the same, in the same segment as what the end said before
//	C| a\n.\nb           octets as they are, with Go's escapes
//	C* 1000 x\r\n        the same, so many times, in one segment
//	-- tls TLS 1.3       a layer; "-- tls! why" one that failed
//	-- gap C 10          missing octets
//	-- eof S             an end sends no more
//	-- close reset       the connection is gone
//	-- wait 5m           what follows comes so much later
//	-- midway            first line only: the record begins in the middle
//	-- show              first line only: secrets are left readable
//	-- server 192.0.2.1:25   first line only: where the server is, by default on loopback
//
// An empty line, or one that begins with #, is passed over.
func Parse(protocol trace.Protocol, text string) ([]trace.Mark, error) {
	open := &trace.Opening{Protocol: protocol, Vantage: trace.AtServer,
		ClientAddr: "127.0.0.1:50000", ServerAddr: "127.0.0.1:2525"}
	marks := []trace.Mark{{Kind: trace.MarkOpen, Open: open}}
	waits := map[int]time.Duration{} // before the mark with that index
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimLeft(line, " \t")
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		if wait, ok := strings.CutPrefix(line, "-- wait "); ok {
			waits[len(marks)], err = time.ParseDuration(wait)
		} else {
			err = parseLine(&marks, open, line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", i+1, line, err)
		}
	}
	when := Start
	for i := range marks {
		when = when.Add(waits[i])
		marks[i].When = when
		when = when.Add(time.Millisecond)
	}
	return marks, nil
}

func parseLine(marks *[]trace.Mark, open *trace.Opening, line string) error {
	if rest, ok := strings.CutPrefix(line, "-- "); ok {
		return parseMark(marks, open, rest)
	}
	if len(line) < 2 || line[0] != 'C' && line[0] != 'S' {
		return fmt.Errorf("neither C nor S")
	}
	end, how, rest := trace.End(line[0]), line[1], strings.TrimPrefix(line[2:], " ")
	count := 1
	if how == '*' {
		n, after, _ := strings.Cut(rest, " ")
		var err error
		if count, err = strconv.Atoi(n); err != nil {
			return err
		}
		rest = after
	}
	b := rest
	if how == '|' || how == '*' {
		var err error
		if b, err = strconv.Unquote(`"` + strings.ReplaceAll(rest, `"`, `\"`) + `"`); err != nil {
			return err
		}
	} else {
		b += "\r\n"
	}
	b = strings.Repeat(b, count)
	last := &(*marks)[len(*marks)-1]
	if how == '+' && last.Kind == trace.MarkBytes && last.End == end {
		last.B = append(last.B, b...)
		return nil
	}
	*marks = append(*marks, trace.Mark{Kind: trace.MarkBytes, End: end, B: []byte(b)})
	return nil
}

func parseMark(marks *[]trace.Mark, open *trace.Opening, rest string) error {
	w := strings.Fields(rest)
	m := trace.Mark{}
	switch {
	case w[0] == "midway":
		open.Midway = true
		return nil
	case w[0] == "server" && len(w) == 2:
		open.ServerAddr = w[1]
		return nil
	case w[0] == "show":
		open.ShowSecrets = true
		return nil
	case w[0] == "gap" && len(w) == 3:
		n, err := strconv.ParseInt(w[2], 10, 64)
		if err != nil {
			return err
		}
		m = trace.Mark{Kind: trace.MarkGap, End: trace.End(w[1][0]), N: n}
	case w[0] == "eof" && len(w) == 2:
		m = trace.Mark{Kind: trace.MarkEOF, End: trace.End(w[1][0])}
	case w[0] == "close" && len(w) == 2:
		m = trace.Mark{Kind: trace.MarkClose, Why: trace.Why(w[1])}
	default:
		name, failed := strings.CutSuffix(w[0], "!")
		m = trace.Mark{Kind: trace.MarkLayer, Layer: &trace.Layer{Name: name}}
		text := strings.TrimSpace(strings.TrimPrefix(rest, w[0]))
		if failed {
			m.Layer.Err = text
		} else {
			m.Layer.Agreed = text
		}
	}
	*marks = append(*marks, m)
	return nil
}

// Run gives a record to a dissector and returns copies of its events.
func Run(d trace.Dissector, marks []trace.Mark) []trace.Event {
	var evs []trace.Event
	for _, m := range marks {
		d.Mark(m, func(ev *trace.Event) { evs = append(evs, *ev.Clone()) })
	}
	return evs
}

// Compact writes an event in a line, as the tables of the tests have it: number, end,
// kind, verb, the event answered (>), the event it is a part of (^), state, the payload,
// what was decoded of it (=), and the ids of the findings (!) with the place of each.
func Compact(ev *trace.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s", ev.N, ev.End, ev.Kind)
	if ev.Verb != "" {
		b.WriteString(" " + ev.Verb)
	}
	if ev.Answers != 0 {
		fmt.Fprintf(&b, " >%d", ev.Answers)
	}
	if ev.Part != 0 {
		fmt.Fprintf(&b, " ^%d", ev.Part)
	}
	fmt.Fprintf(&b, " %s/%s", ev.Phase, ev.State)
	if raw := ev.Raw; raw != nil {
		if len(raw) > 60 {
			fmt.Fprintf(&b, " %q..%d", raw[:40], len(raw))
		} else {
			fmt.Fprintf(&b, " %q", strings.TrimSuffix(string(raw), "\r\n"))
		}
	}
	if ev.Decoded != "" {
		fmt.Fprintf(&b, " =%q", ev.Decoded)
	}
	if ev.Text != "" {
		fmt.Fprintf(&b, " (%s)", ev.Text)
	}
	if ev.Body != nil {
		fmt.Fprintf(&b, " body=%d/%d/%d", ev.Body.Octets, ev.Body.Lines, ev.Body.Longest)
	}
	for _, f := range ev.Findings {
		fmt.Fprintf(&b, " !%s@%d", f.ID, f.At)
	}
	return b.String()
}

// Table writes events one a line.
func Table(evs []trace.Event) string {
	var b strings.Builder
	for i := range evs {
		b.WriteString(Compact(&evs[i]) + "\n")
	}
	return b.String()
}
