package imap

import (
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestWaiting: who waits for what behind a command that changes the layer below.
func TestWaiting(t *testing.T) {
	d := newDissector()
	steps := []struct {
		record string
		want   trace.Waiting
	}{
		{"", trace.Waiting{Client: "greeting"}},
		{"S: * OK ready", trace.Waiting{Server: "command"}},
		{"C: a STARTTLS", trace.Waiting{Client: "reply"}},
		{"S: a NO not now", trace.Waiting{Server: "command"}},
		{"C: b STARTTLS", trace.Waiting{Client: "reply"}},
		{"S: b OK go on", trace.Waiting{Client: "tls", Server: "tls"}},
		{"-- layer tls TLS1.3", trace.Waiting{Server: "command"}},
		{"C: c LOGIN bob sesame", trace.Waiting{Client: "reply"}},
		{"S: c OK welcome", trace.Waiting{Server: "command"}},
		{"C: d COMPRESS DEFLATE", trace.Waiting{Client: "reply"}},
		{"S: d OK go on", trace.Waiting{Client: "deflate", Server: "deflate"}},
		{"-- layer deflate", trace.Waiting{Server: "command"}},
		{"-- close eof", trace.Waiting{}},
	}
	for i, s := range steps {
		marks, err := tracetest.Parse(trace.IMAP, s.record)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			marks = marks[1:]
		}
		tracetest.Run(d, marks)
		if got := d.Waiting(); got != s.want {
			t.Errorf("after %q: %+v, want %+v", s.record, got, s.want)
		}
	}
}
