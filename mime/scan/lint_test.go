package scan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mailtool/trace/rule"
)

// lint judges a message and lists what is found as "line:at id", with what is missing at 0:0.
func lint(t testing.TB, l Lint, message string) (found []string) {
	t.Helper()
	var r Report
	in := strings.NewReader(message)
	if err := l.Judge(in, Parse([]byte(message), Limits{}), &r); err != nil {
		t.Fatal(err)
	}
	all, err := r.Findings(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		found = append(found, fmt.Sprintf("%d:%d %s", f.Line, f.At, f.ID))
		if f.At > 0 && (f.Off >= int64(len(message)) || int(message[f.Off]) != f.Byte) {
			t.Errorf("%s at offset %d: octet 0x%02x is not there", f.ID, f.Off, f.Byte)
		}
	}
	return found
}

// crlf writes a message whose lines are divided by |, but for {|}.
func crlf(lines string) string {
	return strings.NewReplacer("{|}", "|", "|", "\r\n").Replace(lines)
}

// head begins a header section in which nothing is missing: its last line is line 5, and 6
// with that of MIME.
const (
	head = "Date: Mon, 23 Nov 2026 10:15:02 +0800|From: alice@lab.test|To: bob@lab.test|" +
		"Subject: x|Message-ID: <1@lab.test>|"
	mimeHead = head + "MIME-Version: 1.0|"
	// twoParts has its Content-Type in line 7 and a boundary in line 9.
	twoParts = mimeHead + "Content-Type: multipart/mixed; boundary=b||--b|"
)

// lintTable has for each rule messages that break it, with all that is found in them, and
// messages that come near and do not break any.
var lintTable = []struct {
	id     string
	breaks map[string]string
	keeps  []string
}{
	{"message/5322-2.1.1-line-over-78", map[string]string{
		head + "X: " + strings.Repeat("x", 76) + "||y|": "6:79 message/5322-2.1.1-line-over-78",
		head + "|" + strings.Repeat("y", 998) + "|":     "7:79 message/5322-2.1.1-line-over-78",
	}, []string{head + "X: " + strings.Repeat("x", 75) + "||" + strings.Repeat("y", 78) + "|"}},
	{"message/5322-2.2-control-octet", map[string]string{
		head + "X: a\x00b||y|":           "6:5 message/5322-2.2-control-octet",
		head + "X: a| \x1b[31mb\x7f||y|": "7:2 message/5322-2.2-control-octet",
		twoParts + "X: \x07||x|--b--|":   "10:4 message/5322-2.2-control-octet",
	}, []string{head + "X:\ta|\tb||y\x1b|"}},
	{"message/5322-2.1.1-line-over-998", map[string]string{
		head + "|" + strings.Repeat("y", 999) + "|": "7:999 message/5322-2.1.1-line-over-998",
		head + "|" + strings.Repeat("y", 200000):    "7:999 message/5322-2.1.1-line-over-998",
	}, nil},
	{"message/5322-2.3-bare-cr", map[string]string{
		head + "|a\rb|": "7:2 message/5322-2.3-bare-cr",
		head + "|" + strings.Repeat("y", 65535) + "\rz|": "7:999 message/5322-2.1.1-line-over-998, " +
			"7:65536 message/5322-2.3-bare-cr",
	}, nil},
	{"message/5322-2.3-bare-lf", map[string]string{
		head + "|a\nb|": "7:2 message/5322-2.3-bare-lf",
	}, nil},
	{"message/5322-2.1-lines-end-in-lf", map[string]string{
		strings.ReplaceAll(head, "|", "\n") + "\na\n": "0:0 message/5322-2.1-lines-end-in-lf",
	}, nil},
	{"message/5322-3.6.4-message-id-missing", map[string]string{
		head[:strings.Index(head, "Message-ID")] + "|": "0:0 message/5322-3.6.4-message-id-missing",
	}, nil},
	{"message/5322-3.6.4-message-id-form", map[string]string{
		strings.Replace(head, "<1@lab.test>", "1@lab.test", 1) + "|": "5:0 message/5322-3.6.4-message-id-form",
		strings.Replace(head, "<1@lab.test>", "<1>", 1) + "|":        "5:0 message/5322-3.6.4-message-id-form",
		strings.Replace(head, "<1@lab.test>", "", 1) + "|":           "5:0 message/5322-3.6.4-message-id-form",
	}, []string{strings.Replace(head, "<1@lab.test>", "<1@lab.test> (at noon)", 1) + "|"}},
	{"message/5322-3.6.4-reference-form", map[string]string{
		head + "References: <a@b> c@d||": "6:0 message/5322-3.6.4-reference-form",
	}, []string{head + "In-Reply-To: <a@b>|References: <a@b>| <c@d>||"}},
	{"message/5322-3.6.3-no-recipient", map[string]string{
		strings.Replace(head, "To: bob@lab.test|", "", 1) + "|": "0:0 message/5322-3.6.3-no-recipient",
	}, []string{strings.Replace(head, "To: bob", "Cc: bob", 1) + "|"}},
	{"message/5322-3.6.5-subject-missing", map[string]string{
		strings.Replace(head, "Subject: x|", "", 1) + "|": "0:0 message/5322-3.6.5-subject-missing",
	}, nil},
	{"message/5322-3.6-trace-field-below", map[string]string{
		head + "Received: by a; Mon, 23 Nov 2026 10:15:02 +0800||": "6:1 message/5322-3.6-trace-field-below",
	}, []string{"Return-Path: <a@b>|Received: x|X-Spam: no|Received: y|" + head + "|"}},

	// From here on the header section of HeaderCheck, as a whole message breaks it.
	{"message/5322-3.6-no-header", map[string]string{
		"hello|": "1:1 message/5322-3.6-no-header, 0:0 message/5322-3.6.4-message-id-missing, " +
			"0:0 message/5322-3.6.3-no-recipient, 0:0 message/5322-3.6.5-subject-missing",
	}, nil},
	{"message/5322-3.6-date-missing", map[string]string{
		head[strings.Index(head, "From"):] + "|x": "0:0 message/5322-3.6-date-missing",
	}, nil},
	{"message/5322-2.1-no-empty-line", map[string]string{
		head + "hello|": "6:1 message/5322-2.1-no-empty-line",
	}, []string{head}},
	{"message/5322-3.3-date-incomplete", map[string]string{
		strings.Replace(head, " +0800", "", 1) + "|": "1:0 message/5322-3.3-date-incomplete",
		"Date: Mon, 23 Nov| 2026|" + head[strings.Index(head, "From"):] + "|": "" +
			"1:0 message/5322-3.3-date-incomplete",
	}, nil},
	{"message/5322-3.6.2-from-without-address", map[string]string{
		"From: alice|" + strings.Replace(head, "From: alice@lab.test|", "", 1) + "|": "" +
			"1:0 message/5322-3.6.2-from-without-address",
	}, nil},

	{"mime/2045-4-version-missing", map[string]string{
		head + "Content-Type: text/plain||x|": "0:0 mime/2045-4-version-missing",
	}, []string{mimeHead + "Content-Type: text/plain||x|"}},
	{"mime/2045-4-version-other", map[string]string{
		head + "MIME-Version: 2.0||": "6:0 mime/2045-4-version-other",
	}, []string{head + "MIME-Version: (by x) 1.0 (y)||"}},
	{"mime/2045-3-field-twice", map[string]string{
		mimeHead + "Content-Type: text/plain|content-type: text/html||": "8:1 mime/2045-3-field-twice",
	}, nil},
	{"mime/2045-5.1-type-form", map[string]string{
		mimeHead + "Content-Type: text||":      "7:0 mime/2045-5.1-type-form",
		mimeHead + "Content-Type: text/||":     "7:0 mime/2045-5.1-type-form",
		mimeHead + "Content-Disposition: ;||x": "7:0 mime/2045-5.1-type-form",
	}, []string{mimeHead + "Content-Type: Text (x) / (y)| Plain||"}},
	{"mime/2045-5.1-parameter-form", map[string]string{
		mimeHead + "Content-Type: text/plain charset=utf-8||":    "7:26 mime/2045-5.1-parameter-form",
		mimeHead + "Content-Type: text/plain; charset||":         "7:35 mime/2045-5.1-parameter-form",
		mimeHead + "Content-Type: text/plain; charset=\"utf-8||": "7:35 mime/2045-5.1-parameter-form",
		mimeHead + "Content-Type: text/plain;; charset=x||":      "7:26 mime/2045-5.1-parameter-form",
	}, []string{mimeHead + "Content-Type: text/plain (a;b);|\tcharset=\"a\\\"b;\" (c) ; x=y||"}},
	{"mime/2045-5.1-parameter-unquoted", map[string]string{
		mimeHead + "Content-Disposition: inline; filename=my letter.txt||": "" +
			"7:41 mime/2045-5.1-parameter-unquoted",
		mimeHead + "Content-Type: text/plain; x=a/b||": "7:30 mime/2045-5.1-parameter-unquoted",
	}, []string{mimeHead + "Content-Disposition: inline; filename=letter.txt ; x=y||"}},
	{"mime/2045-5.1-last-semicolon", map[string]string{
		mimeHead + "Content-Type: text/plain; x=y; ||": "7:30 mime/2045-5.1-last-semicolon",
	}, nil},
	{"mime/6838-4.3-parameter-twice", map[string]string{
		mimeHead + "Content-Type: text/plain; x=y; X=z||": "7:32 mime/6838-4.3-parameter-twice",
	}, nil},
	{"mime/2231-3-piece-missing", map[string]string{
		mimeHead + "Content-Type: text/plain; x*0=a; x*2=b||": "7:34 mime/2231-3-piece-missing",
	}, []string{mimeHead + "Content-Type: text/plain; x*1=b; x*0*=utf-8''a; x*2*=%41||"}},
	{"mime/2231-4-value-form", map[string]string{
		mimeHead + "Content-Type: text/plain; x*=a||":           "7:30 mime/2231-4-value-form",
		mimeHead + "Content-Type: text/plain; x*=utf-8''a%zz||": "7:38 mime/2231-4-value-form",
	}, []string{mimeHead + "Content-Type: text/plain; x*=utf-8'en'a%E4||"}},
	{"mime/2045-6.4-encoding-unknown", map[string]string{
		mimeHead + "Content-Transfer-Encoding: utf-8||": "7:0 mime/2045-6.4-encoding-unknown",
	}, []string{mimeHead + "Content-Transfer-Encoding: Binary (x)||"}},
	{"mime/2045-6.4-encoding-of-composite", map[string]string{
		strings.Replace(twoParts, "||", "|Content-Transfer-Encoding: base64||", 1) + "|x|--b--|": "" +
			"8:0 mime/2045-6.4-encoding-of-composite",
	}, []string{mimeHead + "Content-Type: message/global|Content-Transfer-Encoding: base64||QUJD|"}},
	{"mime/2045-6.4-encoding-of-outer", map[string]string{
		twoParts + "Content-Transfer-Encoding: 8bit||x|--b--|": "1:0 mime/2045-6.4-encoding-of-outer",
	}, []string{
		twoParts + "Content-Transfer-Encoding: base64||QUJD|--b--|",
		strings.Replace(twoParts, "||", "|Content-Transfer-Encoding: 8bit||", 1) +
			"Content-Transfer-Encoding: 8bit||你|--b--|",
	}},
	{"mime/2045-7-content-id-form", map[string]string{
		twoParts + "Content-ID: cat@lab.test||x|--b--|": "10:0 mime/2045-7-content-id-form",
	}, []string{twoParts + "Content-ID: <cat@lab.test>||x|--b--|"}},

	{"mime/2045-2.7-8bit-octet", map[string]string{
		head + "|ab你|":         "7:3 mime/2045-2.7-8bit-octet",
		twoParts + "|x|--b--|": "",
		mimeHead + "Content-Type: multipart/mixed; boundary=b||é|--b||x|--b--|": "9:1 mime/2045-2.7-8bit-octet",
	}, []string{mimeHead + "Content-Transfer-Encoding: 8bit||ab你|"}},
	{"mime/2045-2.7-nul", map[string]string{
		head + "|a\x00|": "7:2 mime/2045-2.7-nul",
	}, []string{mimeHead + "Content-Transfer-Encoding: binary||a\x00|"}},
	{"mime/2045-6.7-escape-form", map[string]string{
		quoted + "a=G1 b|": "9:2 mime/2045-6.7-escape-form"}, []string{quoted + "=E4=|=BD=A0|x=|"}},
	{"mime/2045-6.7-small-letters", map[string]string{
		quoted + "=e4|": "9:1 mime/2045-6.7-small-letters"}, nil},
	{"mime/2045-6.7-line-over-76", map[string]string{
		quoted + strings.Repeat("x", 77) + "|": "9:77 mime/2045-6.7-line-over-76"},
		[]string{quoted + strings.Repeat("x", 75) + "=|x|"}},
	{"mime/2045-6.7-space-at-end", map[string]string{
		quoted + "a \t|": "9:2 mime/2045-6.7-space-at-end"}, []string{quoted + "a =20|"}},
	{"mime/2045-6.7-raw-octet", map[string]string{
		quoted + "a你|": "9:2 mime/2045-6.7-raw-octet"}, []string{quoted + "a\tb|"}},
	{"mime/2045-6.8-foreign-octet", map[string]string{
		based + "QU*JD|": "9:3 mime/2045-6.8-foreign-octet"}, []string{based + "QU JD|"}},
	{"mime/2045-6.8-line-over-76", map[string]string{
		based + strings.Repeat("QUJD", 20) + "|": "9:77 mime/2045-6.8-line-over-76"},
		[]string{based + strings.Repeat("QUJD", 19) + "|"}},
	{"mime/2045-6.8-cut-off", map[string]string{
		based + "QUJD|QUI|":  "10:0 mime/2045-6.8-cut-off",
		based + "QUJD|Q|":    "10:0 mime/2045-6.8-cut-off",
		based + "QUI==|":     "9:0 mime/2045-6.8-cut-off",
		based + "QU==|QUJD|": "10:1 mime/2045-6.8-after-padding",
	}, []string{based + "QUJD|QUI=|", based, based + "QU==|"}},
	{"mime/2045-6.8-after-padding", map[string]string{
		based + "QU==|a footer|": "10:1 mime/2045-6.8-after-padding"}, nil},

	{"mime/2046-5.1.1-boundary-parameter-missing", map[string]string{
		mimeHead + "Content-Type: multipart/mixed||x|": "7:0 mime/2046-5.1.1-boundary-parameter-missing",
	}, nil},
	{"mime/2046-5.1.1-boundary-form", map[string]string{
		mimeHead + "Content-Type: multipart/mixed; boundary=\"b*\"||--b*||x|--b*--|": "" +
			"7:0 mime/2046-5.1.1-boundary-form",
		mimeHead + "Content-Type: multipart/mixed;| boundary=" + long + "||--" + long + "||x|--" + long + "--|": "" +
			"7:0 mime/2046-5.1.1-boundary-form, 8:79 message/5322-2.1.1-line-over-78",
	}, []string{mimeHead + "Content-Type: multipart/mixed; boundary=\"a b'()+_,-./:=?\"||" +
		"--a b'()+_,-./:=?||x|--a b'()+_,-./:=?--|"}},
	{"mime/2046-5.1.1-boundary-absent", map[string]string{
		mimeHead + "Content-Type: multipart/mixed; boundary=b||hello|": "9:0 mime/2046-5.1.1-boundary-absent",
	}, nil},
	{"mime/2046-5.1.1-not-closed", map[string]string{
		twoParts + "|x|": "11:0 mime/2046-5.1.1-not-closed",
		twoParts + "Content-Type: multipart/mixed; boundary=c||--c||x|--b--|": "14:0 mime/2046-5.1.1-not-closed",
	}, []string{twoParts + "|x|--b--"}},
	{"mime/2046-5.1.1-boundary-prefix", map[string]string{
		twoParts + "Content-Type: multipart/mixed; boundary=b2||--b2||x|--b2--|--b--|": "" +
			"10:0 mime/2046-5.1.1-boundary-prefix",
	}, []string{twoParts + "Content-Type: multipart/mixed; boundary=cb||--cb||x|--cb--|--b--|"}},
	{"mime/2046-5.1.1-boundary-of-outer", map[string]string{
		twoParts + "Content-Type: multipart/mixed; boundary=b||--b--|": "" +
			"10:0 mime/2046-5.1.1-boundary-of-outer, 11:0 mime/2046-5.1.1-no-part, 12:0 mime/2046-5.1.1-not-closed",
	}, nil},
	{"mime/2046-5.1.1-boundary-in-text", map[string]string{
		twoParts + "|x|--bye|--b--|": "12:1 mime/2046-5.1.1-boundary-in-text"},
		[]string{twoParts + "|x|--|-- |Bob|--b--|"}},
	{"mime/2046-5.1.1-no-part", map[string]string{
		mimeHead + "Content-Type: multipart/mixed; boundary=b||x|--b--|": "9:0 mime/2046-5.1.1-no-part",
	}, nil},
	{"mime/2046-5.1.1-no-empty-line", map[string]string{
		twoParts + "hello|--b--|":                          "10:0 mime/2046-5.1.1-no-empty-line",
		twoParts + "Content-Type: text/plain|hello|--b--|": "11:0 mime/2046-5.1.1-no-empty-line",
	}, []string{twoParts + "Content-Type: text/plain|--b--|", twoParts + "|--b--|"}},
	{"mime/2046-5.1.1-epilogue", map[string]string{
		twoParts + "|x|--b--||bye|": "14:0 mime/2046-5.1.1-epilogue"}, []string{twoParts + "|x|--b--|||"}},
	{"mime/2046-5.1.4-plain-after-html", map[string]string{
		strings.Replace(twoParts, "mixed", "alternative", 1) +
			"Content-Type: text/html||x|--b||y|--b--|": "14:0 mime/2046-5.1.4-plain-after-html"},
		[]string{strings.Replace(twoParts, "mixed", "alternative", 1) +
			"|x|--b|Content-Type: text/html||y|--b--|"}},
	{"mime/not-looked-into", map[string]string{
		twoParts + strings.Repeat("|x|--b|", 1000) + "|--b--|": "1:0 mime/not-looked-into, 3004:0 mime/not-looked-into",
	}, nil},
}

// quoted and based have their body from line 8 on.
const (
	quoted = mimeHead + "Content-Transfer-Encoding: quoted-printable||"
	based  = mimeHead + "Content-Transfer-Encoding: base64||"
)

// long is longer than a boundary may be.
var long = strings.Repeat("b", 71)

func TestLintRules(t *testing.T) {
	tested := map[string]bool{}
	for _, row := range lintTable {
		tested[row.id] = true
		named := false
		for message, want := range row.breaks {
			got := strings.Join(lint(t, Lint{}, crlf(message)), ", ")
			if got != want {
				t.Errorf("%.300q:\n got %s\nwant %s", message, got, want)
			}
			named = named || strings.Contains(want, row.id)
		}
		if !named {
			t.Errorf("nothing breaks %s", row.id)
		}
		for _, message := range row.keeps {
			if got := lint(t, Lint{}, crlf(message)); got != nil {
				t.Errorf("%q: got %v, want nothing", message, got)
			}
		}
	}
	for _, r := range LintRules() {
		if !tested[r.ID] {
			t.Errorf("%s is not tested", r.ID)
		}
	}
}

// TestLintUTF8: what SMTPUTF8 allows is found without it.
func TestLintUTF8(t *testing.T) {
	message := crlf(strings.Replace(head, "Subject: x", "Subject: 你好", 1) + "|x|")
	if got := lint(t, Lint{UTF8: true}, message); got != nil {
		t.Error(got)
	}
	if got := lint(t, Lint{}, message); len(got) != 1 {
		t.Error(got)
	}
}

// TestLintCut: of the beginning of a good message nothing is missed.
func TestLintCut(t *testing.T) {
	message := crlf(twoParts + "Content-Transfer-Encoding: base64||QUJD|QUI=|--b|" +
		"Content-Type: multipart/mixed; boundary=c||--c||x|--c--|--b--|")
	n := strings.Index(message, "\r\n\r\n") + 4
	for line := range strings.Lines(message[n:]) {
		if got := lint(t, Lint{Cut: true}, message[:n]); got != nil {
			t.Errorf("%q: %s", message[:n], got)
		}
		n += len(line)
	}
}

// TestLintEmpty: a message without an octet has findings and no panic.
func TestLintEmpty(t *testing.T) {
	if got := lint(t, Lint{}, ""); len(got) < 2 {
		t.Error(got)
	}
}

// TestReportIsBounded: a file of wrong lines is one fault.
func TestReportIsBounded(t *testing.T) {
	message := crlf(head+"|") + strings.Repeat("é\n", 100000)
	var r Report
	in := strings.NewReader(message)
	if err := (Lint{}).Judge(in, Parse([]byte(message), Limits{}), &r); err != nil {
		t.Fatal(err)
	}
	all, err := r.Findings(in)
	if err != nil {
		t.Fatal(err)
	}
	more := map[string]int{}
	for _, f := range all {
		more[f.ID] += 1 + f.More
	}
	if len(all) != 2*listed || more[rule7Bit.ID] != 100000 || more[ruleBareLF.ID] != 100000 {
		t.Errorf("%d findings, %v", len(all), more)
	}
}

// FuzzLint: whatever comes is judged, and each finding lies in the message.
func FuzzLint(f *testing.F) {
	for _, row := range lintTable {
		for message := range row.breaks {
			if len(message) < 4000 {
				f.Add([]byte(crlf(message)))
			}
		}
	}
	levels := map[string]rule.Level{}
	for _, r := range append(Rules(), LintRules()...) {
		levels[r.ID] = r.Level
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r Report
		in := bytes.NewReader(message)
		if err := (Lint{}).Judge(in, Parse(message, Limits{}), &r); err != nil {
			t.Fatal(err)
		}
		all, err := r.Findings(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if f.Off < 0 || f.Off > int64(len(message)) || f.Line < 0 || levels[f.ID] != f.Level {
				t.Errorf("%+v", f)
			}
			if f.At > 0 && f.Off < int64(len(message)) && int(message[f.Off]) != f.Byte {
				t.Errorf("%+v: the octet is 0x%02x", f, message[f.Off])
			}
		}
	})
}
