package mime

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"

	"mailtool/mime"
	"mailtool/mime/scan"
)

// attachment is a message with one large file in it.
func attachment(encoding, line string, octets int) []byte {
	return []byte("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\n" +
		"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" +
		strings.Repeat(line, octets/len(line)) + "\r\n--b--\r\n")
}

var benchmarkLines = map[string]string{
	"base64":           strings.Repeat("SGVsbG8gQm9i", 6) + "SGVs\r\n",
	"quoted-printable": "Gr=C3=BC=C3=9Fe aus Wien, do you like ketchup? It is red and sweet=20\r\n",
}

// BenchmarkOpenDecode opens a message and decodes all that is in it.
func BenchmarkOpenDecode(b *testing.B) {
	for encoding, line := range benchmarkLines {
		message := attachment(encoding, line, 4<<20)
		b.Run(encoding, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			for b.Loop() {
				mime.Open(message).Root.Walk(func(p *mime.Part) bool {
					if _, err := p.Bytes(); p.IsLeaf() && err != nil {
						b.Fatal(err)
					}
					return true
				})
			}
		})
	}
}

// BenchmarkEnmime does the same with enmime alone, without its detection of character sets.
func BenchmarkEnmime(b *testing.B) {
	parser := enmime.NewParser(enmime.DisableCharacterDetection(true))
	for encoding, line := range benchmarkLines {
		message := attachment(encoding, line, 4<<20)
		b.Run(encoding, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.ReadParts(bytes.NewReader(message)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScan is the pre-scan alone: what it costs to open a message.
func BenchmarkScan(b *testing.B) {
	for name, message := range map[string][]byte{
		"file": attachment("base64", benchmarkLines["base64"], 16<<20),
		"text": attachment("8bit", "Do you like ketchup?\r\nYes, but only the red one.\r\n", 16<<20),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			for b.Loop() {
				if scan.Parse(message, scan.Limits{}).Parts != 3 {
					b.Fatal("other parts")
				}
			}
		})
	}
}

// endless is a message of many lines, none of which is kept anywhere.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	line := benchmarkLines["base64"]
	n := 0
	for n+len(line) <= len(p) && e.left > 0 {
		n += copy(p[n:], line)
		e.left--
	}
	return n, nil
}

// TestMemory: a message of 128 MiB needs as little memory as a small one.
func TestMemory(t *testing.T) {
	const lines = 128 << 20 / 78
	var s scan.Scanner
	s.Write([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"))
	buffer := make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := io.CopyBuffer(&s, &endless{lines}, buffer); err != nil {
		t.Fatal(err)
	}
	tree := s.End()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<10 || tree.Size < lines*78 {
		t.Errorf("%d octets of memory for %d of message", used, tree.Size)
	}
}
