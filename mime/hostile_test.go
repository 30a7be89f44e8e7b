package mime

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"mailtool/mime/scan"
)

// TestHostile: whatever a stranger sends, the tree is bounded, says so where it is cut, and
// can be decoded.
func TestHostile(t *testing.T) {
	const multi = "Content-Type: multipart/mixed; boundary=b"
	nested := "Content-Type: multipart/mixed; boundary=\"=\"\n\n--=\n"
	for _, row := range []struct {
		why, message string
		limit        scan.Limit
	}{
		{"100,000 parts", multi + "\n\n" + strings.Repeat("--b\n\nx\n", 100_000) + "--b--\n", scan.LimitParts},
		{"100,000 levels", strings.Repeat(nested, 100_000), scan.LimitDepth},
		{"100,000 messages in messages", strings.Repeat("Content-Type: message/rfc822\n\n", 100_000), scan.LimitDepth},
		{"a line of 8 MiB", "Content-Type: text/plain; charset=gb2312\n\n" + strings.Repeat("\xc4\xe3", 4<<20), 0},
		{"a header of 4 MiB", strings.Repeat("X: y\n", 800_000), scan.LimitHeader},
		{"a field of 2 MiB", "Subject: " + strings.Repeat("=?utf-8?b?5L2g?= ", 1<<17), scan.LimitHeader},
		{"a parameter of 1 MiB", "Content-Type: text/plain; name*0=" + strings.Repeat("; name*1=x", 100_000), scan.LimitHeader},
		{"rubbish", string(bytes.Repeat([]byte{0, 0xff, '\r', '=', 0x1b, '\n', 0x80}, 1<<17)), 0},
	} {
		m := Open([]byte(row.message))
		if m.Tree.Limit&row.limit != row.limit || m.Tree.Parts > 1000 {
			t.Errorf("%s: limit %s, %d parts", row.why, m.Tree.Limit, m.Tree.Parts)
		}
		m.Root.Walk(func(p *Part) bool {
			if !p.IsLeaf() {
				return true
			}
			if text, err := p.Text(); !utf8.ValidString(text) || err != nil && !IsFault(err) {
				t.Errorf("%s: %s: %v", row.why, p.Section, err)
			}
			if fields := p.Header(); len(fields) > 10_000*5 || !utf8.ValidString(p.FileName()) {
				t.Errorf("%s: %d fields", row.why, len(fields))
			}
			return true
		})
	}
}
