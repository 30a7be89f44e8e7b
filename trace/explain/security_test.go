package explain

import (
	"strings"
	"testing"
	"time"

	"mailtool/trace"
)

// TestSecurity: what is said of a server's certificate.
func TestSecurity(t *testing.T) {
	s := &trace.Security{Version: "TLS 1.3", Host: "mx.example", Chain: []trace.Certificate{{
		Issuer: `CN=A\, B,O=C`, Names: []string{"mail.lab.test"},
		Until: time.Date(2027, 2, 21, 23, 0, 0, 0, time.UTC)}}}
	name := trace.Fault{Cause: "name", Args: []string{"names", "mail.lab.test", "host", "mx.example"}}
	expired := trace.Fault{Cause: "expired", Args: []string{"until", "2027-02-21"}}
	const own = "certificate: for mail.lab.test; signed by A\\, B; good until 2027-02-21\n"
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() { s.Root = "CN=A" }, own + "trusted: this program believes what A signs"},
		{func() { s.Root, s.Faults = "", []trace.Fault{name, expired} }, own +
			"NOT trusted: the certificate is for mail.lab.test, not for mx.example; " +
			"and the certificate expired on 2027-02-21"},
		{func() { s.Anyway, s.Faults = true, []trace.Fault{expired} }, own +
			"NOT trusted, and gone on all the same because of -k: the certificate expired on 2027-02-21"},
		// The mark of a handshake that failed says why by itself.
		{func() { s.Version, s.Anyway = "", false }, strings.TrimSuffix(own, "\n")},
		{func() { s.Chain = nil }, ""},
	} {
		c.change()
		if got := strings.Join(Security(English, s), "\n"); got != c.want {
			t.Errorf("said\n%s\nwant\n%s", got, c.want)
		}
	}
	failed := &trace.Event{Kind: trace.LayerChange, Verb: "tls", Text: "x509: no", Security: s}
	if got := Mark(Chinese, failed); got != "TLS 失败：证书已于 2027-02-21 过期" {
		t.Error(got)
	}
	if got := Fault(English, trace.Fault{Cause: "of-later"}); got != "of-later" {
		t.Error(got)
	}
}
