package mime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestDecodeBody(t *testing.T) {
	for _, row := range []struct{ encoding, body, want, fault string }{
		{"7bit", "a=3D\r\n", "a=3D\r\n", ""},
		{"BASE64", "SGVs\r\nbG8=\r\n", "Hello", ""},
		{" base64 ", "SGVsbG8=", "Hello", ""},
		{"base64", "SGVs \r\n\tbG8=", "Hello", ""},
		{"base64", "", "", ""},
		{"base64", "SGVsbG8", "Hello", "mime/base64-end \"8\""},
		{"base64", "SGVsbG8gQm9iS", "Hello Bob", "mime/base64-end \"14\""},
		{"base64", "SGVsbA=\r\n", "Hell", "mime/base64-end \"10\""},
		{"base64", "SGVs*bG8=", "Hello", "mime/base64-octet \"5\""},
		{"base64", "SGVs\xc9bG8=", "Hello", "mime/base64-octet \"5\""},
		{"base64", "SGVs=bG8=", "Hello", "mime/base64-octet \"5\""},
		{"base64", "This is no base64. Is it?\r\n", "This is no base64. Is it?\r\n", "mime/base64-octet \"5\""},
		{"base64", "these are but words", "these are but words", "mime/base64-octet \"6\""},
		{"base64", "SGVs bG8= ", "Hello", ""},
		{"base64", "SGVsbG8=\r\n\r\n--\r\nA list\r\n", "Hello", "mime/base64-after \"13\""},
		{"base64", "SGVsbG8=SGVsbG8=", "Hello", "mime/base64-after \"9\""},
		{"base64", "SGVsbA==SGVsbG8=", "Hell", "mime/base64-after \"9\""},
		{"quoted-printable", "J=FCrgen=\r\n!  \r\n", "J\xfcrgen!\r\n", ""},
		{"quoted-printable", "a=fc=\n=\tb", "a\xfc=\tb", "mime/quoted-printable \"7\""},
		{"quoted-printable", "1+1=2, =\xe4", "1+1=2, =\xe4", "mime/quoted-printable \"4\""},
		{"quoted-printable", "a=", "a", ""},
		{"quoted-printable", "a =3", "a =3", "mime/quoted-printable \"3\""},
		{"quoted-printable", strings.Repeat("x", 9000), strings.Repeat("x", 9000), ""},
		{"x-rot13", "Uryyb", "Uryyb", "mime/encoding-unknown \"x-rot13\""},
	} {
		got, err := DecodeBody([]byte(row.body), row.encoding)
		var fault string
		if err != nil {
			fault = err.Error()
		}
		if string(got) != row.want || fault != row.fault {
			t.Errorf("%s %.40q: got %.40q, %s; want %q, %s", row.encoding, row.body, got, fault, row.want, row.fault)
		}
	}
}

// TestDamage: a body that is damaged all over costs no memory for each fault.
func TestDamage(t *testing.T) {
	body := bytes.Repeat([]byte("*SGVsbG8gQm9iLg0KSGVs=xxAA"), 1<<16)
	for _, encoding := range []string{"base64", "quoted-printable"} {
		if got, err := DecodeBody(body, encoding); err == nil || len(got) < len(body)/4 {
			t.Errorf("%s: %d octets, %v", encoding, len(got), err)
		}
	}
}

func FuzzDecodeBody(f *testing.F) {
	f.Add("base64", []byte("SGVs*bG8"))
	f.Add("quoted-printable", []byte("=3D=\r\n=x"))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		got, err := DecodeBody(body, encoding)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		if len(got) > len(body)+3 {
			t.Errorf("%d octets became %d", len(body), len(got))
		}
		written := base64.StdEncoding.EncodeToString(body)
		if back, err := DecodeBody([]byte(written), "base64"); err != nil || !bytes.Equal(back, body) {
			t.Errorf("%q came back as %q: %v", body, back, err)
		}
	})
}
