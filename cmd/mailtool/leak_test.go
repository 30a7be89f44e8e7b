package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/trace"
	"mailtool/trace/term"
)

// What is a secret is looked for in all that mailtool shows or keeps of a session. The tests of
// the dissectors look into events; these look where people look.

// leakPasswords have what must be escaped somewhere, and no word of a trace.
var leakPasswords = []string{"tick-tock 42", `"so" <it> & 'that'`, "开门 sesam-oeffne"}

// leakForms are the ways in which a secret may stand in a text: as it is, escaped, and in base64
// wherever its groups begin.
func leakForms(secret string) []string {
	quoted := strconv.QuoteToASCII(secret)
	marshalled, _ := json.Marshal(secret)
	var xmlText bytes.Buffer
	xml.EscapeText(&xmlText, []byte(secret))
	forms := []string{secret, quoted[1 : len(quoted)-1], string(marshalled[1 : len(marshalled)-1]),
		xmlText.String(), strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`),
		term.EscapeBytes([]byte(secret))}
	for shift := range 3 {
		code := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
		forms = append(forms, code[(shift*8+5)/6:(shift+len(secret))*8/6])
	}
	return forms
}

// leakIn is the first form of a secret that stands in text, "" if none does.
func leakIn(text string, secrets ...string) string {
	for _, s := range secrets {
		for _, form := range leakForms(s) {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return ""
}

// A leakRecord is a session in which somebody logs in.
type leakRecord struct {
	name    string
	marks   []trace.Mark
	secrets []string
	halves  []string // of the password and its base64, as the server quotes them in two lines
	spoken  bool     // the password, or token, crosses the wire
	first   int      // the mark with which the line begins in which it first does
	now     time.Time
}

func (r *leakRecord) mark(m trace.Mark) {
	r.now = r.now.Add(time.Microsecond)
	m.When = r.now
	r.marks = append(r.marks, m)
}

// say adds a line, each octet in a mark of its own.
func (r *leakRecord) say(end trace.End, line string) {
	start := len(r.marks)
	for _, c := range []byte(line + "\r\n") {
		r.mark(trace.Mark{Kind: trace.MarkBytes, End: end, B: []byte{c}})
	}
	if end == trace.Client && r.first == 0 && leakIn(line, r.secrets...) != "" {
		r.first = start
	}
}

// leakLab knows one user.
type leakLab string

func (l leakLab) Password(_ context.Context, _, name, password string) (string, error) {
	if password != string(l) {
		return "", sasl.ErrRefused
	}
	return name, nil
}

func (l leakLab) Secret(_ context.Context, name string) (string, string, error) {
	return name, string(l), nil
}

func (l leakLab) Stored(_ context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	v, err := sasl.NewVerifier(mechanism, string(l), sasl.MinRounds, make([]byte, 16))
	return name, v, err
}

func leakBinding() ([]byte, error) { return []byte("what binds it to TLS"), nil }

// leakMechanisms are all that a client has.
var leakMechanisms = append(sasl.Mechanisms(true), sasl.XOAuth2, sasl.OAuthBearer)

// leakLogIn makes a record of a log-in, right or wrong, in which the server then says again what
// it was told, as it is and in base64, and the client types the password as commands.
func leakLogIn(t *testing.T, mechanism, password string, right, initial bool) *leakRecord {
	t.Helper()
	if mechanism == sasl.XOAuth2 || mechanism == sasl.OAuthBearer { // no token has such octets
		password = "ya29.tick_tock-" + strconv.Itoa(len(password)) + "/x=="
	}
	r := &leakRecord{name: fmt.Sprintf("%s %q right=%v initial=%v", mechanism, password, right, initial),
		secrets: []string{password}, now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	r.mark(trace.Mark{Kind: trace.MarkOpen, Open: &trace.Opening{Protocol: trace.SMTP,
		Vantage: trace.AtServer, ClientAddr: "192.0.2.7:4711", ServerAddr: "192.0.2.1:587"}})
	r.say(trace.Server, "220 mail.lab.test ESMTP")
	r.say(trace.Client, "EHLO a.test")
	r.say(trace.Server, "250-mail.lab.test")
	r.say(trace.Server, "250 AUTH "+strings.Join(leakMechanisms, " "))
	said, verdict := r.exchange(t, mechanism, password, right, initial)
	for _, line := range said[:max(0, len(said)-1)] {
		r.say(trace.Server, verdict+"-5.7.8 "+line)
	}
	r.say(trace.Server, verdict+" 5.7.8 that was it")
	if r.spoken {
		for _, line := range []string{password, sasl.Encode([]byte(password)), "PASS " + password,
			"AUTH PLAIN\t" + sasl.Encode([]byte("\x00alice\x00"+password))} {
			r.say(trace.Client, line)
			r.say(trace.Server, "500 5.5.2 what is <"+line+">?")
		}
		r.say(trace.Server, "421 x"+sasl.Encode([]byte(password)))
	}
	r.mark(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
	return r
}

// exchange lets both ends of a mechanism talk. It returns what the server may say of what it
// was told, and the code of its verdict.
func (r *leakRecord) exchange(t *testing.T, mechanism, password string, right, initial bool) (
	echo []string, verdict string) {
	var binding sasl.Binding
	if mechanism == sasl.SCRAMSHA256Plus {
		binding = leakBinding
	}
	client, err := sasl.NewClient(mechanism, sasl.Credentials{Name: "alice@lab.test",
		Password: password, Token: password, Host: "mail.lab.test", Port: 587}, binding)
	if err != nil {
		t.Fatal(err)
	}
	knows := leakLab(password)
	if !right {
		knows = "another"
	}
	server, err := sasl.NewServer(t.Context(), mechanism, knows, binding)
	token := errors.Is(err, sasl.ErrMechanism)
	r.spoken = token || mechanism == sasl.Plain || mechanism == sasl.Login
	response, err := client.Start()
	line := "AUTH " + mechanism
	if response != nil && initial {
		line += " " + sasl.EncodeInitial(response)
	}
	r.say(trace.Client, line)
	if response != nil && !initial {
		r.say(trace.Server, "334 ")
		r.say(trace.Client, sasl.Encode(response))
	}
	for err == nil && !token {
		echo = append(echo, sasl.Encode(response), `"`+sasl.Encode(response)+`"`)
		challenge, done, wrong := server.Next(response)
		if wrong != nil || done && len(challenge) == 0 {
			break
		}
		r.say(trace.Server, "334 "+sasl.Encode(challenge))
		if response, err = client.Next(challenge); err == nil {
			r.say(trace.Client, sasl.Encode(response))
		}
	}
	if verdict = "235"; !right {
		verdict = "535"
	}
	if r.spoken {
		echo = append(echo, sasl.Encode(response), password, "wrong: "+password+"!",
			sasl.Encode([]byte(password)), "x"+sasl.Encode([]byte("("+password+")")))
		for _, quoted := range []string{password, sasl.Encode([]byte(password))} {
			half := len(quoted) / 2
			for !utf8.RuneStart(quoted[half]) {
				half++
			}
			echo = append(echo, quoted[:half], quoted[half:]) // in two lines
			r.halves = append(r.halves, strings.TrimSpace(quoted[:half]), strings.TrimSpace(quoted[half:]))
		}
		echo = append(echo, "never said")
	}
	return echo, verdict
}

// dissector is that of the record's protocol.
func (r *leakRecord) dissector() trace.Dissector {
	for _, spoken := range protocols {
		if spoken.name == r.marks[0].Open.Protocol {
			return spoken.dissector("1")
		}
	}
	return nil
}

// sinks are what people may look at of a record, by name.
func (r *leakRecord) sinks(t *testing.T, show bool) map[string]string {
	t.Helper()
	open := *r.marks[0].Open
	open.ShowSecrets = show
	ring := trace.NewRing(0)
	kept := ring.Begin(trace.Info{Protocol: open.Protocol, Peer: open.ClientAddr})
	var events []*trace.Event
	var live bytes.Buffer
	watching := term.New(&live, term.Options{Protocol: open.Protocol, Width: 4000})
	rec := kept.Record(r.dissector(), open, func() time.Time { return r.marks[0].When },
		func(evs []*trace.Event) {
			events = append(events, trace.Clones(evs)...)
			for _, ev := range trace.Clones(evs) {
				watching.Event(ev)
			}
		})
	for i, m := range r.marks[1:] {
		rec.Record(m)
		// What is asked of a session while it goes on: who waits, and what would come next.
		watching.Idle(rec.Waiting(), rec.Pending(trace.Client))
		live.Write(rec.Pending(trace.Server))
		if i%7 == 0 || m.Kind == trace.MarkBytes && m.B[0] == '\n' {
			watching.Next(rec.Preview(m.End, leakRest(r.marks[i+2:], m.End)))
		}
	}
	out := map[string]string{"the screen, live": live.String()}
	h := trace.NewHeader("1", r.marks[0].When, open)
	for suffix, write := range savers {
		for _, lang := range []sentence.Lang{sentence.English, sentence.Chinese} {
			var b bytes.Buffer
			o := term.Options{Protocol: open.Protocol, Lang: lang, Explain: true}
			if err := write(&b, h, o, events, "done"); err != nil {
				t.Fatal(err)
			}
			out[suffix+" "+string(lang)] = b.String()
		}
	}
	for name, o := range map[string]term.Options{"plain": {}, "explained": {Explain: true},
		"in bytes": {Bytes: true, State: true, Time: true, Data: term.DataFull}} {
		o.Protocol, o.Width = open.Protocol, 4000
		var b bytes.Buffer
		s := term.New(&b, o)
		for _, ev := range events {
			s.Event(ev)
		}
		s.Summary("done")
		out["the screen, "+name] = b.String()
	}
	packed, _ := ring.Show(kept.Number())
	var b bytes.Buffer
	if err := writeNDJSON(&b, h, term.Options{}, packed, ""); err != nil {
		t.Fatal(err)
	}
	out["the ring"] = b.String()
	summary, err := json.Marshal(ring.List())
	if err != nil {
		t.Fatal(err)
	}
	out["the list of sessions"] = string(summary)
	return out
}

// leakRest is what an end says next in one go.
func leakRest(marks []trace.Mark, end trace.End) (b []byte) {
	for _, m := range marks {
		if m.Kind != trace.MarkBytes || m.End != end {
			break
		}
		b = append(b, m.B...)
	}
	return b
}

// midway is the record from a mark on, as it is made by who comes late.
func (r *leakRecord) midway(from int) *leakRecord {
	late := *r
	open := *r.marks[0].Open
	open.Midway = true
	late.marks = append([]trace.Mark{{Kind: trace.MarkOpen, When: r.marks[0].When, Open: &open}},
		r.marks[from:]...)
	late.name = fmt.Sprintf("%s, from mark %d on", r.name, from)
	return &late
}

// leakRecords are log-ins by each mechanism, with each password, right and wrong.
func leakRecords(t *testing.T) (all []*leakRecord) {
	for _, mechanism := range leakMechanisms {
		for i, password := range leakPasswords {
			all = append(all, leakLogIn(t, mechanism, password, i%2 == 0, i != 1),
				leakLogIn(t, mechanism, password, false, i == 1))
		}
	}
	for i, password := range leakPasswords {
		for form := range leakIMAPForms(password) {
			all = append(all, leakIMAP(form, password, i%2 == 0))
		}
	}
	return all
}

// TestNoSinkLeaks: no password and no token shows anywhere, whole sessions seen or only the
// end of them.
func TestNoSinkLeaks(t *testing.T) {
	look := func(r *leakRecord) {
		t.Helper()
		for sink, text := range r.sinks(t, false) {
			form := leakIn(text, r.secrets...)
			for _, half := range r.halves {
				if form == "" && strings.Contains(text, half) {
					form = half
				}
			}
			if form != "" {
				at := strings.Index(text, form)
				t.Errorf("%s: %s shows %q in %q", r.name, sink, form,
					text[max(0, at-80):min(len(text), at+len(form)+40)])
			}
		}
	}
	for i, r := range leakRecords(t) {
		look(r)
		if t.Failed() {
			return
		}
		for from := 1 + i%5; from <= r.first; from += 23 {
			look(r.midway(from))
		}
		look(r.midway(max(1, r.first)))
	}
}

// TestSinksCanLeak: with --show-secrets, each of them has the password, so that the test above
// does look where it would be.
func TestSinksCanLeak(t *testing.T) {
	for _, r := range leakRecords(t) {
		if !r.spoken {
			continue
		}
		for sink, text := range r.sinks(t, true) {
			if leakIn(text, r.secrets...) == "" && sink != "the list of sessions" {
				t.Errorf("%s: %s shows no password", r.name, sink)
			}
		}
	}
}
