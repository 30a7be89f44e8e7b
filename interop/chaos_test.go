package interop

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A script is what a client is going to send: mostly sense, some nonsense, in the pieces
// in which it is handed to the network.
type script struct {
	pieces [][]byte
	paced  bool // the client waits a little between pieces
	cut    bool // the connection is cut behind the last piece, not closed in order
}

// chaos makes up a script. The same numbers make the same script.
func chaos(rng *rand.Rand) script {
	var b bytes.Buffer
	if rng.IntN(20) > 0 {
		fmt.Fprintf(&b, "%s %s\r\n", pick(rng, "EHLO", "EHLO", "HELO", "ehlo"),
			pick(rng, "[127.0.0.1]", "client.lab.test", "bad_name", ""))
	}
	for range rng.IntN(6) {
		if rng.IntN(3) > 0 {
			transaction(&b, rng)
		} else {
			b.WriteString(command(rng))
		}
	}
	if rng.IntN(3) > 0 {
		b.WriteString("QUIT\r\n")
	}
	text := b.Bytes()
	for range rng.IntN(3) * rng.IntN(3) {
		text = damage(rng, text)
	}
	s := script{paced: rng.IntN(2) == 0, cut: rng.IntN(6) == 0}
	if s.cut && len(text) > 0 {
		text = text[:rng.IntN(len(text))]
	}
	most := pick(rng, 1, 7, 40, 400, 5000)
	if most == 1 && len(text) > 2000 {
		most = 40
	}
	for len(text) > 0 {
		n := min(1+rng.IntN(most), len(text))
		s.pieces = append(s.pieces, text[:n])
		text = text[n:]
	}
	return s
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// transaction writes one, some of whose commands will be refused.
func transaction(b *bytes.Buffer, rng *rand.Rand) {
	fmt.Fprintf(b, "MAIL FROM:%s%s\r\n",
		pick(rng, "<alice@lab.test>", "<alice@lab.test>", "<>", " <alice@lab.test>", "alice", "<é@lab.test>"),
		pick(rng, "", "", " SIZE=100", " BODY=8BITMIME", " SMTPUTF8", " SIZE=99999999999", " X"))
	for range 1 + rng.IntN(3) {
		fmt.Fprintf(b, "RCPT TO:%s\r\n", pick(rng, "<bob@lab.test>", "<bob@lab.test>",
			"<nobody@lab.test>", "<bob@elsewhere.test>", "<Postmaster>", "<\"bob\"@lab.test>"))
	}
	if rng.IntN(8) == 0 {
		b.WriteString(command(rng))
	}
	b.WriteString("DATA\r\n")
	message(b, rng)
}

// message writes one, with its dot; where the server does not want it, it will be taken
// for commands.
func message(b *bytes.Buffer, rng *rand.Rand) {
	b.WriteString("From: alice@lab.test\r\nDate: Mon, 23 Nov 2026 10:15:02 +0800\r\n\r\n")
	for range rng.IntN(30) {
		b.WriteString(pick(rng, "Do you like ketchup?", "", "..", ".stuffed", "...", ". ",
			"From me", "QUIT", "250 Ok", "\tä", "x\x00y", strings.Repeat("z", 1200)))
		b.WriteString(pick(rng, "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r",
			"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r"))
	}
	if rng.IntN(40) == 0 { // many pieces
		b.WriteString(strings.Repeat("a long letter, line after line\r\n", 3000))
	}
	b.WriteString("\r\n.\r\n")
}

// command returns a line that is out of place, as a rule.
func command(rng *rand.Rand) string {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00alice\x00sesame"))
	return pick(rng, "NOOP\r\n", "RSET\r\n", "VRFY bob\r\n", "HELP\r\n", "EXPN all\r\n",
		"AUTH PLAIN "+secret+"\r\n", "AUTH LOGIN\r\n", secret+"\r\n", "STARTTLS\r\n",
		"BDAT 5 LAST\r\nhello", "BDAT 3\r\nabc", "DATA\r\n", "RCPT TO:<bob@lab.test>\r\n",
		"GET / HTTP/1.1\r\n", "\r\n", "\x16\x03\x01\x02\x00\x01\r\n", "NOOP\n", "NO\rOP\r\n",
		"NOOP \x08\x7f\r\n", "MAIL\r\n", "mail from:<>\r\nrset\r\n", "\x00\r\n", "é\r\n",
		strings.Repeat("NOOP ", 300)+"\r\n", "EHLO [127.0.0.1]\r\n", ".\r\n")
}

// damage spoils an octet or two of text.
func damage(rng *rand.Rand, text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	text = bytes.Clone(text)
	at := rng.IntN(len(text))
	switch rng.IntN(4) {
	case 0:
		text[at] = byte(rng.IntN(256))
	case 1:
		return append(text[:at], text[at+1:]...)
	case 2:
		if cr := bytes.IndexByte(text[at:], '\r'); cr >= 0 {
			return append(text[:at+cr], text[at+cr+1:]...)
		}
	case 3:
		return append(text[:at:at], append([]byte("\r\n.\r\n"), text[at:]...)...)
	}
	return text
}
