package smtp

import (
	"strings"
	"unicode/utf8"
)

// A Return says how much of a message a report of failure brings back (RFC 3461 §4.3).
type Return string

// What RET asks for.
const (
	ReturnFull    Return = "FULL"
	ReturnHeaders Return = "HDRS"
)

// ParseReturn reads the value of RET, in whatever case.
func ParseReturn(s string) (Return, bool) {
	r := Return(capitals(s))
	return r, r == ReturnFull || r == ReturnHeaders
}

// Notify says of what a sender wants a report, as a set (RFC 3461 §4.1). The zero value
// leaves that to the server, which then reports failure.
type Notify uint8

// What NOTIFY asks for. NotifyNever stands alone.
const (
	NotifyNever Notify = 1 << iota
	NotifySuccess
	NotifyFailure
	NotifyDelay
)

var notifyWords = []string{"NEVER", "SUCCESS", "FAILURE", "DELAY"}

// ParseNotify reads the value of NOTIFY: NEVER, or some of the other words, in whatever
// case.
func ParseNotify(s string) (Notify, bool) {
	var n Notify
	for word := range strings.SplitSeq(capitals(s), ",") {
		at := -1
		for i, w := range notifyWords {
			if w == word {
				at = i
			}
		}
		if at < 0 {
			return 0, false
		}
		n |= 1 << at
	}
	return n, n == NotifyNever || n&NotifyNever == 0
}

// String writes the words in the order of the standard.
func (n Notify) String() string {
	var words []string
	for i, w := range notifyWords {
		if n&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return strings.Join(words, ",")
}

// An Original is the address that the sender first wrote, which a report names
// (RFC 3461 §4.2). The zero value is none.
type Original struct {
	Type    string // of the address: "rfc822", "utf-8"
	Address string // as it was before it became xtext
}

// MaxOriginal and MaxEnvelopeID are how long the values of ORCPT and ENVID may be, in
// octets as they are sent (RFC 3461 §4.2, §4.4).
const (
	MaxOriginal   = 500
	MaxEnvelopeID = 100
)

// ParseOriginal reads the value of ORCPT: an address-type, which is an atom, a semicolon,
// and the address as xtext. Where wide is set, an address of type utf-8 may hold UTF-8
// as it is (RFC 6533 §3).
func ParseOriginal(s string, wide bool) (Original, bool) {
	kind, address, found := strings.Cut(s, ";")
	p := scanner{s: kind}
	if !found || len(s) > MaxOriginal || p.run(&atexts, false) == 0 || !p.done() || address == "" {
		return Original{}, false
	}
	wide = wide && strings.EqualFold(kind, "utf-8")
	text, ok := parseXtext(address, wide)
	return Original{kind, text}, ok
}

// String writes the value as ORCPT holds it, "" where there is none.
func (o Original) String() string {
	if o == (Original{}) {
		return ""
	}
	return o.Type + ";" + xtext(o.Address, strings.EqualFold(o.Type, "utf-8"))
}

// ParseEnvelopeID reads the value of ENVID, which is xtext (RFC 3461 §4.4).
func ParseEnvelopeID(s string) (id string, ok bool) {
	if s == "" || len(s) > MaxEnvelopeID {
		return "", false
	}
	return parseXtext(s, false)
}

// EnvelopeIDValue writes an id as ENVID holds it. ok is false for one that cannot be sent:
// it is empty, holds what is not printable, or is longer than MaxEnvelopeID by then
// (RFC 3461 §4.4).
func EnvelopeIDValue(id string) (value string, ok bool) {
	value = xtext(id, false)
	_, ok = ParseEnvelopeID(value)
	return value, ok
}

// parseXtext decodes xtext: "+" and two digits in capitals stand for an octet, "=" and
// what is not printable do not occur (RFC 3461 §4). What it stands for must be printable
// or a blank (RFC 3461 §4.2, §4.4).
func parseXtext(s string, wide bool) (text string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			hi, lo := hexDigit(s, i+1), hexDigit(s, i+2)
			if hi < 0 || lo < 0 {
				return "", false
			}
			if c = byte(hi<<4 | lo); !isPrintable(c) && c != '\t' {
				return "", false
			}
			i += 2
		case c >= utf8.RuneSelf && wide:
		case c <= ' ' || c > '~' || c == '=':
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), utf8.ValidString(b.String())
}

// hexDigit is the value of the digit at i, -1 if there is none.
func hexDigit(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	return strings.IndexByte("0123456789ABCDEF", s[i])
}

// xtext encodes what parseXtext decodes.
func xtext(s string, wide bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c <= '~' && c != '+' && c != '=' || c >= utf8.RuneSelf && wide {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'+', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// A Notice is what a sender asks for beside a recipient (RFC 3461 §4.1, §4.2).
type Notice struct {
	Notify   Notify
	Original Original
}

// Params are the parameters of RCPT that say it.
func (n Notice) Params() []Param {
	var params []Param
	if n.Notify != 0 {
		params = append(params, Param{"NOTIFY", n.Notify.String()})
	}
	if n.Original != (Original{}) {
		params = append(params, Param{"ORCPT", n.Original.String()})
	}
	return params
}

// Notice is what is asked for beside To[i].
func (e Envelope) Notice(i int) Notice {
	if i < len(e.Notices) {
		return e.Notices[i]
	}
	return Notice{}
}

// wantsReports says that the envelope needs DSN.
func (e Envelope) wantsReports() bool {
	for _, n := range e.Notices {
		if n != (Notice{}) {
			return true
		}
	}
	return e.Return != "" || e.EnvID != ""
}

// ReportParams are the parameters of MAIL that DSN adds.
func (e Envelope) ReportParams() []Param {
	var params []Param
	if e.Return != "" {
		params = append(params, Param{"RET", string(e.Return)})
	}
	if e.EnvID != "" {
		params = append(params, Param{"ENVID", xtext(e.EnvID, false)})
	}
	return params
}

// mailReport reads a parameter of MAIL that DSN adds; done is false for any other.
func mailReport(e *Envelope, p Param) (r *Reply, done bool) {
	var ok bool
	switch p.Key {
	case "RET":
		if e.Return, ok = ParseReturn(p.Value); !ok {
			return NewReply(501, "5.5.4", "RET is FULL or HDRS"), true
		}
	case "ENVID":
		if e.EnvID, ok = ParseEnvelopeID(p.Value); !ok {
			return NewReply(501, "5.5.4", "ENVID is xtext of at most %d octets",
				MaxEnvelopeID), true
		}
	default:
		return nil, false
	}
	return nil, true
}

// rcptReport reads the parameters of RCPT, all of which are DSN's.
func rcptReport(params []Param, wide bool) (Notice, *Reply) {
	var n Notice
	for _, p := range params {
		ok := false
		switch p.Key {
		case "NOTIFY":
			if n.Notify, ok = ParseNotify(p.Value); !ok {
				return n, NewReply(501, "5.5.4",
					"NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY")
			}
		case "ORCPT":
			if n.Original, ok = ParseOriginal(p.Value, wide); !ok {
				return n, NewReply(501, "5.5.4", "ORCPT is an address-type, a semicolon, "+
					"and xtext, of at most %d octets", MaxOriginal)
			}
		default:
			return n, unknownParameter(p)
		}
	}
	return n, nil
}
