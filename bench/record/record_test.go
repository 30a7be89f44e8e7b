package main

import (
	"strconv"
	"testing"

	"mailtool/bench/load"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// BenchmarkRecord measures the processor's time that recording one 1 KB message takes, in
// a session that is already open: clock, dissector, ring.
func BenchmarkRecord(b *testing.B) {
	open, err := tracetest.Parse(trace.SMTP, `S: 220 mail.lab.test ESMTP mailtool
C: EHLO [127.0.0.1]
S: 250-mail.lab.test greets [127.0.0.1]
S+ 250-SIZE 52428800
S+ 250-8BITMIME
S+ 250-PIPELINING
S+ 250 ENHANCEDSTATUSCODES`)
	if err != nil {
		b.Fatal(err)
	}
	message, err := tracetest.Parse(trace.SMTP, `C: MAIL FROM:<alice@lab.test>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@lab.test>
S: 250 2.1.5 Ok
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: MESSAGE
S: 250 2.0.0 Ok, stored for bob@lab.test`)
	if err != nil {
		b.Fatal(err)
	}
	message = message[1:]
	message[len(message)-2].B = load.Letter(1024)
	ring := trace.NewRing(0)
	var r *trace.Recorder
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%100 == 0 { // a session of a hundred messages
			s := ring.Begin(trace.Info{Protocol: trace.SMTP})
			r = s.Record(smtp.NewDissector(strconv.Itoa(s.Number())), *open[0].Open, nil)
			for _, m := range open[1:] {
				r.Record(trace.Mark{Kind: m.Kind, End: m.End, B: m.B})
			}
		}
		for _, m := range message {
			r.Record(trace.Mark{Kind: m.Kind, End: m.End, B: m.B})
		}
		if i%100 == 99 {
			r.Record(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
		}
	}
}
