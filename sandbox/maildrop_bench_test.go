package sandbox

import (
	"fmt"
	"testing"

	"mailtool/pop3"
)

// BenchmarkMaildropOpen locks a maildrop of 10,000 messages, and lists them.
func BenchmarkMaildropOpen(b *testing.B) {
	c := logInto(b, Options{})
	const n = 10_000
	for i := range n {
		c.put(fmt.Sprintf("Subject: %d\r\n\r\nx\r\n", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := c.openMaildrop(b.Context(), pop3.Peer{}, "bob")
		if err != nil || len(d.Messages()) != n {
			b.Fatal(err)
		}
		d.Close()
	}
}
