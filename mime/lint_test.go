package mime

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/mime/scan"
)

// linted lists what is found in a message as "line:at id".
func linted(t testing.TB, message string) (found []string) {
	t.Helper()
	all, err := Open([]byte(message)).Lint(scan.Lint{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := OpenAt(strings.NewReader(message), int64(len(message)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := at.Lint(scan.Lint{})
	if err != nil || fmt.Sprint(again) != fmt.Sprint(all) {
		t.Errorf("%q from a file: %v, %v", message, again, err)
	}
	for _, f := range all {
		found = append(found, fmt.Sprintf("%d:%d %s", f.Line, f.At, f.ID))
	}
	return found
}

// good begins a header section: what is tested stands in line 6, and may replace what stands
// there.
const good = "Date: Mon, 23 Nov 2026 10:15:02 +0800|From: alice@lab.test|To: bob@lab.test|" +
	"Message-ID: <1@lab.test>|MIME-Version: 1.0|"

// lintTable is as that of package scan; lines are divided by |.
var lintTable = []struct {
	id     string
	breaks map[string]string
	keeps  []string
}{
	{"message/5322-3.4-address-form", map[string]string{
		good + "Subject: x|Cc: bob@lab.test, eve||":  "7:19 message/5322-3.4-address-form",
		good + "Subject: x|Cc: <bob@lab.test||":      "7:5 message/5322-3.4-address-form",
		good + "Subject: x|Cc:||":                    "7:0 message/5322-3.4-address-form",
		good + "Subject: x|Cc: a@b c@d||":            "7:5 message/5322-3.4-address-form",
		good + "Subject: x|Reply-To: bob@lab,test||": "7:19 message/5322-3.4-address-form",
	}, []string{
		good + "Subject: x|Cc: \"Bob, the reader\" <bob@lab.test>,| Eve (at home) <eve@[127.0.0.1]>||",
		good + "Subject: x|Cc: undisclosed-recipients:;||",
		good + "Subject: x|Cc: friends: bob@lab.test, eve@lab.test;||",
	}},
	{"message/5322-3.6.2-sender-missing", map[string]string{
		strings.Replace(good, "alice@lab.test", "alice@lab.test, bob@lab.test", 1) + "Subject: x||": "" +
			"2:0 message/5322-3.6.2-sender-missing",
	}, []string{strings.Replace(good, "alice@lab.test", "a@lab.test, b@lab.test|Sender: a@lab.test", 1) +
		"Subject: x||"}},
	{"mime/2047-2-word-form", map[string]string{
		good + "Subject: =?utf-8?q?hello world?=||": "6:10 mime/2047-2-word-form",
		good + "Subject: =?utf-8?x?hello?=||":       "6:10 mime/2047-2-word-form",
		good + "Subject: =?utf-8?q?hello||":         "6:10 mime/2047-2-word-form",
		good + "Subject: =?utf-8?q?hel| lo?=||":     "6:10 mime/2047-2-word-form",
	}, []string{good + "Subject: what=?||", good + "Subject: a=?b?=c||", good + "Subject: x|X-Y: =?a?b?c d||",
		good + "Subject: =?utf-8*en?q?hello?=||"}},
	{"mime/2047-2-word-over-75", map[string]string{
		good + "Subject:| =?utf-8?q?" + strings.Repeat("x", 64) + "?=||": "7:2 mime/2047-2-word-over-75",
	}, []string{good + "Subject:| =?utf-8?q?" + strings.Repeat("x", 63) + "?=||"}},
	{"mime/2047-5-word-in-quotes", map[string]string{
		good + "Subject: x|Cc: \"=?utf-8?q?Zo=C3=AB?=\" <z@lab.test>||": "7:6 mime/2047-5-word-in-quotes",
	}, []string{good + "Subject: \"x =?utf-8?q?Zo=C3=AB?= \"|Cc: =?utf-8?q?Zo=C3=AB?= <z@lab.test>||"}},
	{"mime/2047-5-word-in-parameter", map[string]string{
		good + "Subject: x|Content-Disposition: attachment; filename=\"=?utf-8?b?5L2g?=\"||": "" +
			"7:44 mime/2047-5-word-in-parameter",
	}, nil},
	{"mime/2047-5-word-not-apart", map[string]string{
		good + "Subject: Re:=?utf-8?q?Zo=C3=AB?=||":                "6:13 mime/2047-5-word-not-apart",
		good + "Subject: =?utf-8?q?Zo=C3=AB?=!||":                  "6:10 mime/2047-5-word-not-apart",
		good + "Subject: x|Cc: =?utf-8?q?Zo=C3=AB?=<z@lab.test>||": "7:5 mime/2047-5-word-not-apart",
	}, []string{good + "Subject: x|Cc: z@lab.test (=?utf-8?q?Zo=C3=AB?=)||"}},
	{"mime/2047-5-character-split", map[string]string{
		good + "Subject: =?utf-8?q?=E4=BD?= =?utf-8?q?=A0?=||": "6:10 mime/2047-5-character-split",
		good + "Subject: =?gb2312?q?=C4?=| =?GB2312?q?=E3?=||": "6:10 mime/2047-5-character-split",
	}, []string{good + "Subject: =?utf-8?q?=E4=BD=A0?= =?utf-8?q?=E5=A5=BD?=||"}},
	{"mime/2047-4-word-text", map[string]string{
		good + "Subject: =?utf-8?b?5L2g*?=||":          "6:10 mime/2047-4-word-text",
		good + "Subject: hi|Cc: =?gbk?B?!!!?= <a@b>||": "7:5 mime/2047-4-word-text",
	}, []string{good + "Subject: =?utf-8?b?5L2g?=||"}},
	{"mime/2047-4.2-word-escape", map[string]string{
		good + "Subject: =?utf-8?q?=ZZ?=||":         "6:10 mime/2047-4.2-word-escape",
		good + "Subject: x =?utf-8?Q?a=4?=||":       "6:12 mime/2047-4.2-word-escape",
		good + "Subject: =?utf-8?q?1+1=?=||":        "6:10 mime/2047-4.2-word-escape",
		good + "Subject: hi|Cc: =?x?q?==?= <a@b>||": "7:5 mime/2047-4.2-word-escape",
	}, []string{good + "Subject: =?utf-8?q?=4a=3D_=3F?=||", good + "Subject: =?utf-8?b?eA==?=||"}},
	{"mime/2047-2-word-charset-unknown", map[string]string{
		good + "Subject: =?klingon?q?x?=||": "6:10 mime/2047-2-word-charset-unknown",
	}, []string{good + "Subject: =?KOI8-R?q?x?=||"}},
	{"mime/2047-2-word-not-in-charset", map[string]string{
		good + "Subject: =?utf-8?q?=C4=E3?=||":                 "6:10 mime/2047-2-word-not-in-charset",
		good + "Subject: =?utf-8?q?=C4?= =?utf-8?q?x?= y||":    "6:26 mime/2047-2-word-not-in-charset",
		good + "Subject: =?utf-8?q?=C4?= =?gbk?q?=C4=E3?= y||": "6:10 mime/2047-2-word-not-in-charset",
	}, []string{good + "Subject: =?gbk?q?=C4=E3?=||"}},
	{"mime/2231-4-charset-unknown", map[string]string{
		good + "Subject: x|Content-Disposition: inline; filename*=klingon''x||": "7:0 mime/2231-4-charset-unknown",
	}, []string{good + "Subject: x|Content-Disposition: inline; filename*=gb18030''%C4%E3||"}},
	{"mime/2046-4.1.2-charset-unknown", map[string]string{
		good + "Subject: x|Content-Type: text/plain; charset=klingon||x|": "7:0 mime/2046-4.1.2-charset-unknown",
	}, []string{good + "Subject: x|Content-Type: text/plain; charset=\"Big5\"||x|"}},
	{"mime/2046-4.1.2-charset-not-read", map[string]string{
		good + "Subject: x|Content-Type: text/plain; charset=iso-2022-kr||x|":       "7:0 mime/2046-4.1.2-charset-not-read",
		good + "Subject: x|Content-Disposition: inline; filename*=ISO-2022-CN''x||": "7:0 mime/2046-4.1.2-charset-not-read",
		good + "Subject: =?iso-2022-kr?q?x?=||":                                     "6:10 mime/2046-4.1.2-charset-not-read",
	}, []string{good + "Subject: =?cp949?q?=BE=C8?=|Content-Type: text/plain; charset=uhc||x|"}},
	{"mime/2045-5.2-charset-missing", map[string]string{
		good + "Subject: x|Content-Transfer-Encoding: 8bit||你好，世界|": "1:0 mime/2045-5.2-charset-missing",
	}, []string{good + "Subject: x|Content-Transfer-Encoding: base64||" + "QUJD|"}},
	{"mime/2046-4.1.2-charset-lies", map[string]string{
		good + "Subject: x|Content-Type: text/plain; charset=us-ascii|Content-Transfer-Encoding: 8bit||你好，世界|": "" +
			"7:0 mime/2046-4.1.2-charset-lies",
		good + "Subject: x|Content-Type: text/plain; charset=utf-8|Content-Transfer-Encoding: quoted-printable||" +
			"=C4=E3=BA=C3=A3=AC=CA=C0=BD=E7|": "7:0 mime/2046-4.1.2-charset-lies",
	}, []string{good + "Subject: x|Content-Type: text/plain; charset=GB2312|Content-Transfer-Encoding: quoted-printable||" +
		"=C4=E3=BA=C3=A3=AC=CA=C0=BD=E7|"}},
	{"mime/2183-2.3-file-name", map[string]string{
		good + "Subject: x|Content-Disposition: inline; filename*=utf-8''a%E2%80%AEtxt.exe||": "" +
			"7:0 mime/2183-2.3-file-name",
		good + "Subject: x|Content-Disposition: attachment; filename=\"../../.bashrc\"||": "7:0 mime/2183-2.3-file-name",
	}, []string{good + "Subject: x|Content-Disposition: attachment; filename=\"a b.txt\"||"}},
	{"mime/2392-2-part-missing", map[string]string{
		pageWith("cat@lab.test", "dog@lab.test"): "10:0 mime/2392-2-part-missing",
	}, []string{pageWith("cat@lab.test", "cat@lab.test"), pageWith("c%61t@lab.test", "cat@lab.test")}},
}

// pageWith is a page that shows a picture, and a part with a picture; its header begins in line 10.
func pageWith(shown, there string) string {
	return good + "Subject: x|Content-Type: multipart/related; boundary=b||--b|" +
		"Content-Type: text/html||<p>cid: no link<img src=\"cid:" + shown + "\">|--b|" +
		"Content-Type: image/png|Content-ID: <" + there + ">||x|--b--|"
}

func TestLintRules(t *testing.T) {
	tested := map[string]bool{}
	for _, row := range lintTable {
		tested[row.id] = true
		for message, want := range row.breaks {
			got := strings.Join(linted(t, strings.ReplaceAll(message, "|", "\r\n")), ", ")
			if got != want || !strings.Contains(want, row.id) {
				t.Errorf("%q:\n got %s\nwant %s", message, got, want)
			}
		}
		for _, message := range row.keeps {
			if got := linted(t, strings.ReplaceAll(message, "|", "\r\n")); got != nil {
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

// FuzzLint: whatever comes is judged, from memory and from a file alike.
func FuzzLint(f *testing.F) {
	for _, row := range lintTable {
		for message := range row.breaks {
			f.Add([]byte(strings.ReplaceAll(message, "|", "\r\n")))
		}
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		all, err := Open(message).Lint(scan.Lint{})
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range all {
			if found.Off < 0 || found.Off > int64(len(message)) ||
				found.At > 0 && int(message[found.Off]) != found.Byte {
				t.Errorf("%+v", found)
			}
		}
		m, err := OpenAt(bytes.NewReader(message), int64(len(message)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := m.Lint(scan.Lint{})
		if err != nil || len(again) != len(all) {
			t.Errorf("%d findings in memory, %d in a file, %v", len(all), len(again), err)
		}
	})
}

// TestLintIsLinear: what looks like many words, in long fields of many parts, takes no time
// that grows with its square.
func TestLintIsLinear(t *testing.T) {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(good+"Content-Type: multipart/mixed; boundary=b||", "|", "\r\n"))
	for _, value := range []string{"Subject: " + strings.Repeat("=?a?q?", 40000),
		"To: " + strings.Repeat("=?a?q?b?= ", 25000), "To: " + strings.Repeat("\"=?a?q?b?=\" ", 20000)} {
		for range 8 {
			b.WriteString("--b\r\n" + value + "\r\n\r\nx\r\n")
		}
	}
	begin := time.Now()
	if _, err := Open([]byte(b.String())).Lint(scan.Lint{}); err != nil {
		t.Fatal(err)
	}
	// A race detector and a busy machine make ten of the two seconds; what is quadratic takes
	// a hundred without them.
	if took := time.Since(begin); took > 60*time.Second {
		t.Errorf("%d octets took %v", b.Len(), took)
	}
}

// TestLintCorpus: mail that nobody here wrote is judged without an error, and what is found lies
// in it.
func TestLintCorpus(t *testing.T) {
	judged := 0
	err := filepath.WalkDir("testdata/corpus", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".md") {
			return err
		}
		message, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found, err := Open(message).Lint(scan.Lint{})
		for _, f := range found {
			if f.Off > int64(len(message)) || f.At > 0 && int(message[f.Off]) != f.Byte {
				t.Errorf("%s: %+v", name, f)
			}
		}
		judged++
		return err
	})
	if err != nil || judged == 0 {
		t.Errorf("%d messages, %v", judged, err)
	}
}
