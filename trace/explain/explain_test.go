package explain

import (
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/rule"
)

func TestMeaning(t *testing.T) {
	for _, c := range []struct{ key, want, section string }{
		{"smtp/reply/550", "mailbox unavailable", "RFC 5321 §4.2.3"},
		{"smtp/reply/550/RCPT", "recipient refused", "RFC 5321 §3.3"},
		{"smtp/reply/550/NOOP", "mailbox unavailable", "RFC 5321 §4.2.3"},
		{"smtp/reply/559", "refused for good", "RFC 5321 §4.2.1"},
		{"smtp/reply/559/RCPT", "refused for good", "RFC 5321 §4.2.1"},
		{"smtp/enhanced/5.1.1", "no such mailbox", "RFC 3463 §3.2"},
		{"smtp/enhanced/2.0.0", "success", "RFC 3463 §3.1"},
		{"smtp/enhanced/4.3.99", "refused for now, about the mail system", "RFC 3463 §3.4"},
		{"pop3/capability/UIDL", "the command UIDL", "RFC 2449 §6.8"},
	} {
		text, section, ok := Meaning(English, c.key)
		if !ok || !strings.HasPrefix(text, c.want) || section != c.section {
			t.Errorf("%s: %q, %q, %v", c.key, text, section, ok)
		}
	}
	for _, key := range []string{"", "smtp", "smtp/reply/", "smtp/reply/99", "smtp/reply/777",
		"smtp/reply/5x5", "smtp/enhanced/", "smtp/enhanced/5.1", "smtp/enhanced/9.1.99",
		"smtp/enhanced/5..", "smtp/enhanced/X.9.9", "smtp/command/mail"} {
		if text, _, ok := Meaning(Chinese, key); ok {
			t.Errorf("%q means %q", key, text)
		}
	}
}

func TestRule(t *testing.T) {
	f := rule.Finding{ID: "message/5322-3.6-field-twice", Args: []string{"Subject"}}
	if got := Rule(English, f); got != "a second Subject field: only one is allowed" {
		t.Error(got)
	}
	if got := Rule(Chinese, f); !strings.HasPrefix(got, "Subject 字段重复") {
		t.Error(got)
	}
	f = rule.Finding{ID: "smtp/0-nobody-wrote-this"}
	if got := Rule(English, f); got != f.ID {
		t.Error(got)
	}
}

func TestWaiting(t *testing.T) {
	for _, c := range []struct {
		w      trace.Waiting
		en, zh string
	}{
		{trace.Waiting{Client: "reply", Server: "end-of-data"},
			"C waits for a reply; S waits for <CRLF>.<CRLF>",
			"C 在等应答；S 在等结束标志 <CRLF>.<CRLF>"},
		{trace.Waiting{Client: "continuation"}, "C waits for the server's + to go on",
			"C 在等服务器的 +（继续请求）"},
		{trace.Waiting{Server: "continuation"}, "S waits for the rest of the command",
			"S 在等命令的其余部分"},
		{trace.Waiting{Server: "something"}, "S waits for something", "S 在等something"},
		{trace.Waiting{}, "", ""},
	} {
		if en, zh := Waiting(English, c.w), Waiting(Chinese, c.w); en != c.en || zh != c.zh {
			t.Errorf("%+v: %q, %q", c.w, en, zh)
		}
	}
}

func TestPhase(t *testing.T) {
	heading, purpose := Phase(Chinese, trace.IMAP, "not authenticated")
	if heading != "未鉴别" || purpose.Section != "RFC 9051 §3.1" {
		t.Errorf("%q, %+v", heading, purpose)
	}
	heading, purpose = Phase(English, trace.SMTP, "lunch")
	if heading != "lunch" || purpose.Text != "" {
		t.Errorf("%q, %+v", heading, purpose)
	}
	if got := Say(English, "phases/message", "n", "1", "total", "2"); got != "message 1 of 2" {
		t.Error(got)
	}
}

func TestMark(t *testing.T) {
	server, client := trace.Server, trace.Client
	layer, closed := trace.LayerChange, trace.Closed
	for _, c := range []struct {
		ev   trace.Event
		want string
	}{
		{trace.Event{Kind: trace.Connect, Text: "[::1]:2525"}, "TCP connected to [::1]:2525"},
		{trace.Event{Kind: closed, End: server, Text: "eof"}, "TCP closed by the server"},
		{trace.Event{Kind: closed, End: client, Text: "fin"},
			"the client will send no more (FIN)"},
		{trace.Event{Kind: closed, End: client, Text: "timeout"},
			"closed: nobody spoke in time"},
		{trace.Event{Kind: closed}, "TCP closed"},
		{trace.Event{Kind: layer, Verb: "tls", Text: "TLS 1.3 X"},
			"TLS handshake done: TLS 1.3 X"},
		{trace.Event{Kind: layer, Verb: "tls", Text: "tls: bad certificate"},
			"TLS failed: tls: bad certificate"},
		{trace.Event{Kind: layer, Verb: "deflate"}, "compressed from here on (DEFLATE)"},
		{trace.Event{Kind: trace.Gap, End: server, Len: 12},
			"12 octets of S are missing from the record"},
		{trace.Event{Kind: trace.Command}, ""},
	} {
		if got := Mark(English, &c.ev); got != c.want {
			t.Errorf("%+v: %q", c.ev, got)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		flag, env, system string
		want              Lang
	}{
		{"", "", "", English},
		{"zh", "LANG=en_GB.UTF-8", "", Chinese},
		{"en", "LANG=zh_CN.UTF-8", "zh-CN", English},
		{"", "LANG=zh_CN.UTF-8", "", Chinese},
		{"", "LC_ALL=C LANG=zh_CN.UTF-8", "zh-CN", English},
		{"", "LC_ALL=C.UTF-8 LC_MESSAGES=zh_TW", "", English},
		{"", "LC_MESSAGES=zh_TW LANG=de_DE", "", Chinese},
		{"", "MAILTOOL_LANG=zh LC_ALL=C", "", Chinese},
		{"", "LANG=Chinese_China.936", "", Chinese},
		{"", "LANG=de_DE", "zh-CN", English},
		{"", "", "zh-Hans-CN", Chinese},
	} {
		env := func(name string) string {
			for _, v := range strings.Fields(c.env) {
				if value, ok := strings.CutPrefix(v, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := detect(c.flag, env, func() string { return c.system }); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if _, ok := ParseLang("de"); ok {
		t.Error("mailtool speaks no German")
	}
}
