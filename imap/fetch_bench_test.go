package imap

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A drain is a client that takes whatever it is told.
type drain struct{ net.Conn }

func (drain) Write(p []byte) (int, error)      { return len(p), nil }
func (drain) SetWriteDeadline(time.Time) error { return nil }
func (drain) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// A readyBox has what is asked for at hand, so that this package alone is measured.
type readyBox struct {
	Mailbox
	structure *Structure
	body      heldBody
}

func (b *readyBox) Ahead([]*Message) {}

func (b *readyBox) Structure(context.Context, *Message) (*Structure, error) { return b.structure, nil }

func (b *readyBox) Body(context.Context, *Message) (Body, error) { return b.body, nil }

// A heldBody is written from where it lies.
type heldBody struct {
	*strings.Reader
	octets []byte
}

func (b heldBody) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b.octets)
	return int64(n), err
}

// ordinary is a message as many are.
var ordinary = "Return-Path: <alice@lab.test>\r\nReceived: from a by b; Mon, 23 Nov 2026 10:15:02 +0000\r\n" +
	"From: \"Alice Liddell\" <alice@lab.test>\r\nTo: Bob <bob@lab.test>, carol@lab.test\r\nCc: dave@lab.test\r\n" +
	"Subject: =?utf-8?q?The_minutes_of_our_meeting?=\r\nDate: Mon, 23 Nov 2026 10:15:02 +0000\r\n" +
	"Message-ID: <k3v9.1@lab.test>\r\nIn-Reply-To: <k3v8.7@lab.test>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("A line of the minutes.\r\n", 100) +
	"--=_b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	strings.Repeat("<p>A line of the minutes.</p>\r\n", 70) + "--=_b--\r\n"

// BenchmarkFetch is 10,000 messages, of which a store has everything at hand.
func BenchmarkFetch(b *testing.B) {
	for _, row := range []struct{ name, items string }{
		{"flags", "(FLAGS RFC822.SIZE)"},
		{"fast", "(UID FAST)"},
		{"envelope", "ENVELOPE"},
		{"bodystructure", "BODYSTRUCTURE"},
		{"header", "BODY.PEEK[HEADER]"},
		{"fields", "BODY.PEEK[HEADER.FIELDS (DATE FROM TO SUBJECT MESSAGE-ID)]"},
		{"body", "BODY.PEEK[]"},
	} {
		b.Run(row.name, func(b *testing.B) {
			items := strings.Replace(row.items, "FAST", "FLAGS INTERNALDATE RFC822.SIZE", 1)
			_, c, err := ParseCommand([]byte("t FETCH 1:* " + items))
			if err != nil {
				b.Fatal(err)
			}
			srv := &Server{Capabilities: StandardCapabilities()}
			s := srv.newSession(context.Background(), drain{})
			box := &readyBox{structure: structureOf(ordinary), body: heldBody{strings.NewReader(ordinary), []byte(ordinary)}}
			s.sel = &selected{box: box, keywords: map[string]bool{}}
			for i := range 10_000 {
				s.sel.messages = append(s.sel.messages, &Message{UID: uint32(i + 1), Flags: FlagSeen,
					Octets: int64(len(ordinary)), Internal: 1_790_000_000 + int64(i), Zone: 480})
			}
			b.ReportAllocs()
			for b.Loop() {
				if r := s.fetch(c.(*Fetch)); r == nil || r.Status != OK {
					b.Fatal(r, s.err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/message")
		})
	}
}
