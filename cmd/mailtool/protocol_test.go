package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// TestPOP3Address: a client of POP3 has ports, URLs and a sandbox's server of its own.
func TestPOP3Address(t *testing.T) {
	p := testProgram(sentence.English)
	env := ""
	p.Getenv = func(name string) string {
		if name == "MAILTOOL_SERVER" {
			return env
		}
		return ""
	}
	for _, c := range []struct {
		server, tls string
		want        destination
	}{
		{"", "", destination{"127.0.0.1:2110", "127.0.0.1", false, ""}},
		{"mx.example", "", destination{"mx.example:110", "mx.example", false, ""}},
		{"localhost", tlsImplicit, destination{"localhost:2995", "localhost", true, "assume/port/pop3s"}},
		{"pop3s://mx.example", "", destination{"mx.example:995", "mx.example", true, "assume/port/pop3s"}},
		{"pop3://mx.example:111", "", destination{"mx.example:111", "mx.example", false, ""}},
	} {
		got, err := p.address(&target{protocol: &pop3Protocol, server: c.server, tls: c.tls})
		if got != c.want || err != nil {
			t.Errorf("%q: %+v, %v", c.server, got, err)
		}
	}
	env = "smtp://mx.example"
	_, err := p.address(&target{protocol: &pop3Protocol})
	if e := (*problem)(nil); !errors.As(err, &e) || e.key != "error/server/scheme" {
		t.Errorf("a server of another protocol: %v", err)
	}
}

// TestPOP3Sandbox: the ports file says where, and where not.
func TestPOP3Sandbox(t *testing.T) {
	dir := t.TempDir()
	p := testProgram(sentence.English)
	p.Getenv = func(name string) string {
		if name == "MAILTOOL_SERVER" {
			return ""
		}
		return dir
	}
	folder, err := sandbox.DefaultDir(p.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	says := func(ports sandbox.Ports) {
		name := filepath.Join(folder, sandbox.PortsFile)
		if err := os.WriteFile(name, []byte(ports.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says(sandbox.Ports{SMTP: "127.0.0.1:26", POP3: "127.0.0.1:27", POP3S: "127.0.0.1:28"})
	for mode, want := range map[string]string{tlsAuto: "127.0.0.1:27", tlsImplicit: "127.0.0.1:28"} {
		if d, err := p.address(&target{protocol: &pop3Protocol, tls: mode}); d.addr != want || err != nil {
			t.Errorf("%s: %+v, %v", mode, d, err)
		}
	}
	says(sandbox.Ports{SMTP: "127.0.0.1:26"})
	_, err = p.address(&target{protocol: &pop3Protocol})
	e := (*problem)(nil)
	if !errors.As(err, &e) || e.key != "error/sandbox/no-pop3" ||
		e.hints[0].command != "mailtool serve --pop3 on --pop3s on" {
		t.Errorf("a sandbox without POP3: %v", err)
	}
}

// TestPOP3Room: in a class users fetch their mail where its server said.
func TestPOP3Room(t *testing.T) {
	r := someRoom()
	r.Ports = map[string]int{"smtp": 2525, "pop3": 2110, "pop3s": 2995}
	for mode, want := range map[string]string{tlsAuto: "192.168.7.5:2110", tlsImplicit: "192.168.7.5:2995"} {
		if d, ok := r.service(&pop3Protocol, false, mode); !ok || d.addr != want {
			t.Errorf("%s: %+v", mode, d)
		}
	}
	if !r.entered() {
		t.Error("a room whose users only fetch mail is a room")
	}
	delete(r.Ports, "pop3")
	delete(r.Ports, "pop3s")
	if _, ok := r.service(&pop3Protocol, false, tlsAuto); ok || r.entered() {
		t.Error("a room without a log-in")
	}
}

// TestStrangers: what speaks another protocol is told by its first word, in both directions.
func TestStrangers(t *testing.T) {
	for _, c := range []struct {
		wanted *protocol
		first  string
		key    string
	}{
		{&smtpProtocol, "220 mx.example", ""},
		{&smtpProtocol, "+OK ready", "error/stranger/pop3"},
		{&pop3Protocol, "+OK ready", ""},
		{&pop3Protocol, "-ERR busy", ""},
		{&pop3Protocol, "220 mx.example", "error/stranger/smtp"},
		{&pop3Protocol, "* OK IMAP4rev1", "error/stranger/imap"},
	} {
		err := c.wanted.strangerProblem("mailtool pop3 list", []byte(c.first+"\r\n"), nil)
		e := (*problem)(nil)
		errors.As(err, &e)
		if c.key == "" && err != nil || c.key != "" && (e == nil || e.key != c.key ||
			!strings.Contains(e.Error(), c.wanted.title)) {
			t.Errorf("%s from %q: %v", c.wanted.title, c.first, err)
		}
	}
}

// TestPOP3Status: what a refusal or a breach of POP3 ends with.
func TestPOP3Status(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{pop3.Refuse("", "no such message"), exitRefused},
		{pop3.Refuse(pop3.CodeInUse, "locked"), exitLater},
		{pop3.Refuse(pop3.CodeTemporary, "trouble"), exitLater},
		{pop3.Refuse(pop3.CodeLoginDelay, "wait"), exitLater},
		{pop3.Refuse(pop3.CodeAuth, "wrong"), exitAuth},
		{&pop3.ProtocolError{To: "STAT"}, exitProtocol},
	} {
		if got := statusOf(c.err); got != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got, c.want)
		}
	}
}

// TestBreach: what an answer is not, is said by the protocol that it is not.
func TestBreach(t *testing.T) {
	for title, err := range map[string]error{
		"SMTP": &smtp.ProtocolError{To: "MAIL", Line: []byte("hello"), Why: "no reply code"},
		"POP3": &pop3.ProtocolError{To: "STAT", Line: []byte("hello"), Why: "neither +OK nor -ERR"},
	} {
		p := testProgram(sentence.English)
		var errs bytes.Buffer
		p.err = &errs
		if status := p.report(err); status != exitProtocol || !strings.Contains(errs.String(), "is no "+title) {
			t.Errorf("status %d: %s", status, errs.String())
		}
	}
}
