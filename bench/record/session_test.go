package main

import (
	"strconv"
	"testing"
	"time"

	"mailtool/bench/load"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// BenchmarkRecordSession measures the same for a session of its own with one message.
func BenchmarkRecordSession(b *testing.B) {
	marks, err := tracetest.Parse(trace.SMTP, `S: 220 mail.lab.test ESMTP mailtool
C: EHLO [127.0.0.1]
S: 250-mail.lab.test greets [127.0.0.1]
S+ 250-SIZE 52428800
S+ 250-8BITMIME
S+ 250-SMTPUTF8
S+ 250-PIPELINING
S+ 250 ENHANCEDSTATUSCODES
C: MAIL FROM:<alice@lab.test>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@lab.test>
S: 250 2.1.5 Ok
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: MESSAGE
S: 250 2.0.0 Ok, stored for bob@lab.test
C: QUIT
S: 221 2.0.0 Bye
-- eof C
-- close eof S`)
	if err != nil {
		b.Fatal(err)
	}
	for i := range marks {
		if string(marks[i].B) == "MESSAGE\r\n" {
			marks[i].B = load.Letter(1024)
		}
	}
	ring, start := trace.NewRing(0), time.Now()
	now := func() time.Time { return start }
	record := func() {
		s := ring.Begin(trace.Info{Protocol: trace.SMTP, Peer: "127.0.0.1:50112"})
		r := s.Record(smtp.NewDissector(strconv.Itoa(s.Number())), *marks[0].Open, now)
		for _, m := range marks[1:] {
			m.When = time.Time{}
			r.Record(m)
		}
	}
	b.Run("Warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			record()
		}
	})
	b.Run("Stack", func(b *testing.B) { // with a goroutine of its own, whose stack must grow
		b.ReportAllocs()
		done := make(chan struct{})
		for b.Loop() {
			go func() {
				record()
				done <- struct{}{}
			}()
			<-done
		}
	})
}
