package term

import (
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/explain"
)

// TestSecurity: whose certificate it is, and what is wrong with it, has room on the screen and
// in a picture; and with whom one speaks is said in the end.
func TestSecurity(t *testing.T) {
	known := &trace.Security{Version: "TLS 1.3", Root: "CN=lab CA", Chain: []trace.Certificate{{
		Issuer: "CN=lab CA", Names: []string{"mail.lab.test", "localhost", "127.0.0.1", "::1"}}}}
	stranger := &trace.Security{Version: "TLS 1.3", Chain: known.Chain, Anyway: true, Faults: []trace.Fault{
		{Cause: "name", Args: []string{"names", "mail.lab.test, localhost", "host", "mail.example"}},
		{Cause: "issuer", Args: []string{"issuer", "lab\x1b CA"}}}}
	failed := &trace.Security{Chain: known.Chain, Faults: stranger.Faults}
	show := func(security *trace.Security, columns int, o Options) string {
		s := &script{phase: "handshake"}
		if security.Version != "" {
			s.layer = 1
		}
		text := "TLS 1.3 TLS_AES_128_GCM_SHA256"
		if security.Version == "" {
			text = "why"
		}
		s.mark(trace.NoEnd, trace.LayerChange, "tls", text).Security = security
		s.s("220 mail.lab.test ESMTP")
		o.Protocol, o.Width = trace.SMTP, columns
		got := screen(o, "done", s.events)
		for l := range strings.Lines(got) {
			if most := max(columns, o.Room); most > 0 && Columns(l) > most+1 {
				t.Errorf("%d columns:\n%s", Columns(l), l)
			}
		}
		return got
	}
	has(t, show(known, 80, Options{}), "# TLS handshake done: TLS 1.3 TLS_AES_128_GCM_SHA256\n"+
		"# certificate: for mail.lab.test, localhost, 127.0.0.1, ::1; signed by lab CA;\n#   good until",
		"# trusted: ", "-- handshake", " 1  S: 220", "| encrypted, TLS 1.3\n")
	has(t, show(stranger, 80, Options{}), "# NOT trusted", "\n#   ", `lab\x1B CA`,
		"| encrypted, TLS 1.3, but nobody knows with whom\n")
	has(t, show(stranger, 90, Options{Lang: explain.Chinese, Time: true, State: true}), "不可信", "但不知道对方是谁\n")
	has(t, show(stranger, 0, Options{Room: 120}), "localhost, not for\n#   mail.example;")
	has(t, show(stranger, 0, Options{}), "localhost, not for mail.example; and nobody here knows who signed the certificate")
	has(t, show(failed, 80, Options{}), "# TLS failed: the certificate is for", "\n#   ",
		"# certificate: for mail.lab.test", "| not encrypted\n")
}
