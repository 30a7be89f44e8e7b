package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/internal/conversation"
	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// TestShellTLS: who types STARTTLS goes on in TLS, in every protocol, and cannot have it twice.
func TestShellTLS(t *testing.T) {
	for _, c := range []struct {
		protocol, typed string
		says            []string
	}{
		{"smtp", "EHLO me.test\nSTARTTLS\nEHLO me.test\nSTARTTLS\nMAIL FROM:<alice@lab.test>\n" +
			"RCPT TO:<bob@lab.test>\nDATA\nSubject: x\n\n.\nQUIT\n",
			[]string{"S: 220 2.0.0 ", "C: EHLO ", "!S: 503 ", "S: 354", "accepted: 1 message"}},
		{"pop3", "STLS\nCAPA\nSTLS\nUSER bob\nPASS sesame\nRETR 1\nQUIT\n",
			[]string{"S: +OK Go ahead", "C: CAPA", "!S: -ERR ", "on the wire TLS hid it",
				"fetched: 1 message"}},
		{"imap", "STARTTLS\nCAPABILITY\nSTARTTLS\nLOGIN bob sesame\nSELECT INBOX\nLOGOUT\n",
			[]string{"S: a001 OK Go ahead", "C: a002 CAPABILITY", "!S: a003 BAD", "on the wire TLS hid it",
				"folder INBOX"}},
	} {
		for _, where := range []string{"--sandbox", "--offline"} {
			status, out, errs := try(t, t.Context(), c.typed, c.protocol, "shell", where)
			rest := out
			for _, said := range slices.Concat(c.says[:1],
				[]string{"# TLS handshake done: TLS 1.3", "# trusted: "},
				c.says[1:], []string{"| encrypted after line "}) {
				_, after, ok := strings.Cut(rest, said)
				if !ok || status != 0 || errs != "" {
					t.Fatalf("%s %s: status %d, no %q: %s\n%s", c.protocol, where, status, said, errs, out)
				}
				rest = after
			}
		}
	}
}

// TestShellRefused: where the server has no TLS, the session goes on in clear.
func TestShellRefused(t *testing.T) {
	for protocol, c := range map[string]struct{ typed, refused, after string }{
		"smtp": {"EHLO me.test\nSTARTTLS\nNOOP\nQUIT\n", "!S: 502 ", "S: 250 Ok"},
		"pop3": {"STLS\nUSER bob\nQUIT\n", "!S: -ERR ", "S: +OK Now the password"},
		"imap": {"STARTTLS\nNOOP\nLOGOUT\n", "!S: a001 BAD", "S: a002 OK"},
	} {
		status, out, errs := try(t, t.Context(), c.typed, protocol, "shell", "--offline",
			"--profile", "textbook")
		_, rest, ok := strings.Cut(out, c.refused)
		if status != 0 || errs != "" || !ok || !strings.Contains(rest, c.after) ||
			!strings.Contains(rest, "| not encrypted") {
			t.Errorf("%s: status %d, %s\n%s", protocol, status, errs, out)
		}
	}
}

// agreeing is a server that agrees to the first line that it reads, which asks for TLS, in the
// words of the protocol. What comes behind that is act's.
func agreeing(
	t *testing.T, protocol, behind string, act func(nc net.Conn, in *bufio.Reader),
) *stranger {
	t.Helper()
	words := map[string][2]string{"smtp": {"220 mx.example", "220 go"},
		"pop3": {"+OK ready", "+OK go"}, "imap": {"* OK ready", "a001 OK go"}}[protocol]
	return newStranger(t, func(_ *stranger, nc net.Conn) {
		io.WriteString(nc, words[0]+"\r\n")
		in := bufio.NewReader(nc)
		in.ReadString('\n')
		io.WriteString(nc, words[1]+"\r\n"+behind)
		act(nc, in)
	})
}

// TestShellHostile: where a server agrees to TLS and then does something else, the session is
// over, and the lines that were still to come have not been said.
func TestShellHostile(t *testing.T) {
	stays := func(nc net.Conn, in *bufio.Reader) { io.Copy(io.Discard, in) }
	hello := func(words string) func(net.Conn, *bufio.Reader) {
		return func(nc net.Conn, in *bufio.Reader) {
			in.ReadByte()
			io.WriteString(nc, words)
			io.Copy(io.Discard, in)
		}
	}
	for _, c := range []struct {
		name, behind string
		act          func(nc net.Conn, in *bufio.Reader)
		says         string
	}{
		{"injects", "250-mx.example\r\n250 AUTH PLAIN\r\n", stays, "something came in clear"},
		{"injects one octet", "2", stays, "something came in clear"},
		{"injects much", strings.Repeat("x", 20<<10), stays, "something came in clear"},
		{"goes on in clear", "", hello("250-mx.example\r\n"),
			`the other end speaks no TLS; what came begins with "250-m"`},
		{"alerts", "", hello("\x15\x03\x03\x00\x02\x02\x28"),
			"broke the handshake off: handshake_failure"},
		{"drops", "", func(_ net.Conn, in *bufio.Reader) { in.ReadByte() },
			"the connection was closed in the middle of the handshake"},
	} {
		for _, spoken := range protocols {
			protocol := string(spoken.name)
			s := agreeing(t, protocol, c.behind, c.act)
			status, out, errs := try(t, t.Context(), spoken.upgrade+"\nNOOP "+secretPassword+"\n",
				protocol, "shell", "-s", s.addr, "-k")
			if status != exitNoConnection || !strings.Contains(errs, c.says) ||
				!strings.Contains(errs, "--tls") {
				t.Errorf("%s %s: status %d, %s\n%s", protocol, c.name, status, errs, out)
			}
			if strings.Contains(errs, "--tls none") { // it begins in clear already
				t.Errorf("%s %s: a hint that changes nothing: %s", protocol, c.name, errs)
			}
			if strings.Contains(s.all(), secretPassword) {
				t.Errorf("%s %s: a line went out in clear:\n%q", protocol, c.name, s.all())
			}
			if finding := "sent in clear behind STARTTLS"; protocol == "smtp" && c.behind != "" &&
				!strings.Contains(out, finding) {
				t.Errorf("%s %s: no %q\n%s", protocol, c.name, finding, out)
			}
		}
	}
}

// TestShellImplicit: where no TLS is spoken from the first octet, the hint is one that a shell can
// follow.
func TestShellImplicit(t *testing.T) {
	for _, spoken := range protocols {
		protocol := string(spoken.name)
		s := agreeing(t, protocol, "", func(net.Conn, *bufio.Reader) {})
		status, out, errs := try(t, t.Context(), "", protocol, "shell", "-s", s.addr, "--tls", "implicit")
		if status != exitNoConnection || !strings.Contains(errs, "--tls none") ||
			!strings.Contains(errs, "type "+spoken.upgrade) || strings.Contains(errs, "--tls starttls") {
			t.Errorf("%s: status %d, %s\n%s", protocol, status, errs, out)
		}
	}
}

// TestShellTrust: a server whose certificate nobody is known to have signed is told nothing,
// unless the person knows better.
func TestShellTrust(t *testing.T) {
	homeless(t)
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Dir: dir, SMTP: "0", POP3: "0", IMAP: "0",
		Submission: "0", Careless: true, Now: testSystem().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	for i, addr := range []string{box.Addr(), box.POP3Addr(), box.IMAPAddr()} {
		spoken := protocols[i]
		typed := spoken.upgrade + "\nNOOP\n"
		if spoken == &smtpProtocol {
			typed = "EHLO me.test\n" + typed
		}
		for _, c := range []struct {
			flags  []string
			status int
			says   []string
		}{
			{nil, exitNoConnection, []string{"# TLS failed: ", "error: no TLS with 127.0.0.1: ",
				"--ca FILE", " -k"}},
			{[]string{"-k"}, 0, []string{"# TLS handshake done", "# NOT trusted"}},
			{[]string{"--ca", filepath.Join(dir, pki.Folder, pki.CertFile)}, 0, []string{"# trusted: "}},
		} {
			args := append([]string{string(spoken.name), "shell", "-s", addr}, c.flags...)
			status, out, errs := try(t, t.Context(), typed, args...)
			for _, said := range c.says {
				if status != c.status || !strings.Contains(out+errs, said) {
					t.Errorf("%v: status %d, no %q: %s\n%s", args, status, said, errs, out)
				}
			}
			if c.status != 0 && strings.Contains(out, "C: NOOP") {
				t.Errorf("%v: something was said in clear:\n%s", args, out)
			}
		}
	}
}

// TestShellHolds: what a person types before the handshake is over is said above it.
func TestShellHolds(t *testing.T) {
	server, _ := conversation.Certificates(t, "lab.test")
	heard := make(chan error, 1)
	s := agreeing(t, "smtp", "", func(nc net.Conn, in *bufio.Reader) {
		if n := in.Buffered(); n > 0 {
			early, _ := in.Peek(n)
			heard <- fmt.Errorf("in clear came %q", early)
			return
		}
		above := tls.Server(nc, server)
		said, err := io.ReadAll(above)
		if err == nil && string(said) != "NOOP\r\nQUIT\r\n" {
			err = fmt.Errorf("in TLS came %q", said)
		}
		heard <- err
	})
	p := testProgram(sentence.English)
	p.in = strings.NewReader("STARTTLS\nNOOP\nQUIT\n")
	limits := smtp.StandardTimeouts()
	sh := &shell{p: p, to: target{server: s.addr}, lock: secureFlags{insecure: true}, typed: true,
		handshake: limits.Handshake, write: limits.Block, reply: limits.Other}
	l, err := p.newLive(&sh.shown, liveOptions{Protocol: trace.SMTP, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	l.upgrade, sh.live = &upgrade{verb: "STARTTLS"}, l
	err = l.finish(sh.connect(t.Context()))
	if early := <-heard; early != nil || err != nil {
		t.Errorf("%v, %v\n%s", early, err, p.out)
	}
}

// TestShellInterrupted: Ctrl-C ends a handshake that does not come to its end, as it ends
// whatever a shell waits for.
func TestShellInterrupted(t *testing.T) {
	for _, spoken := range protocols {
		ctx, cancel := context.WithCancel(t.Context())
		s := agreeing(t, string(spoken.name), "", func(nc net.Conn, in *bufio.Reader) {
			in.ReadByte() // of the ClientHello
			cancel()
			io.Copy(io.Discard, in)
		})
		status, out, errs := try(t, ctx, spoken.upgrade+"\nNOOP\n", string(spoken.name), "shell",
			"-s", s.addr)
		if status != exitDone || errs != "" || strings.Contains(out, "C: NOOP") {
			t.Errorf("%s: status %d, %s\n%s", spoken.title, status, errs, out)
		}
	}
}

// TestShellCompress: only STARTTLS leads into TLS.
func TestShellCompress(t *testing.T) {
	s := agreeing(t, "imap", "", func(_ net.Conn, in *bufio.Reader) { io.Copy(io.Discard, in) })
	status, out, errs := try(t, t.Context(), "COMPRESS DEFLATE\n", "imap", "shell", "-s", s.addr)
	if status != exitDone || errs != "" || strings.Contains(s.all(), "\x16\x03") {
		t.Errorf("status %d, %s\n%s", status, errs, out)
	}
}

// TestShellLiteralEnds: a server that closes where a literal is announced ends the shell.
func TestShellLiteralEnds(t *testing.T) {
	s := newStranger(t, func(_ *stranger, nc net.Conn) {
		io.WriteString(nc, "* OK ready\r\n")
		bufio.NewReader(nc).ReadString('\n')
	})
	status, out, errs := try(t, t.Context(), "LOGIN {}\nbob\n sesame\n", "imap", "shell", "-s", s.addr)
	if status != exitDone || errs != "" || strings.Contains(out, "sesame") {
		t.Errorf("status %d, %s\n%s", status, errs, out)
	}
}
