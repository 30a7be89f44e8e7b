package scan_test

import (
	"fmt"
	"strings"

	"mailtool/mime/scan"
)

// A student's letter is judged line by line, as it comes.
func ExampleHeaderCheck() {
	letter := `From : alice@lab.test
Date: 7/4/2021
To: bob@lab.test
Do you like ketchup?`
	var check scan.HeaderCheck
	for line := range strings.Lines(letter) {
		for _, f := range check.Line([]byte(strings.TrimSuffix(line, "\n"))) {
			fmt.Println(f.Level, f.ID, f.Place())
		}
	}
	// Output:
	// MUST message/5322-4.5-space-before-colon byte 5, 0x20
	// MUST message/5322-3.3-date-form byte 8, 0x2F
	// MUST message/5322-2.1-no-empty-line byte 1, 0x44
}

// A letter with a text and a picture is a tree of parts.
func ExampleParse() {
	letter := `Content-Type: multipart/mixed; boundary=cut

--cut

Look at this:
--cut
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--cut--
`
	tree := scan.Parse([]byte(letter), scan.Limits{})
	tree.Root.Walk(func(p *scan.Part) bool {
		fmt.Println(p.Section, p.Type, p.Encoding, p.BodyEnd-p.BodyStart)
		return true
	})
	// Output:
	// TEXT multipart/mixed 7bit 107
	// 1 text/plain 7bit 13
	// 2 image/png base64 12
}
