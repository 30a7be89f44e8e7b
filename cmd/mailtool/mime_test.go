package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sentence"
	"mailtool/mime"
)

// inTemp writes files into a new folder, which becomes the current one.
func inTemp(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// mimeRun runs a command below mime and wants its status and words in what it says.
func mimeRun(t *testing.T, status int, words string, args ...string) (out string) {
	t.Helper()
	got, out, errs := try(t, t.Context(), "", append([]string{"mime"}, args...)...)
	if got != status || !strings.Contains(out+errs, words) {
		t.Errorf("%q: status %d, want %d and %q\n%s%s", args, got, status, words, out, errs)
	}
	return out
}

// TestPart: one part, decoded or as it lies there, into a file or a pipe.
func TestPart(t *testing.T) {
	inTemp(t, map[string]string{"a.eml": withAttachment, "bad.eml": strings.Replace(withAttachment,
		"iVBORw==", "iVB*ORw==", 1)})
	if out := mimeRun(t, 0, "", "part", "a.eml", "1"); out != "你好\r\n" {
		t.Errorf("%q", out)
	}
	if out := mimeRun(t, 0, "", "part", "a.eml", "2"); out != "\x89PNG" {
		t.Errorf("%q", out)
	}
	mimeRun(t, 0, "Content-Type: image/png\r\n", "part", "a.eml", "2", "--raw")
	mimeRun(t, 0, "", "part", "a.eml", "2", "-o", "cat.png")
	if octets, err := os.ReadFile("cat.png"); string(octets) != "\x89PNG" {
		t.Errorf("%q, %v", octets, err)
	}
	mimeRun(t, 0, "--X\r\n", "part", "a.eml", "text")
	mimeRun(t, exitUsage, "error: a.eml has no part 3\nhint:  there are: TEXT, 1, 2\n", "part", "a.eml", "3")
	mimeRun(t, exitUsage, "a.eml: that file is being read", "part", "a.eml", "1", "-o", "a.eml")
	mimeRun(t, exitLocal, "\x89PNG", "part", "bad.eml", "2")
	mimeRun(t, exitLocal, "octet 4 of the body does not belong to base64", "part", "bad.eml", "2")
}

// TestSafeName: no name that a stranger chose does harm.
func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"cat.png": "cat.png", "你好.png": "你好.png", "a b.txt": "a b.txt",
		"../../etc/passwd": "passwd", `C:\Windows\x.dll`: "x.dll", "..": "", ".": "", "/": "",
		".bashrc": "bashrc", "-rf": "rf", "~root": "root", "x/": "",
		"a\x00b\x1b[31m\r\n.txt": "ab[31m.txt", "evil\u202egpj.exe": "evilgpj.exe",
		"a\u200bb": "ab", "con": "_con", "NUL.txt": "_NUL.txt", "com1 .x": "_com1 .x", "lpt¹": "_lpt¹",
		"console.txt": "console.txt", `a<b>c:d"e|f?g*h`: "a_b_c_d_e_f_g_h", "trail. . ": "trail",
		"\xff\xfe.bin": "__.bin", "": "", "\u3000x": "x", "x\u00a0y": "x y",
		strings.Repeat("你", 100) + ".png": strings.Repeat("你", 65) + ".png",
		strings.Repeat("x", 300):          strings.Repeat("x", 200),
		"a." + strings.Repeat("x", 300):   "a." + strings.Repeat("x", 198),
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// FuzzSafeName: whatever the name, a file of that name lies in the folder and shows itself.
func FuzzSafeName(f *testing.F) {
	for _, name := range []string{"cat.png", "../x", "nul", "\u202ex", ". .", "a\\..\\b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		safe := safeName(name)
		if safe == "" {
			return
		}
		if filepath.Base(safe) != safe || !filepath.IsLocal(safe) || len(safe) > 255 ||
			strings.ContainsAny(safe, "\x00\\:\x1b\n\u202e") || strings.ContainsAny(safe[:1], ".-~") {
			t.Errorf("%q: %q", name, safe)
		}
		if again := safeName(safe); again != safe {
			t.Errorf("%q: %q, then %q", name, safe, again)
		}
	})
}

// TestExtract: attachments become files, under harmless names, and none is written over.
func TestExtract(t *testing.T) {
	message := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n" +
		"--X\r\n\r\nthe text\r\n"
	for _, head := range []string{
		"Content-Disposition: attachment; filename=\"../../evil.txt\"",
		"Content-Disposition: attachment; filename=\"evil.txt\"",
		"Content-Disposition: attachment; filename*=gb18030''%C4%E3%BA%C3.txt",
		"Content-Type: application/pdf",
		"Content-Type: message/rfc822",
	} {
		message += "--X\r\n" + head + "\r\n\r\nSubject: x\r\n\r\n" + head + "\r\n"
	}
	inTemp(t, map[string]string{"a.eml": message + "--X--\r\n", "plain.eml": "Subject: x\r\n\r\nx\r\n",
		"bad.eml": strings.Replace(withAttachment, "iVBORw==", "iVB*ORw==", 1)})
	os.Mkdir("out", 0o755)
	if err := os.Symlink(filepath.Join("..", "target"), filepath.Join("out", "part-5.pdf")); err != nil {
		t.Log("no links here:", err)
	}
	mimeRun(t, 0, "# part 2: text/plain, ", "extract", "a.eml", "-o", "out")
	for _, name := range []string{"evil.txt", "evil-2.txt", "你好.txt", "part-6.eml"} {
		if octets, err := os.ReadFile(filepath.Join("out", name)); !strings.HasPrefix(string(octets), "Subject: x\r\n") {
			t.Errorf("%s: %q, %v", name, octets, err)
		}
	}
	for _, name := range []string{"evil.txt", filepath.Join("..", "evil.txt"), "target"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	mimeRun(t, 0, "part 1: text/plain, 8 octets: "+filepath.Join("all", "part-1.txt"),
		"extract", "a.eml", "-o", "all", "--all")
	mimeRun(t, 0, "# plain.eml has no attachments", "extract", "plain.eml", "-o", "out")
	mimeRun(t, exitLocal, "# part 2 is damaged: octet 4", "extract", "bad.eml", "-o", "out")
	mimeRun(t, exitLocal, "plain.eml", "extract", "a.eml", "-o", "plain.eml")
}

// TestDiff: what MIME added to the same letter, and that its reader sees the same.
func TestDiff(t *testing.T) {
	const head = "From: a@lab.test\r\nSubject: x\r\n"
	inTemp(t, map[string]string{"plain.eml": head + "\r\nHello\r\n",
		"mime.eml": head + "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8NCg==\r\n",
		"long.eml": head + "\r\n" + strings.Repeat("x\r\n", 2000)})
	out := mimeRun(t, 0, "", "diff", "plain.eml", "mime.eml")
	for _, words := range []string{"  Subject: x\n+ MIME-Version: 1.0\n+ Content-Transfer-Encoding: base64\n# body\n- Hello\n+ SGVsbG8NCg==\n",
		"header lines                   2          4\n", "# the second has 2 header lines more",
		"# a reader sees the same text"} {
		if !strings.Contains(out, words) {
			t.Errorf("%q is not in\n%s", words, out)
		}
	}
	mimeRun(t, 0, "# a reader sees another text", "diff", "plain.eml", "long.eml")
	mimeRun(t, 0, "# the bodies are long", "diff", "plain.eml", "long.eml")
	mimeRun(t, 0, "# a reader sees the same text", "diff", "plain.eml", "plain.eml")
	mimeRun(t, exitUsage, "wants FILE", "diff", "plain.eml")
	mimeRun(t, exitLocal, "there is no file none.eml", "diff", "plain.eml", "none.eml")
}

// TestCoding: what encode writes, decode reads.
func TestCoding(t *testing.T) {
	inTemp(t, map[string]string{"text": "Grüße\r\n", "bad": "\xff\xfe"})
	for _, row := range []struct {
		status int
		words  string
		args   string
	}{
		{0, "5L2g5aW9\r\n", "encode base64 你好"},
		{0, "xOO6ww==\r\n", "encode base64 你好 --charset gb18030"},
		{0, "=C4=E3=BA=C3", "encode qp 你好 --charset gb2312"},
		{0, "Gr=C3=BC=C3=9Fe\r\n", "encode qp --file text"},
		{0, "=?utf-8?b?5L2g5aW9?=\r\n", "encode word 你好"},
		{0, "=?gb18030?b?xOO6ww==?=\r\n", "encode WORD 你好 --charset GB18030"},
		{0, "=?utf-8?q?a_=C3=BC?=\r\n", "encode word a ü"},
		{0, "filename*=utf-8''%E4%BD%A0.png\r\n", "encode param 你.png"},
		{0, "name=a.png\r\n", "encode param a.png --name name"},
		{0, "你好", "decode base64 5L2g5aW9"},
		{0, "你好", "decode base64 xOO6ww== --charset gb18030"},
		{0, "Grüße", "decode qp Gr=C3=BC=C3=9Fe"},
		{0, "你好\n", "decode word =?gb18030?b?xOO6ww==?="},
		{exitLocal, "a =?x?b?YQ==?= b 你好\n", "decode word a =?x?b?YQ==?= b =?gb18030?b?xOO6ww==?="},
		{exitLocal, "=?utf-8?b?!!!?=\n", "decode word =?utf-8?b?!!!?="},
		{exitLocal, "error: =?utf-8?b?!!!?=: the base64 in it is wrong", "decode word =?utf-8?b?!!!?="},
		{exitLocal, `error: =?utf-8?q?=ZZ?=: an "=" in it is not followed by`, "decode word =?utf-8?q?a?= =?utf-8?q?=ZZ?="},
		{exitLocal, `error: the character set "x" is not known`, "decode word =?x?b?YQ==?="},
		{0, "filename=你.png\n", "decode param filename*=gb18030''%C4%E3.png"},
		{0, "charset=utf-8\nname=a\n", "decode param Content-Type: text/plain; charset=utf-8; name=a"},
		{exitLocal, "abcd", "decode base64 YWJj*ZA=="},
		{exitLocal, "error: octet 5 of the body does not belong to base64", "decode base64 YWJj*ZA=="},
		{exitUsage, `error: the character set iso-8859-1 has no "你"`, "encode base64 你 --charset latin1"},
		{exitUsage, `error: the character set iso-8859-1 has no "你"`, "encode word 你 --charset latin1"},
		{exitUsage, `error: "a=b" is no name of a parameter`, "encode param a --name a=b"},
		{exitUsage, `error: the character set "x" is not known`, "decode base64 YQ== --charset x"},
		{exitUsage, `error: the character set "x" is not known`, "encode word a --charset x"},
		{exitUsage, "parameters are written in UTF-8 only", "encode param a --charset gbk"},
		{exitUsage, `"uu" is none of base64, qp, word, param`, "encode uu x"},
		{exitUsage, `"x" is no parameter`, "decode param x"},
		{exitUsage, "wants SCHEME", "encode"},
		{exitUsage, "--file and x cannot be given together", "encode qp x --file text"},
		{exitLocal, "there is no file none", "encode qp --file none"},
		{exitUsage, "text: that file is being read", "encode qp --file text -o text"},
		{exitUsage, "the text is neither UTF-8", "encode base64 --file bad --charset utf-8"},
	} {
		mimeRun(t, row.status, row.words, strings.Split(row.args, " ")...)
	}
	_, out, _ := try(t, t.Context(), "ab\n", "mime", "encode", "word")
	if out != "=?utf-8?q?ab?=\r\n" {
		t.Errorf("of the input: %q", out)
	}
}

// TestCodingStreams: a long text comes back as it was, and no character is cut.
func TestCodingStreams(t *testing.T) {
	text := strings.Repeat("你好，世界 abc\n", 20_000)
	for _, charset := range []string{"gb18030", "utf-8", "iso-2022-jp", "big5"} {
		given := text
		if charset == "iso-2022-jp" || charset == "big5" {
			given = strings.Repeat("世界 abc\n", 20_000)
		}
		status, coded, errs := try(t, t.Context(), given, "mime", "encode", "base64", "--charset", charset)
		if status != 0 {
			t.Fatal(errs)
		}
		_, back, _ := try(t, t.Context(), coded, "mime", "decode", "base64", "--charset", charset)
		if back != given {
			t.Errorf("%s: %d octets came back of %d", charset, len(back), len(given))
		}
	}
}

// TestShow: the text, a page as text, what is wrong with it; with --raw the octets, too.
func TestShow(t *testing.T) {
	inTemp(t, map[string]string{"a.eml": withAttachment,
		"page.eml": "Subject: x\r\nContent-Type: text/html; charset=gb2312\r\n\r\n<p>\xc4\xe3<p>\x1b[31m&#x202e;b",
		"lies.eml": "Content-Type: text/plain; charset=us-ascii\r\n\r\n你好，世界，再见\r\n",
		"list.eml": "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" +
			"<p>Hi\r\n--b\r\n\r\n-- the list\r\n--b--\r\n",
		"raw.eml":   "Content-Disposition: attachment; filename=\"你.png\"\r\n\r\nx\r\n",
		"words.eml": "Subject: =?utf-8?b?!!!?=\r\nX-A: =?utf-8?q?=4?= =?utf-8?q?=3D?=\r\n\r\nx\r\n",
		"bad.eml":   "Content-Transfer-Encoding: base64\r\n\r\nSGVs*bG8=\r\n",
		"one.eml": "Subject: =?iso-8859-1?q?=FC?=\r\nX-A: \xfc\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
			"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xfc\r\n--b\r\n" +
			"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n--b--\r\n"})
	mimeRun(t, 0, "Subject: 你好\n\n你好\n# part 2: image/png, cat.png, 8\n", "show", "a.eml")
	out := mimeRun(t, 0, "# this mail is a page", "show", "page.eml")
	if !strings.Contains(out, "\n你\n") || strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("%q", out)
	}
	mimeRun(t, 0, "# it says us-ascii, which this cannot be; it was read as utf-8", "show", "lies.eml")
	mimeRun(t, 0, "\n# part 1 is a page; what it says:\nHi\n# part 2 is text, too:\n-- the list\n", "show", "list.eml")
	mimeRun(t, 0, "Hello\n# the text is damaged: octet 5", "show", "bad.eml")
	// A name that was put into the field as it is, is not written in ASCII.
	mimeRun(t, 0, "  #  file name: 你.png   RFC 2183 §2.3\n", "explain", "raw.eml")
	out = mimeRun(t, 0, `#  why the encoding: "ü", 1 character, and the octets that it is`, "explain", "one.eml")
	for _, words := range []string{"1 octet of this field does not fit", "1 of 1 octet does not fit 7 bits",
		"in iso-8859-1 1 octet, 1 of them", "#  decodes to 1 octet: 00\n"} {
		if !strings.Contains(out, words) {
			t.Errorf("without %q:\n%s", words, out)
		}
	}
	mimeRun(t, 0, "#  =?utf-8?b?!!!?=: the base64 in it is wrong, so it is no text\n", "explain", "words.eml")
	out = mimeRun(t, 0, `#  =?utf-8?q?=4?=: an "=" in it is not followed by two hexadecimal`, "explain", "words.eml")
	if strings.Contains(out, "=?utf-8?q?=3D?=:") {
		t.Errorf("a word that is right is told of:\n%s", out)
	}
	mimeRun(t, 0, "# part 2: application/x, 1 octet: ", "extract", "one.eml", "-o", "one")
	out = mimeRun(t, 0, "# as it lies there, 347 octets:\nFrom: a@lab.test\n", "show", "a.eml", "--raw")
	if !strings.Contains(out, "5L2g5aW9DQo=\n") || !strings.Contains(out, "# as a reader sees it:\n") {
		t.Error(out)
	}
}

// TestHostileMessages: no message takes long, needs much memory, or acts on the screen.
func TestHostileMessages(t *testing.T) {
	nested := strings.Builder{}
	for range 20_000 {
		nested.WriteString("Content-Type: message/rfc822\r\n\r\n")
	}
	inTemp(t, map[string]string{
		"line.eml":   "Subject: x\r\n\r\n" + strings.Repeat("x", 32<<20),
		"header.eml": "Subject: " + strings.Repeat("=?utf-8?q?=1b?= ", 1<<17) + "\r\n\r\nx",
		"nested.eml": nested.String(),
		"parts.eml": "Content-Type: multipart/mixed; boundary=X\r\n\r\n" + strings.Repeat("--X\r\n\r\n\x1b[31m\u202e\r\n",
			100_000),
		"control.eml": "Subject: \x1b]0;x\x07\u202e\r\nContent-Type: text/\x1bx; charset=\x1by; boundary=\x07\r\n" +
			"Content-Disposition: attachment; filename=\"\x1b\u202e\r\n\r\n\x1b[2J\x00\x9b\r\n",
		"cut.eml": strings.TrimSuffix(withAttachment, "RKw==\r\n--X--\r\n"),
	})
	mimeRun(t, 0, "# not all of the message was looked into (limit: header)\n", "show", "header.eml")
	mimeRun(t, 0, "# not all of the message was looked into (limit: parts)\n", "show", "parts.eml")
	for _, name := range []string{"line.eml", "header.eml", "nested.eml", "parts.eml", "control.eml", "cut.eml"} {
		for _, args := range [][]string{{"tree", name}, {"show", name}, {"explain", name}, {"tree", "--json", name},
			{"diff", name, "cut.eml"}, {"extract", name, "-o", "out"}} {
			if args[0] == "extract" && name == "parts.eml" {
				continue // a thousand files
			}
			start := time.Now()
			status, out, errs := try(t, t.Context(), "", append([]string{"mime"}, args...)...)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%v: %v", args, took)
			}
			if status != 0 && status != exitLocal || strings.ContainsAny(out+errs, "\x00\x07\x1b\u202e\u009b") {
				t.Errorf("%v: status %d, %.300q %.300q", args, status, out, errs)
			}
		}
	}
}

// TestSafeWriter: lines of any length are shown whole, no character is cut, and nothing acts
// on the screen.
func TestSafeWriter(t *testing.T) {
	text := strings.Repeat("你好", 5000) + "\r\n\x1b[31m\n\nend"
	var out bytes.Buffer
	s := &safeWriter{w: &out}
	for rest := text; rest != ""; rest = rest[min(len(rest), 7):] {
		io.WriteString(s, rest[:min(len(rest), 7)])
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("你好", 5000) + "\n\\x1B[31m\n\nend\n"; out.String() != want {
		t.Errorf("%.60q ... %q", out.String(), out.String()[max(0, out.Len()-40):])
	}
}

// TestEachLine: every octet is counted, and a long line is cut.
func TestEachLine(t *testing.T) {
	text := "a\r\n\n\r\r\n" + strings.Repeat("x", 9000) + "\r\n" + strings.Repeat("y", 998) + "\r\nend"
	var got []string
	var size int64
	err := eachLine(strings.NewReader(text), func(l textLine) bool {
		size += l.size
		line := string(l.text) + l.end
		if l.cut() > 0 {
			line = line[:1] + "+" + number(l.cut())
		}
		got = append(got, line)
		return true
	})
	want := []string{"a\r\n", "\n", "\r\r\n", "x+8002", strings.Repeat("y", 998) + "\r\n", "end"}
	if err != nil || strings.Join(got, "|") != strings.Join(want, "|") || size != int64(len(text)) {
		t.Errorf("%d octets, %v: %.300q", size, err, got)
	}
}

// TestReaderLarge: of a text that is not shown nothing is said but that.
func TestReaderLarge(t *testing.T) {
	p := testProgram(sentence.English)
	p.readerText(mime.ViewText{Section: "1", HTML: true, Large: true}, true, true)
	p.readerText(mime.ViewText{Section: "2", Large: true}, false, false)
	const want = "# the text is very long and not shown; it is part 1\n# the text is very long and not shown; it is part 2\n"
	if got := p.out.(*strings.Builder).String(); got != want {
		t.Errorf("%s", got)
	}
}
