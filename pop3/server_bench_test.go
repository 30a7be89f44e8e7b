package pop3

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// over serves s on loopback and returns a client that has logged in.
func over(b *testing.B, s *Server) *Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(l)
	c, err := Dial(b.Context(), l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close(); l.Close() })
	if _, err := c.Pass("bob", "sesame"); err != nil {
		b.Fatal(err)
	}
	return c
}

// mails are n messages of about 5 KB.
func mails(n int) []string {
	text := "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("word ", 14)+"\r\n", 70) + ".\r\n"
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}

func BenchmarkRetrieve(b *testing.B) {
	for _, octets := range []int{5_000, 5_000_000} {
		b.Run(fmt.Sprint(octets), func(b *testing.B) {
			s, o := testServer(b, nil)
			o.mail = []string{strings.Repeat(mails(1)[0], octets/5_000)}
			c := over(b, s)
			b.SetBytes(int64(len(o.mail[0])))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Retrieve(1, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkListings(b *testing.B) {
	s, o := testServer(b, nil)
	o.mail = mails(10_000)
	c := over(b, s)
	b.Run("LIST", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if list, err := c.ListAll(); err != nil || len(list) != 10_000 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run("UIDL", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if list, err := c.UIDLAll(); err != nil || len(list) != 10_000 {
				b.Fatal(len(list), err)
			}
		}
	})
}
