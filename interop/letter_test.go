package interop

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// subject is what the letter's Subject says, decoded.
const subject = "Grüße: 你好, ketchup"

// header is the letter's header section. The subject is that above, encoded.
const header = `Date: Mon, 23 Nov 2026 10:15:02 +0800
From: Alice <alice@lab.test>
To: Bob <bob@lab.test>
Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe=3A_=E4=BD=A0=E5=A5=BD=2C_ketchup?=
Message-ID: <interop.1@lab.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit
X-Folded: one
	two
  three
`

// body returns a text that meets every trap between a file and a mailbox, in lines that
// end in LF: what must be stuffed, what old mailboxes quote, lines as long as they may
// be, blanks at both ends, and text that looks like protocol.
func body() string {
	lines := []string{
		"The first line.", "", ".", "..", "...", ".a dot leads", ". ", " .", ".\t",
		"From here on a mailbox may quote", ">From was quoted already",
		"a tab\there", "\ta tab leads", "blanks end here   ", "tabs, too\t\t",
		strings.Repeat("x", 900), "." + strings.Repeat("y", 900),
		"QUIT", "RSET", "DATA", "MAIL FROM:<mallory@lab.test>", "250 2.0.0 Ok", "354 go on",
		"Subject: this is no header", "=3D is no equals sign, =", "{10}", "+OK", "* 1 EXISTS",
		"--", "-- ", "$HOME, `id` and 100 % stay as they are", "", "",
	}
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("%03d", i)+strings.Repeat(" ketchup", i%6))
	}
	lines = append(lines, "", ".", "the last line, behind a dot")
	return strings.Join(lines, "\n") + "\n"
}

// writeLetter writes the letter into a file, each line with the given ending.
func writeLetter(t *testing.T, ending string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "letter.eml")
	text := strings.ReplaceAll(header+"\n"+body(), "\n", ending)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// divide returns the header section of a message, its empty line included, and its body.
func divide(t *testing.T, message []byte) (head, text []byte) {
	t.Helper()
	head, text, ok := bytes.Cut(message, []byte("\r\n\r\n"))
	if !ok {
		t.Fatalf("no empty line in %.300q", message)
	}
	return append(bytes.Clone(head), "\r\n\r\n"...), text
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sameBody fails unless text is the letter's body, with CRLF at each line's end.
func sameBody(t *testing.T, text []byte) {
	t.Helper()
	want := []byte(strings.ReplaceAll(body(), "\n", "\r\n"))
	if digest(text) == digest(want) {
		return
	}
	got, wanted := bytes.SplitAfter(text, []byte("\n")), bytes.SplitAfter(want, []byte("\n"))
	for i := range max(len(got), len(wanted)) {
		switch {
		case i >= len(got):
			t.Fatalf("the body ends after line %d of %d", i, len(wanted))
		case i >= len(wanted):
			t.Fatalf("line %d of the body is too much: %.80q", i+1, got[i])
		case !bytes.Equal(got[i], wanted[i]):
			t.Fatalf("line %d of the body is %.80q, want %.80q", i+1, got[i], wanted[i])
		}
	}
}
