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
		{"a page, and the footer of a list", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" +
			"Content-Type: text/html\n\n<p>Hi\n--b\n\n-- the list\n--b--\n", fields + "html|<p>Hi|-- the list"},
		{"two forms, and the footer of a list", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" +
			"Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nHi\n--c\n" +
			"Content-Type: text/html\n\n<p>Hi\n--c--\n--b\n\n-- the list\n--b--\n",
			fields + "|Hi|-- the list[1.2 text/html  5]"},
		{"a page with pictures as one of two forms", head + "Content-Type: multipart/alternative; boundary=b\n\n--b\n" +
			"Content-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>Hi\n--c\n\nno text\n--c--\n" +
			"--b\nContent-Type: image/png\n\nxyz\n--b--\n", fields + "html|<p>Hi[1.2 text/plain  7][2 image/png  3]"},
		{"a message that is sent along", head + "Content-Type: message/rfc822\n\nSubject: x\n\nHi\n",
			fields + "[1 message/rfc822  18]"},
		{"one in UTF-8 that is sent along", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n" +
			"Content-Type: message/global\n\nSubject: 你\n\nHo\n--b--\n", fields + "|Hi[2 message/global  18]"},
		{"no text at all", head + "Content-Type: image/png\n\nxyz\n", fields + "[1 image/png  5]"},
		{"nothing", "", "|"},
	} {
		t.Run(test.why, func(t *testing.T) {
			v := Read([]byte(strings.ReplaceAll(test.message, "\n", "\r\n")))
			var got strings.Builder
			for _, f := range v.Fields {
				got.WriteString(f.Name + ": " + f.Value + "\n")
			}
			for _, text := range v.Texts {
				if text.HTML {
					got.WriteString("html")
				}
				got.WriteString("|" + text.Text)
			}
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
	v := Read([]byte("Content-Type: text/plain; charset=us-ascii\r\n\r\n你好，世界\r\n")).Texts
	if len(v) != 1 || !v[0].Charset.Lies || v[0].Charset.Real != "utf-8" || v[0].Fault != nil {
		t.Errorf("%+v", v)
	}
	v = Read([]byte("Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8*gQm9i\r\n")).Texts
	if len(v) != 1 || v[0].Fault == nil || v[0].Text != "Hello Bob" {
		t.Errorf("%+v", v)
	}
	half := strings.Repeat("x", maxText/2)
	v = Read([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + half +
		"\r\n--b\r\n\r\nx" + half + "\r\n--b\r\n\r\n-- the list\r\n--b--")).Texts
	if len(v) != 3 || v[0].Large || v[0].Text != half || v[1].Section != "2" || !v[1].Large || v[1].Text != "" ||
		v[2].Large || v[2].Text != "-- the list" {
		t.Errorf("%d texts", len(v))
	}
}
