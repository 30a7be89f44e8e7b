package mime

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
)

// read decodes a body as it is read, in single octets.
func read(body, encoding string) (string, error) {
	octets, err := io.ReadAll(NewBodyReader(iotest.OneByteReader(strings.NewReader(body)), encoding))
	return string(octets), err
}

func TestBodyReader(t *testing.T) {
	for _, row := range []struct{ encoding, body, want, fault string }{
		{"7bit", "a=\r\n", "a=\r\n", ""},
		{"x-uuencode", "abc", "abc", `mime/encoding-unknown "x-uuencode"`},
		{"base64", "5L2g5aW9DQo=\r\n", "你好\r\n", ""},
		{"BASE64", "YQ==\r\n\r\n", "a", ""},
		{"base64", "YWJj\r\nZ*GVm", "abcdef", `mime/base64-octet "8"`},
		{"base64", "YWJjZ", "abc", `mime/base64-end "6"`},
		{"base64", "YWI", "ab", `mime/base64-end "4"`},
		{"base64", "YQ==\r\n-- \r\n", "a", `mime/base64-after "7"`},
		{"base64", "This is no base64, is it?", "This is no base64, is it?", `mime/base64-octet "5"`},
		{"base64", "YQ=Qx", "a\x041", `mime/base64-octet "3"`},
		{"quoted-printable", "=E4=BD=A0=\r\n=e5=a5=bd  \r\n \t\r\nx =20\r\n", "你好\r\n\r\nx  \r\n", ""},
		{"quoted-printable", "a = \r\nb\nc=", "a b\nc", ""},
		{"quoted-printable", "a= \r", "a", ""}, // nothing is left to go on in
		{"quoted-printable", "a=Bx=\r=GG=4", "a=Bx=\r=GG=4", `mime/quoted-printable "2"`},
	} {
		got, err := read(row.body, row.encoding)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if got != row.want || fault != row.fault {
			t.Errorf("%s %q: %q, %s; want %q, %s", row.encoding, row.body, got, fault, row.want, row.fault)
		}
	}
	broken := NewBodyReader(io.MultiReader(strings.NewReader("YWJj"), faulty{io.ErrNoProgress}), "base64")
	if octets, err := io.ReadAll(broken); string(octets) != "abc" || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that fails: %q, %v", octets, err)
	}
}

func TestCharsetReader(t *testing.T) {
	for charset, octets := range map[string]string{"gb18030": "\xc4\xe3\xba\xc3", "": "你好",
		"iso-2022-cn-ext": ""} {
		r, err := NewCharsetReader(charset, iotest.OneByteReader(strings.NewReader(octets)))
		if octets == "" {
			if err == nil {
				t.Errorf("%s is known", charset)
			}
			continue
		}
		if text, err := io.ReadAll(r); string(text) != "你好" || err != nil {
			t.Errorf("%s: %q, %v", charset, text, err)
		}
	}
}

// FuzzBodyReader: what is read piece by piece is what is decoded as a whole, of
// quoted-printable what the standard library makes of it where it is content.
func FuzzBodyReader(f *testing.F) {
	for _, body := range []string{"5L2g5aW9DQo=\r\n", "=E4=BD=A0=\r\n  \r\n", "YQ=Qx*", "=\r\r\n=4"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, fault := DecodeBody(body, "base64")
		got, err := io.ReadAll(NewBodyReader(bytes.NewReader(body), "base64"))
		if !bytes.Equal(got, want) || (err == nil) != (fault == nil) ||
			err != nil && err.Error() != fault.Error() {
			t.Errorf("base64 %q: %q, %v; as a whole %q, %v", body, got, err, want, fault)
		}
		want, fault = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		got, err = io.ReadAll(NewBodyReader(bytes.NewReader(body), "quoted-printable"))
		if fault == nil && !bytes.Equal(got, want) {
			t.Errorf("quoted-printable %q: %q, %v; want %q", body, got, err, want)
		}
		want, fault = DecodeBody(body, "quoted-printable")
		if !bytes.Equal(got, want) || (err == nil) != (fault == nil) ||
			err != nil && err.Error() != fault.Error() {
			t.Errorf("quoted-printable %q: %q, %v; as a whole %q, %v", body, got, err, want, fault)
		}
	})
}

// BenchmarkBodyReader decodes 1 MiB, piece by piece.
func BenchmarkBodyReader(b *testing.B) {
	for encoding, encoder := range map[string]func(io.Writer) io.WriteCloser{
		"base64": NewBase64Writer, "quoted-printable": NewQuotedPrintableWriter} {
		var body bytes.Buffer
		w := encoder(&body)
		io.WriteString(w, strings.Repeat("Grüße aus Wien, and some more words.\r\n", 1<<15))
		w.Close()
		b.Run(encoding, func(b *testing.B) {
			b.SetBytes(int64(body.Len()))
			for b.Loop() {
				io.Copy(io.Discard, NewBodyReader(bytes.NewReader(body.Bytes()), encoding))
			}
		})
	}
}
