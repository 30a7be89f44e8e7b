package scan

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/trace/rule"
)

// judge feeds a header, its lines divided by |, and lists what is found as
// "line:at id", lines counted from 1; the end of the data is line 0.
func judge(h *HeaderCheck, lines []string) (found []string) {
	list := func(n int, fs []rule.Finding) {
		for _, f := range fs {
			found = append(found, fmt.Sprintf("%d:%d %s", n, f.At, strings.TrimPrefix(f.ID, "message/")))
		}
	}
	for i, line := range lines {
		list(i+1, h.Line([]byte(line)))
	}
	list(0, h.End())
	return found
}

// good begins a header in which nothing is missing: its last line is line 2.
const good = "Date: Mon, 23 Nov 2026 10:15:02 +0800|From: alice@lab.test|"

// ruleTable has for each rule messages that break it, with all that is found in them,
// and messages that do not break any. Lines are divided by |.
var ruleTable = []struct {
	id     string
	breaks map[string]string
	keeps  []string
}{
	{"5322-3.6-no-header", map[string]string{
		"Do you like ketchup?||x": "1:1 5322-3.6-no-header",
	}, []string{good + "|Do you like ketchup?"}},
	{"5322-3.6-from-missing", map[string]string{
		"Date: Mon, 23 Nov 2026 10:15:02 +0800|": "2:0 5322-3.6-from-missing",
		"|x":                                     "1:0 5322-3.6-date-missing, 1:0 5322-3.6-from-missing",
	}, []string{good, "date:23 nov 2026 10:15 +0800|FROM:a@b|"}},
	{"5322-3.6-date-missing", map[string]string{
		"From: a@b||Date: Mon, 23 Nov 2026 10:15:02 +0800": "2:0 5322-3.6-date-missing",
		"From: a@b": "0:0 5322-3.6-date-missing",
	}, []string{good}},
	{"5322-3.6-field-twice", map[string]string{
		good + "to: a@b|To: c@d|TO: e@f|":             "4:1 5322-3.6-field-twice, 5:1 5322-3.6-field-twice",
		good + "From: c@d|":                           "3:1 5322-3.6-field-twice",
		good + "Subject: a|Subject: b":                "4:1 5322-3.6-field-twice",
		good + "Message-ID: <a@b>|Message-Id: <a@b>|": "4:1 5322-3.6-field-twice",
		good + "In-Reply-To: <a@b>|In-Reply-To: <a@b>|References: <a@b>|References: <c@d>|": "" +
			"4:1 5322-3.6-field-twice, 6:1 5322-3.6-field-twice",
		good + "Sender: a@b|Sender: a@b|Reply-To: a@b|Reply-To: a@b|Cc: a@b|Cc: a@b|": "" +
			"4:1 5322-3.6-field-twice, 6:1 5322-3.6-field-twice, 8:1 5322-3.6-field-twice",
		good + "Bcc:|Bcc:|": "4:1 5322-3.6-field-twice",
	}, []string{
		"Received: a|Received: b|Return-Path: <a@b>|" + good + "Comments: a|Comments: b|",
		"Resent-To: a@b|Resent-To: c@d|" + good + "Keywords: a|Keywords: b|X-To: a|X-To: b|",
	}},
	{"5322-2.1-no-empty-line", map[string]string{
		good + "Do you like ketchup?|From: x|": "3:1 5322-2.1-no-empty-line",
		good + ".|":                            "3:1 5322-2.1-no-empty-line",
		"From: alice@lab.test|Hi Bob": "" +
			"2:1 5322-2.1-no-empty-line, 2:0 5322-3.6-date-missing",
		good + "你好|": "3:1 5322-2.1-no-empty-line",
	}, []string{good + "|Do you like ketchup?", strings.TrimSuffix(good, "|")}},
	{"5322-2.2-no-field-name", map[string]string{
		good + ": hello|": "3:1 5322-2.2-no-field-name",
	}, []string{good + "X:|"}},
	{"5322-2.2-field-name-octet", map[string]string{
		good + "主题: hello|":             "3:1 5322-2.2-field-name-octet",
		"\ufeffFrom: a@b|" + good + "|": "1:1 5322-2.2-field-name-octet",
	}, []string{good + "!#$%~: hello|"}},
	{"5322-4.5-space-before-colon", map[string]string{
		good + "Subject : hello|":   "3:8 5322-4.5-space-before-colon",
		good + "Subject \t: hello|": "3:8 5322-4.5-space-before-colon",
		"From : a@b|" + good[:38]:   "1:5 5322-4.5-space-before-colon",
	}, []string{good + "Subject:hello : there|"}},
	{"5322-2.2-mbox-from-line", map[string]string{
		"From alice@lab.test Mon Nov 23 10:15:02 2026|" + good: "1:1 5322-2.2-mbox-from-line",
	}, []string{good + "|From alice"}},
	{"5322-2.2.3-folded-first-line", map[string]string{
		" x|" + good: "1:1 5322-2.2.3-folded-first-line",
		"\t|" + good: "1:1 5322-2.2.3-folded-first-line",
	}, []string{good + "Subject: a| b|"}},
	{"5322-3.2.2-blank-folded-line", map[string]string{
		good + "Subject: a| \t||": "4:1 5322-3.2.2-blank-folded-line",
	}, []string{good + "Subject:| a|"}},
	{"5322-2.2-8bit-octet", map[string]string{
		good + "Subject: 你好|":   "3:10 5322-2.2-8bit-octet",
		good + "Subject: a| é|": "4:2 5322-2.2-8bit-octet",
	}, []string{good + "Subject: =?utf-8?q?=C3=A9?=||你好"}},
	{"5322-2.1.1-line-over-998", map[string]string{
		good + "X: " + strings.Repeat("x", 996) + "|": "3:999 5322-2.1.1-line-over-998",
	}, []string{
		good + "X: " + strings.Repeat("x", 995) + "|",
		good + "|" + strings.Repeat("x", 2000) + "|",
	}},
	{"5322-3.3-date-form", map[string]string{
		"From: a@b|Date: 7/4/2021|":                            "2:8 5322-3.3-date-form",
		"From: a@b|Date: 2021-04-07 10:00:00|":                 "2:7 5322-3.3-date-form",
		"From: a@b|Date: Mon Nov 23 10:15:02 2026|":            "2:11 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 +08:00|":    "2:33 5322-3.3-date-form",
		"From: a@b|Date: Monday, 23 Nov 2026 10:15:02 +0800|":  "2:7 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026 9:15:02 +0800|":      "2:24 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026 24:15:02 +0800|":     "2:24 5322-3.3-date-form",
		"From: a@b|Date: Tue, 31 Nov 2026 10:15:02 +0800|":     "2:12 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026| 10:15:02 x!|":       "3:12 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 +0800 CST|": "2:39 5322-3.3-date-form",
		"From: a@b|Date: now|":                                 "2:7 5322-3.3-date-form",
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 +|":         "2:33 5322-3.3-date-form",
		"From: a@b|Date: 31| Nov 2026 10:15:02 +0800|":         "3:0 5322-3.3-date-form",
	}, []string{
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 +0800 (CST)|",
		"From: a@b|Date: 3 Nov 2026 10:15 -0000|",
		"From: a@b|Date: Mon,| 23 Nov| 2026 10:15:02| +0800|",
		"From: a@b|Date: Wed, 31 Dec 2008 23:59:60 +0000|",
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 +0800 (a (b) c| d)|",
		"From: a@b|Date:" + strings.Repeat(" ", 100) + "x|", // too long to be judged
	}},
	{"5322-3.3-date-incomplete", map[string]string{
		"From: a@b|Date:|": "3:0 5322-3.3-date-incomplete",
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02|X: y|": "3:0 5322-3.3-date-incomplete",
		"From: a@b|Date: Mon, 23 Nov 2026":                "0:0 5322-3.3-date-incomplete",
	}, []string{"From: a@b|Date: Mon, 23 Nov 2026 10:15:02| +0800|"}},
	{"5322-3.3-date-weekday", map[string]string{
		"From: a@b|Date: Tue, 23 Nov 2026 10:15:02 +0800|": "2:7 5322-3.3-date-weekday",
		// The fault is in a line that is over: no octet of this one is singled out.
		"From: a@b|Date: Tue, 23 Nov 2026| 10:15:02 +0800|": "3:0 5322-3.3-date-weekday",
	}, []string{"From: a@b|Date: Mon, 23 Nov 2026 00:15:02 +0800|"}},
	{"5322-4.3-date-obsolete", map[string]string{
		"From: a@b|Date: Mon, 23 Nov 2026 10:15:02 GMT|":  "2:33 5322-4.3-date-obsolete",
		"From: a@b|Date: Mon, 23 Nov 26 10:15:02 +0000|":  "2:19 5322-4.3-date-obsolete",
		"From: a@b|Date: Mon, 23 Nov 26| 10:15:02 +0000|": "3:0 5322-4.3-date-obsolete",
	}, []string{good}},
	{"5322-3.6.2-from-without-address", map[string]string{
		good[:38] + "From: alice|To: bob@lab.test|": "3:0 5322-3.6.2-from-without-address",
		good[:38] + "From:":                         "0:0 5322-3.6.2-from-without-address",
	}, []string{
		good[:38] + "From: Alice Who Has| A Long Name| <alice@lab.test>|",
		good[:38] + "From: Nobody:;|",
	}},
	{"5322-3.6.3-bcc-transmitted", map[string]string{
		good + "Bcc: eve@lab.test|":       "3:6 5322-3.6.3-bcc-transmitted",
		good + "BCC:| eve@lab.test, b@c|": "4:2 5322-3.6.3-bcc-transmitted",
	}, []string{good + "Bcc:|", good + "Bcc: |"}},
}

func TestRules(t *testing.T) {
	for _, row := range ruleTable {
		for header, want := range row.breaks {
			got := strings.Join(judge(new(HeaderCheck), strings.Split(header, "|")), ", ")
			if got != want {
				t.Errorf("%q:\n got %s\nwant %s", header, got, want)
			}
			if !strings.Contains(want, row.id) {
				t.Errorf("%q does not break %s", header, row.id)
			}
		}
		for _, header := range row.keeps {
			if got := judge(new(HeaderCheck), strings.Split(header, "|")); got != nil {
				t.Errorf("%q: got %v, want nothing", header, got)
			}
		}
	}
}

func TestHeaderInUTF8(t *testing.T) {
	for header, want := range map[string]string{
		good + "Subject: 你好|":          "",
		good + "Subject: a\xc3\x28|":   "3:11 6532-3.1-not-utf8",
		good + "Subject: 你好| caf\xe9|": "4:5 6532-3.1-not-utf8",
		good + "主题: x|":                "3:1 5322-2.2-field-name-octet",
	} {
		got := strings.Join(judge(&HeaderCheck{UTF8: true}, strings.Split(header, "|")), ", ")
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", header, got, want)
		}
	}
}

// Headers as programs in daily use write them: none may be blamed.
func TestRealHeaders(t *testing.T) {
	for name, header := range map[string]string{
		"swaks": `Date: Mon, 23 Nov 2026 10:15:02 +0800
To: bob@lab.test
From: alice@lab.test
Subject: test Mon, 23 Nov 2026 10:15:02 +0800
Message-Id: <20261123101502.004242@lab.test>
X-Mailer: swaks v20240103.0 jetmore.org/john/code/swaks/
`,
		"Python": `Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64
MIME-Version: 1.0
Subject: =?utf-8?b?5L2g5aW9?=
From: Alice <alice@lab.test>
To: bob@lab.test, =?utf-8?q?Zo=C3=AB?= <zoe@lab.test>
Date: Mon, 23 Nov 2026 02:15:02 -0000
Message-ID: <176387.42.1@lab>
`,
		"Postfix bounce": `Received: by mail.lab.test (Postfix)
	id 4B2C1; Mon, 23 Nov 2026 10:15:02 +0800 (CST)
Date: Mon, 23 Nov 2026 10:15:02 +0800 (CST)
From: MAILER-DAEMON@mail.lab.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: alice@lab.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4B2C1.1763864102/mail.lab.test"
Message-Id: <20261123021502.5A1@mail.lab.test>
`,
		"relayed": `Return-Path: <alice@lab.test>
Received: from a.test (a.test [192.0.2.1])
        by b.test with ESMTPS id x; Mon, 23 Nov 2026 02:15:03 GMT
Received: from c.test by a.test; Mon, 23 Nov 2026 02:15:02 +0000
DKIM-Signature: v=1; a=rsa-sha256; d=lab.test; s=x;
 h=from:to;
 b=abc
date: Mon, 23 Nov 2026 02:15:02 +0000
from: "Alice, of the lab" <alice@lab.test>
`,
	} {
		if got := judge(new(HeaderCheck), strings.Split(header, "\n")); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFindingSaysOctetAndName(t *testing.T) {
	var h HeaderCheck
	h.Line([]byte("To: a@b"))
	f := h.Line([]byte("tO : a@b"))
	if len(f) != 2 || f[0].Byte != ' ' || f[0].At != 3 || f[1].Args[0] != "tO" || f[1].Len != 2 {
		t.Errorf("got %+v", f)
	}
	if h.Done() || h.Line(nil) == nil || !h.Done() || h.Line([]byte("\xff")) != nil || h.End() != nil {
		t.Error("the section must end with the empty line, and once")
	}
}

func TestEveryRuleHasSentenceAndTest(t *testing.T) {
	files := os.DirFS("../../trace/explain/data")
	said := sentence.New(files, "rules-message")
	tested := map[string]bool{"6532-3.1-not-utf8": true} // in TestHeaderInUTF8
	for _, row := range ruleTable {
		tested[row.id] = true
	}
	for _, r := range Rules() {
		en, ok := said.Look(sentence.English, r.ID)
		zh, _ := said.Look(sentence.Chinese, r.ID)
		if !ok || zh == en {
			t.Errorf("%s: English %q, Chinese %q", r.ID, en, zh)
		}
		if n := len(strings.Fields(en)); n > 12 {
			t.Errorf("%s: %d words: %s", r.ID, n, en)
		}
		if !tested[strings.TrimPrefix(r.ID, "message/")] {
			t.Errorf("%s is not tested", r.ID)
		}
	}
}

func FuzzHeaderCheck(f *testing.F) {
	for _, row := range ruleTable {
		for header := range row.breaks {
			f.Add([]byte(strings.ReplaceAll(header, "|", "\n")))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var h HeaderCheck
		for line := range strings.SplitSeq(string(data), "\n") {
			for _, f := range h.Line([]byte(line)) {
				if f.Off < 0 || f.Len < 0 || int(f.Off+f.Len) > len(line) {
					t.Fatalf("%s: range %d+%d of line %q", f.ID, f.Off, f.Len, line)
				}
				if f.At > 0 && f.Byte != int(line[f.At-1]) {
					t.Fatalf("%s: byte %d of line %q is not %#x", f.ID, f.At, line, f.Byte)
				}
			}
		}
		h.End()
		if !h.Done() {
			t.Fatal("not over")
		}
	})
}

func BenchmarkHeaderLine(b *testing.B) {
	for name, line := range map[string]string{
		"Received": "Received: from client.lab.test by mail.lab.test with ESMTP; Mon, 23 Nov 2026",
		"Subject":  "Subject: Hello from mailtool",
		"From":     "From: alice@lab.test",
		"Date":     "Date: Mon, 23 Nov 2026 10:15:02 +0800",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			text := []byte(line)
			var h HeaderCheck
			for b.Loop() {
				h.seen, h.started = 0, true
				if h.Line(text) != nil {
					b.Fatal("finding")
				}
			}
		})
	}
}
