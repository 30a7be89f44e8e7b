package main

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// TestWithSection: a section is never divided.
func TestWithSection(t *testing.T) {
	for _, c := range []struct {
		text, section string
		most          int
		want          string
	}{
		{"messages are taken", "RFC 6152 §2", 40, "messages are taken   RFC 6152 §2"},
		{"messages are taken", "RFC 6152 §2", 30, "messages are taken|RFC 6152 §2"},
		{"messages are taken", "RFC 6152 §2", 12, "messages are|taken|RFC 6152 §2"},
		{"nobody says where", "", 17, "nobody says where"},
	} {
		if got := strings.Join(withSection(c.text, c.section, c.most), "|"); got != c.want {
			t.Errorf("%d columns: %q, want %q", c.most, got, c.want)
		}
	}
}

// TestProbeUntrusted: a server that is not trusted is listened to, and its certificate is
// shown; but nobody logs in to it.
func TestProbeUntrusted(t *testing.T) {
	box := submission(t)
	for _, addr := range []string{box.SubmissionAddr(), "smtps://" + box.SubmissionsAddr()} {
		status, out, errs := try(t, t.Context(), "", "smtp", "probe", "-q", "-s", addr)
		if status != 0 || !strings.Contains(out, "NO: nobody here knows who signed the certificate") ||
			!strings.Contains(out, "would log in by SCRAM-SHA-256-PLUS") {
			t.Errorf("%s: %d\n%s%s", addr, status, out, errs)
		}
		status, out, errs = try(t, t.Context(), "", "smtp", "probe", "-s", addr, "-u", "alice")
		if status != exitNoConnection || strings.Contains(out, "C: AUTH") {
			t.Errorf("%s with a user: %d\n%s%s", addr, status, out, errs)
		}
	}
}

// TestProbeFails: what was heard before something went wrong is shown all the same.
func TestProbeFails(t *testing.T) {
	m := imitate(t, "AUTH PLAIN", func(string) string { return "535 no" })
	status, out, errs := try(t, t.Context(), "", "smtp", "probe", "-q", "-s", m.addr, "-u", "joe", "-p", "x")
	if status != exitAuth || !strings.Contains(out, "#   AUTH PLAIN ") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
}

// TestProbeEchoes: what a server offers after a log-in may quote the password.
func TestProbeEchoes(t *testing.T) {
	m := newStranger(t, func(_ *stranger, nc net.Conn) {
		io.WriteString(nc, "220 mx.example\r\n")
		for in, offered := bufio.NewScanner(nc), offers("AUTH PLAIN"); in.Scan(); {
			switch verb, _, _ := strings.Cut(in.Text(), " "); verb {
			case "EHLO":
				io.WriteString(nc, offered)
			case "AUTH":
				offered = offers("X-YOU-ARE open-sesame")
				io.WriteString(nc, "235 welcome\r\n")
			default:
				io.WriteString(nc, "221 bye\r\n")
				return
			}
		}
	})
	status, out, errs := try(t, t.Context(), "", "smtp", "probe", "-s", m.addr, "-u", "joe", "-p", "open-sesame")
	if status != 0 || !strings.Contains(out, "#   X-YOU-ARE ********") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
	noSecret(t, out+errs, "open-sesame")
}
