package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A letter with an attachment, as the tests of the commands under mime know it.
const withAttachment = "From: a@lab.test\r\nSubject: =?gb18030?b?xOO6ww==?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n" +
	"--X\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"5L2g5aW9DQo=\r\n" +
	"--X\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=cat.png\r\n" +
	"Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--X--\r\n"

// TestOpenMessage: every way to name a message, and what names none.
func TestOpenMessage(t *testing.T) {
	m := makeMails(t)
	m.put("Subject: one\r\n\r\none\r\n")
	m.put("Subject: two\r\n\r\ntwo two\r\n")
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"letter.eml": withAttachment,
		"local.eml":  strings.ReplaceAll(withAttachment, "\r\n", "\n"),
		"bom.eml":    "\ufeff" + withAttachment,
		"from.eml":   "From bob Mon Nov 23 10:15:02 2026\nSubject: x\n\nx\n",
		"two.mbox": "From a Mon Nov 23 10:15:02 2026\nSubject: x\n\nx\n\n" +
			"From a Mon Nov 23 10:15:02 2026\nSubject: y\n\n>From yy\n\n",
		"one.mbox":   "From a Mon Nov 23 10:15:02 2026\nSubject: x\n\nxxx\n\n",
		"odd#1":      "Subject: x\n\nodd\n",
		"empty.eml":  "",
		"blank.eml":  "\r\n \r\n",
		"utf16.eml":  "\xff\xfeF\x00r\x00o\x00m\x00:\x00",
		"cat.png":    "\x89PNG\r\n\x1a\n\x00\x00\x00",
		"words.txt":  "no header, only words\n",
		"bob/9":      "Subject: a file in a folder\n\nx\n",
		"folder/one": "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		status int
		words  string
	}{
		{"letter.eml", 0, "# 347 octets; parts: 3"},
		{"local.eml", 0, "# 330 octets"},
		{"bom.eml", 0, "# bom.eml begins with a byte order mark"},
		{"bom.eml", 0, "# 347 octets"},
		{"from.eml", 0, "# 48 octets"},
		{"two.mbox#1", 0, "# 14 octets"},
		{"two.mbox#2", 0, "# 20 octets"}, // the sign that quotes "From " is the file's
		{"one.mbox", 0, "# 16 octets"},
		{"odd#1", 0, "# 16 octets"},
		{"words.txt", 0, "text/plain"},
		{"bob/1", 0, "# 21 octets"},
		{"bob/last", 0, "# 25 octets"},
		{"bob/inbox/2", 0, "# 25 octets"},
		{"Bob@Lab.test/last", 0, "# 25 octets"},
		{"bob@lab.test/Sent/last", exitLocal, "bob@lab.test has no mails in Sent"},
		{"bob/9", 0, "# 31 octets"},
		{"two.mbox", exitUsage, "error: two.mbox holds several messages\n" +
			"hint:  say which one: two.mbox#1"},
		{"two.mbox#3", exitLocal, "two.mbox has no message 3: there are 2"},
		{"two.mbox#0", exitUsage, `"0" is no number of a mail`},
		{"letter.eml#1", exitLocal, "letter.eml is no mbox"},
		{"missing.eml", exitLocal, "there is no file missing.eml\nhint:  a message is a file"},
		{"missing.mbox#1", exitLocal, "there is no file missing.mbox"},
		{"folder", exitLocal, "folder is a folder, not a file\nhint:  a message is a file"},
		{"empty.eml", exitLocal, "empty.eml is empty"},
		{"blank.eml", exitLocal, "blank.eml is empty"},
		{"utf16.eml", exitLocal, "utf16.eml is written in UTF-16"},
		{"cat.png", exitLocal, "cat.png is no message: it begins with octets that no text has"},
		{"bob/3", exitLocal, "bob has no mail 3 in INBOX: there are 2"},
		{"bob/-1", exitUsage, `"0" is no number of a mail`},
		{"bob/Old/last", exitLocal, `bob has no folder "Old"`},
		{"bob/Sent/last", exitLocal, "bob has no mails in Sent"},
		{"alice/last", exitLocal, "alice has no mails in INBOX"},
		{"carol/1", exitLocal, `there is no user "carol"`},
		{"bob@example.org/1", exitLocal, `there is no user "bob@example.org"`},
		{"bob/Sent", exitLocal, "there is no file bob/Sent"},
		{"", exitUsage, "the name of the file is empty"},
	} {
		m.run(test.status, test.words, "mime", "tree", test.name)
	}
}

// TestOpenInput: a message may come from the input; where nothing comes, that is said of it.
func TestOpenInput(t *testing.T) {
	for input, words := range map[string]string{
		withAttachment:   "# 347 octets; parts: 3",
		"":               "error: the input is empty",
		"\xff\xfeF\x00":  "error: the input is written in UTF-16",
		"\x00\x01\x02zz": "error: the input is no message",
	} {
		if _, out, errs := try(t, t.Context(), input, "mime", "tree", "-"); !strings.Contains(out+errs, words) {
			t.Errorf("%q: %s%s, want %s", input, out, errs, words)
		}
	}
}

// TestTree: what the table and the JSON say of a message.
func TestTree(t *testing.T) {
	_, out, errs := try(t, t.Context(), withAttachment, "mime", "tree", "-")
	want := `part  type             charset  encoding  encoded  decoded  from  to   file name
TEXT  multipart/mixed  -        7bit      232      -        115   347
1       text/plain     utf-8    base64    12       8        198   210
2       image/png      -        base64    8        4        330   338  cat.png
# 347 octets; parts: 3
`
	if out != want || errs != "" {
		t.Errorf("%s\n%s", out, errs)
	}
	_, out, _ = try(t, t.Context(), withAttachment, "mime", "tree", "-", "--json")
	for _, words := range []string{`"octets": 347`, `"fileName": "cat.png"`, `"section": "2"`,
		`"decoded": 4`, `"closed": true`} {
		if !strings.Contains(out, words) {
			t.Errorf("%s is not in\n%s", words, out)
		}
	}
	_, out, _ = try(t, t.Context(), strings.TrimSuffix(withAttachment, "--X--\r\n"), "mime", "tree", "-")
	if !strings.Contains(out, "# part TEXT: the closing boundary is missing") {
		t.Error(out)
	}
}
