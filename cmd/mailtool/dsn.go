package main

import (
	"strings"

	"github.com/spf13/pflag"

	"mailtool/smtp"
)

// reportFlags are which reports a sender asks for (RFC 3461).
type reportFlags struct {
	notify, ret, envid, orcpt string

	given func(flag string) bool
}

func (r *reportFlags) flags(fs *pflag.FlagSet) {
	fs.StringVar(&r.notify, "notify", "", "")
	fs.StringVar(&r.ret, "ret", "", "")
	fs.StringVar(&r.envid, "envid", "", "")
	fs.StringVar(&r.orcpt, "orcpt", "", "")
	r.given = fs.Changed
}

// first is the first of the flags that was given, "" where none was.
func (r *reportFlags) first() string {
	for _, flag := range []string{"notify", "ret", "envid", "orcpt"} {
		if r.given(flag) {
			return "--" + flag
		}
	}
	return ""
}

// The words of --notify and --ret.
var (
	notifyWords = []string{"never", "success", "failure", "delay"}
	returnWords = []string{"full", "hdrs"}
)

// mark writes what is asked for on the envelopes.
func (r *reportFlags) mark(p *program, letters []*letter) error {
	var asked smtp.Envelope
	var n smtp.Notice
	var ok bool
	if r.given("notify") {
		if n.Notify, ok = smtp.ParseNotify(r.notify); !ok {
			return p.choice("notify", r.notify, strings.Join(notifyWords, ", ")).
				hint("hint/notify", "")
		}
	}
	if r.given("ret") {
		if asked.Return, ok = smtp.ParseReturn(r.ret); !ok {
			return p.choice("ret", r.ret, strings.Join(returnWords, ", "))
		}
	}
	if _, ok = smtp.EnvelopeIDValue(r.envid); r.given("envid") && !ok {
		return fail(exitUsage, "error/envid", "word", r.envid)
	}
	if r.given("orcpt") {
		if n.Original, ok = original(r.orcpt); !ok {
			return fail(exitUsage, "error/orcpt", "word", r.orcpt)
		}
	}
	for _, m := range letters {
		if r.given("orcpt") && len(m.envelope.To) > 1 {
			return fail(exitUsage, "error/orcpt/many")
		}
		m.envelope.Return, m.envelope.EnvID = asked.Return, r.envid
		if n != (smtp.Notice{}) {
			m.envelope.Notices = nil
			for range m.envelope.To {
				m.envelope.Notices = append(m.envelope.Notices, n)
			}
		}
	}
	return nil
}

// original reads an address, or TYPE;ADDRESS with an address of another kind.
func original(s string) (smtp.Original, bool) {
	o := smtp.Original{Type: "rfc822", Address: s}
	if kind, address, ok := strings.Cut(s, ";"); ok {
		o = smtp.Original{Type: kind, Address: address}
	} else if m, err := smtp.ParseMailbox(s); err == nil && !m.IsASCII() {
		o.Type = "utf-8" // RFC 6533 §3
	}
	return smtp.ParseOriginal(o.String(), true)
}
