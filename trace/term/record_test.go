package term

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/internal/sentence"
	"mailtool/smtp"
	"mailtool/trace"
)

// record lets the dissector see a conversation: each text is the octets of an end, "C "
// or "S " in front, that came at once.
func record(o trace.Opening, texts ...string) []*trace.Event {
	var d trace.Dissector = smtp.NewDissector("1")
	if o.Protocol == trace.IMAP {
		d = imap.NewDissector("1")
	}
	now := time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC)
	var evs []*trace.Event
	mark := func(m trace.Mark) {
		m.When = now
		d.Mark(m, func(ev *trace.Event) { evs = append(evs, ev.Clone()) })
		now = now.Add(time.Millisecond)
	}
	mark(trace.Mark{Kind: trace.MarkOpen, Open: &o})
	for _, t := range texts {
		end, b := trace.End(t[0]), t[2:]
		switch {
		case b == "EOF":
			mark(trace.Mark{Kind: trace.MarkEOF, End: end})
		case strings.HasPrefix(b, "TLS "):
			mark(trace.Mark{Kind: trace.MarkLayer, Layer: &trace.Layer{Name: "tls", Agreed: b}})
		default:
			mark(trace.Mark{Kind: trace.MarkBytes, End: end, B: []byte(b)})
		}
	}
	mark(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
	return evs
}

// student is what a first client of one's own does.
var student = []string{
	"S 220 mail.lab.test ESMTP\r\n",
	"C HELO mypc\n",
	"S 250 mail.lab.test\r\n",
	"C MAIL FROM: <alice@lab.test>\r\n",
	"S 250 2.1.0 Ok\r\n",
	"C RCPT TO:<bbo@lab.test>\r\n",
	"S 550 5.1.1 <bbo@lab.test>: no such user here\r\n",
	"C RCPT TO:<bob@lab.test>\r\n",
	"S 250 2.1.5 Ok\r\n",
	"C DATA\r\n",
	"S 354 go on\r\n",
	"C Subject: 你好\r\n\r\n..dots\r\n.\r\n",
	"S 250 2.0.0 Ok\r\n",
	"C EOF",
}

// submission logs in under TLS, and sends in one group.
var submission = []string{
	"S 220 mail.lab.test ESMTP\r\n",
	"C EHLO [127.0.0.1]\r\n",
	"S 250-mail.lab.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
	"C AUTH LOGIN\r\n",
	"S 334 VXNlcm5hbWU6\r\n",
	"C YWxpY2U=\r\n",
	"S 334 UGFzc3dvcmQ6\r\n",
	"C c2VzYW1l\r\n",
	"S 535 5.7.8 wrong: c2VzYW1l\r\n",
	"C STARTTLS\r\n",
	"S 220 go on\r\n",
	"C TLS 1.3 TLS_AES_128_GCM_SHA256",
	"C EHLO [127.0.0.1]\r\n",
	"S 250-mail.lab.test\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n",
	"C AUTH PLAIN AGFsaWNlAHNlc2FtZQ==\r\n",
	"S 235 2.7.0 welcome\r\n",
	"C MAIL FROM:<alice@lab.test>\r\nRCPT TO:<bob@lab.test>\r\nDATA\r\n",
	"S 250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n",
	"C From: <alice@lab.test>\r\nDate: Mon, 23 Nov 2026 10:15:02 +0800\r\n\r\n" +
		strings.Repeat("All work and no play makes Jack a dull boy.\r\n", 45) + ".\r\nQUIT\r\n",
	"S 250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n",
	"S EOF",
}

func TestRecordedScreens(t *testing.T) {
	open := trace.Opening{Protocol: trace.SMTP, Vantage: trace.AtServer,
		ClientAddr: "127.0.0.1:50112", ServerAddr: "127.0.0.1:2525"}
	for name, texts := range map[string][]string{"student": student, "submission": submission} {
		evs := record(open, texts...)
		for _, l := range []sentence.Lang{sentence.English, sentence.Chinese} {
			o := Options{Lang: l, Protocol: trace.SMTP, Vantage: open.Vantage, ClientAddr: open.ClientAddr}
			file := "recorded-" + name + "." + string(l) + ".txt"
			t.Run(file, func(t *testing.T) { golden(t, file, screen(o, "accepted", evs)) })
		}
	}
}

// What is read back from a file looks as it did.
func TestScreenOfAFile(t *testing.T) {
	open := trace.Opening{Protocol: trace.SMTP, Vantage: trace.AtClient, ServerAddr: "127.0.0.1:2525"}
	evs := record(open, submission...)
	var b bytes.Buffer
	w, err := trace.NewFileWriter(&b, trace.NewHeader("1", time.Now(), open))
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range evs {
		if err := w.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	h, back, err := trace.ReadFile(&b)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Protocol: h.Protocol, Vantage: h.Vantage, Explain: true, Time: true}
	if got, want := screen(o, "", back), screen(o, "", evs); got != want {
		t.Errorf("from the file:\n%s\nlive:\n%s", got, want)
	}
}
