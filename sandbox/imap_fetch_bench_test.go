package sandbox

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// BenchmarkFetch has a client fetch data of 10,000 messages of 5 KB over TCP, and read it all.
func BenchmarkFetch(b *testing.B) {
	c := logInto(b, Options{Unrecorded: true})
	c.many(10_000)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	server, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	go c.ServeIMAP(server, false)
	in, tags := bufio.NewReaderSize(nc, 256<<10), 0
	say := func(command string) {
		tags++
		fmt.Fprintf(nc, "t%d %s\r\n", tags, command)
		result := fmt.Sprintf("t%d ", tags)
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if rest, ok := strings.CutPrefix(string(line[:min(len(line), 12)]), result); ok {
				if !strings.HasPrefix(rest, "OK") {
					b.Fatalf("%s: %s", command, line)
				}
				return
			}
		}
	}
	say("LOGIN bob@lab.test sesame")
	say("SELECT INBOX")
	for _, items := range []string{"(FLAGS RFC822.SIZE)", "FULL", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[HEADER]",
		"BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT)]", "BODY.PEEK[]"} {
		b.Run(strings.ReplaceAll(items, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				say("FETCH 1:* " + items)
			}
		})
	}
}
