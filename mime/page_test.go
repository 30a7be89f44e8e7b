package mime

import (
	"strings"
	"testing"
	"time"
)

func TestPageText(t *testing.T) {
	for page, want := range map[string]string{
		"<p>Hi, <b>Bob</b></p><p>see <a href=\"http://lab.test/\">this</a></p>": "Hi, *Bob*\n\nsee this ( http://lab.test/ )\n",
		"<style>p{}</style><script>x()</script><ul><li>a<li>b</ul>":             "* a\n* b\n",
		"&#20320;&#22909; &amp; &lt;b&gt;":                                      "你好 & <b>\n",
		"plain":                                                                 "plain\n",
		"":                                                                      "\n",
	} {
		if got := PageText(page); got != want {
			t.Errorf("%q: %q, want %q", page, got, want)
		}
	}
}

// TestPageTextHostile: no page takes long.
func TestPageTextHostile(t *testing.T) {
	for name, piece := range map[string]string{"deep": "<div>", "tables": "<table><tr><td>", "bold": "<b>x",
		"lists": "<ul><li>", "quotes": "<blockquote>x", "open": "<", "comment": "<!--", "entities": "&amp",
		"headings": "<h1>", "links": "<a href=x>", "pre": "<pre>\n", "words": "x "} {
		start := time.Now()
		PageText(strings.Repeat(piece, (2<<20)/len(piece)))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Log(name, took)
		}
	}
}
