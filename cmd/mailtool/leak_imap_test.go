package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// leakIMAPForms are the ways in which a password may stand in a log-in of IMAP: the lines of the
// client, with those of the server between them.
func leakIMAPForms(password string) map[string][]string {
	quoted := strconv.Quote(password)
	if strings.ContainsFunc(password, func(r rune) bool { return r > '~' }) {
		quoted = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(password) + `"`
	}
	n := strconv.Itoa(len(password))
	plain := sasl.Encode([]byte("\x00carol\x00" + password))
	return map[string][]string{
		"quoted":     {"a1 LOGIN carol " + quoted},
		"literal":    {"a1 LOGIN carol {" + n + "}", "+ go on", password},
		"literals":   {"a1 LOGIN {5}", "+ go on", "carol {" + n + "}", "+ go on", password},
		"not waited": {"a1 LOGIN carol {" + n + "+}", password},
		"initial":    {"a1 AUTHENTICATE PLAIN " + plain},
		"plain":      {"a1 AUTHENTICATE PLAIN", "+ ", plain},
		"login": {"a1 AUTHENTICATE LOGIN", "+ " + sasl.Encode([]byte("User")), sasl.Encode([]byte("carol")),
			"+ " + sasl.Encode([]byte("Password")), sasl.Encode([]byte(password))},
	}
}

// leakIMAP makes a record of a log-in, right or wrong, in which the server says again what it was
// told, and the client types the password as commands.
func leakIMAP(form, password string, right bool) *leakRecord {
	r := &leakRecord{name: fmt.Sprintf("IMAP, %s %q right=%v", form, password, right),
		secrets: []string{password}, spoken: true, now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	r.mark(trace.Mark{Kind: trace.MarkOpen, Open: &trace.Opening{Protocol: trace.IMAP,
		Vantage: trace.AtServer, ClientAddr: "192.0.2.7:4711", ServerAddr: "192.0.2.1:143"}})
	r.say(trace.Server, "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN AUTH=LOGIN] mail.lab.test")
	r.first = len(r.marks) // who comes in the middle of a literal cannot know what it is
	for _, line := range leakIMAPForms(password)[form] {
		end := trace.Client
		if strings.HasPrefix(line, "+ ") {
			end = trace.Server
		}
		r.say(end, line)
	}
	verdict := "NO"
	if right {
		verdict = "OK"
	}
	r.say(trace.Server, "* OK not <"+password+">?")
	r.say(trace.Server, "a1 "+verdict+" that was "+sasl.Encode([]byte(password)))
	for i, line := range []string{password, "LOGIN carol " + password, "X" + sasl.Encode([]byte(password))} {
		tag := "b" + strconv.Itoa(i)
		r.say(trace.Client, tag+" "+line)
		r.say(trace.Server, tag+" BAD what is <"+line+">?")
	}
	r.say(trace.Server, "* BYE x"+sasl.Encode([]byte(password)))
	r.mark(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
	return r
}

// TestIMAPClientLeaksNothing: nor does what our clients print and save, when the server quotes in
// its answers what it was told.
func TestIMAPClientLeaksNothing(t *testing.T) {
	password := leakPasswords[0]
	m := mimicIMAP(t, func(tag, line string) string {
		return "* OK not " + line + "\r\n* NO " + sasl.Encode([]byte(password)) + "\r\n" +
			tag + " NO [AUTHENTICATIONFAILED] " + password
	})
	plain := sasl.Encode([]byte("\x00carol\x00" + password))
	for suffix := range savers {
		for _, args := range [][]string{
			{"noop", "-u", "carol", "-p", password},
			{"messages", "-u", "carol", "-p", password, "-e"},
			{"noop", "-u", "carol", "-p", password, "--auth", "plain", "--step"},
			{"raw", "LOGIN carol {}", password},
			{"raw", `LOGIN carol "` + password + `"`, "NOOP", "-q"},
			{"raw", "AUTHENTICATE PLAIN", plain},
			{"shell"},
		} {
			file := filepath.Join(t.TempDir(), "saved"+suffix)
			args = append([]string{"imap"}, append(args, "-s", m.addr, "--save", file)...)
			typed := "LOGIN carol \"" + password + "\"\nLOGIN carol {}\n" + password + "\n\n" + password + "\nLOGOUT\n"
			status, out, errs := try(t, t.Context(), typed, args...)
			saved, err := os.ReadFile(file)
			if status != exitAuth && args[1] != "shell" || err != nil {
				t.Fatalf("%v: status %d, %v\n%s%s", args, status, err, out, errs)
			}
			for sink, text := range map[string]string{"stdout": out, "stderr": errs, suffix: string(saved)} {
				if form := leakIn(text, password); form != "" {
					t.Errorf("%v: %s shows %q:\n%s", args, sink, form, text)
				}
			}
			if !strings.Contains(out+errs, "********") && args[len(args)-5] != "-q" {
				t.Errorf("%v hides nothing:\n%s%s", args, out, errs)
			}
		}
	}
}
