package mime_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"mailtool/mime"
)

// A letter in Chinese, as it crosses a wire that knows ASCII only.
func ExampleLetter() {
	from, _ := mime.ParseAddress("小明 <ming@lab.test>")
	to, _ := mime.ParseAddressList("bob@lab.test, Alice <alice@lab.test>")
	letter := mime.Letter{
		From:    from,
		To:      to,
		Subject: "你好",
		Date:    time.Date(2026, 11, 23, 10, 15, 2, 0, time.FixedZone("", 8*60*60)),
		Text:    "你喜欢番茄酱吗？",
	}
	built, err := letter.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(string(built.Data), "\r\n", "\n"))
	// Output:
	// Date: Mon, 23 Nov 2026 10:15:02 +0800
	// From: =?utf-8?b?5bCP5piO?= <ming@lab.test>
	// To: bob@lab.test, Alice <alice@lab.test>
	// Subject: =?utf-8?b?5L2g5aW9?=
	// MIME-Version: 1.0
	// Content-Type: text/plain; charset=utf-8
	// Content-Transfer-Encoding: base64
	//
	// 5L2g5Zac5qyi55Wq6IyE6YWx5ZCX77yfDQo=
}

// The same two characters as three programs wrote them.
func ExampleDecodeHeader() {
	fmt.Println(mime.DecodeHeader("=?utf-8?b?5L2g5aW9?="))
	fmt.Println(mime.DecodeHeader("=?utf-8?q?=E4=BD=A0=E5=A5=BD?="))
	fmt.Println(mime.DecodeHeader("=?gb2312?b?xOO6ww==?="))
	// Output:
	// 你好
	// 你好
	// 你好
}

// Quoted-printable leaves ASCII readable and puts = and two hexadecimal digits for
// everything else.
func ExampleNewQuotedPrintableWriter() {
	w := mime.NewQuotedPrintableWriter(os.Stdout)
	fmt.Fprint(w, "Grüße, 1+1=2")
	w.Close()
	// Output: Gr=C3=BC=C3=9Fe, 1+1=3D2
}

// A field cannot be smuggled into a header.
func ExampleLetter_injection() {
	from, _ := mime.ParseAddress("alice@lab.test")
	_, err := (&mime.Letter{From: from, Subject: "Hi\r\nBcc: eve@lab.test"}).Build()
	fmt.Println(err)
	// Output: mime/field-line-break "Subject"
}
