package mime

import (
	"strconv"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	const head = "Received: from x\nSubject: =?utf-8?B?5L2g5aW9?=\nFrom: =?utf-8?Q?J=C3=BCrgen?= <j@x.test>\nTo: b@x.test\n"
	const fields = "From: Jürgen <j@x.test>\nTo: b@x.test\nSubject: 你好\n"
	for _, test := range []struct{ why, message, want string }{
		{"plain", head + "\nHello\n", fields + "|Hello\n"},
		{"quoted-printable", head + "Content-Type: text/plain; charset=iso-8859-1\n" +
			"Content-Transfer-Encoding: quoted-printable\n\nJ=FCrgen=\n!\n", fields + "|Jürgen!\n"},
		{"base64 in GB18030", head + "Content-Type: text/plain; charset=gb2312\n" +
			"Content-Transfer-Encoding: base64\n\nxOO6ww==\n", fields + "|你好"},
		{"base64 that breaks off", head + "Content-Transfer-Encoding: base64\n\nSGVsbG8gQm9i*\n",
			fields + "|Hello Bob"},
		{"alternative", head + "Content-Type: multipart/alternative; boundary=b\n\n--b\n" +
			"Content-Type: text/html\n\n<p>Hi\n--b\nContent-Type: text/plain\n\nHi\n--b--\n",
			fields + "|Hi[1 text/html  5]"},
		{"a page only", head + "Content-Type: text/html\n\n<p>Hi\n", fields + "html|<p>Hi\n"},
		{"a file", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n" +
			"Content-Type: image/png\nContent-Disposition: attachment; filename=\"=?utf-8?B?5L2g5aW9?=.png\"\n\nxyz\n--b--\n",
			fields + "|Hi[2 image/png 你好.png 3]"},
		{"a page, and a file of text", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" +
			"Content-Type: text/html\n\n<p>Hi\n--b\nContent-Type: text/plain\n" +
			"Content-Disposition: attachment; filename=a.txt\n\nxyz\n--b--\n",
			fields + "html|<p>Hi[2 text/plain a.txt 3]"},
		{"a message that is sent along", head + "Content-Type: message/rfc822\n\nSubject: x\n\nHi\n",
			fields + "|[1 message/rfc822  18]"},
		{"no text at all", head + "Content-Type: image/png\n\nxyz\n", fields + "|[1 image/png  5]"},
		{"nothing", "", "|"},
	} {
		t.Run(test.why, func(t *testing.T) {
			v := Read([]byte(strings.ReplaceAll(test.message, "\n", "\r\n")))
			var got strings.Builder
			for _, f := range v.Fields {
				got.WriteString(f.Name + ": " + f.Value + "\n")
			}
			if v.HTML {
				got.WriteString("html")
			}
			got.WriteString("|" + v.Text)
			for _, p := range v.Parts {
				got.WriteString("[" + p.Section + " " + p.Type + " " + p.Name + " " + strconv.FormatInt(p.Octets, 10) + "]")
			}
			if got.String() != test.want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), test.want)
			}
		})
	}
}

// TestViewFaults: a reader is told what is wrong with the text, and of a text that is too long.
func TestViewFaults(t *testing.T) {
	v := Read([]byte("Content-Type: text/plain; charset=us-ascii\r\n\r\n你好，世界\r\n"))
	if !v.Charset.Lies || v.Charset.Real != "utf-8" || v.Fault != nil {
		t.Errorf("%+v", v)
	}
	v = Read([]byte("Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8*gQm9i\r\n"))
	if v.Fault == nil || v.Text != "Hello Bob" {
		t.Errorf("%+v", v)
	}
	v = Read([]byte("Subject: x\r\n\r\n" + strings.Repeat("x", maxText+1)))
	if v.Large != "1" || v.Text != "" {
		t.Errorf("%q, %d octets", v.Large, len(v.Text))
	}
}
