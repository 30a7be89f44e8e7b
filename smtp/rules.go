package smtp

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// checks is every rule that a session is judged by on the wire. The rules of the header
// section are in mime/scan.
var checks = []check{
	// The line (RFC 5321 §2.3.8, §4.5.3.1).
	{Rule: rule.NewMust("smtp/5321-2.3.8-bare-lf", "RFC 5321 §2.3.8"), where: onCommand,
		needs: isOdd, find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("smtp/5321-2.3.8-bare-cr", "RFC 5321 §2.3.8"), where: onCommand,
		needs: isOdd, find: anomaly(wire.BareCR)},
	{Rule: rule.NewMust("smtp/5321-4.1.2-control-in-command", "RFC 5321 §4.1.2"), where: onCommand,
		fault: FaultControl},
	{Rule: rule.NewMust("smtp/5321-2.4-command-not-ascii", "RFC 5321 §2.4"), where: onCommand,
		fault: FaultHighBit},
	{Rule: rule.NewMust("smtp/5321-2.4-command-not-ascii", "RFC 5321 §2.4"), where: onCommand,
		needs: ofNames, find: func(u *unit) (int, int, bool) {
			i := notASCIIAt(string(u.text))
			return i, 1, i >= 0 && !u.lost && !u.offered("SMTPUTF8")
		}},
	{Rule: rule.NewShould("smtp/5321-4.5.3.1.4-command-too-long", "RFC 5321 §4.5.3.1.4"), where: onCommand,
		find: longer(func(u *unit) int { return CommandLine(u.cmd.Verb) })},
	{Rule: rule.NewMust("smtp/5321-2.3.8-auth-line-bare-lf", "RFC 5321 §2.3.8"), where: onAuth,
		needs: isOdd, find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("smtp/5321-2.3.8-reply-bare-lf", "RFC 5321 §2.3.8"), where: onReply,
		needs: isOdd, find: anomaly(wire.BareLF)},
	{Rule: rule.NewShould("smtp/5321-4.5.3.1.5-reply-too-long", "RFC 5321 §4.5.3.1.5"), where: onReply,
		find: longer(func(*unit) int { return MaxReplyLine })},

	// The command (RFC 5321 §3.3, §4.1).
	{Rule: rule.NewMust("smtp/5321-3.3-space-after-colon", "RFC 5321 §3.3"), where: onCommand,
		fault: FaultSpaceAfterColon},
	{Rule: rule.NewMust("smtp/5321-4.1.2-angle-brackets", "RFC 5321 §4.1.2"), where: onCommand,
		fault: FaultNoAngleBrackets},
	{Rule: rule.NewMust("smtp/5321-4.1.2-path", "RFC 5321 §4.1.2"), where: onCommand,
		fault: FaultBadPath},
	{Rule: rule.NewMust("smtp/5321-4.1.4-hello-argument", "RFC 5321 §4.1.4"), where: onCommand,
		fault: FaultDomainSyntax},
	{Rule: rule.NewMust("smtp/5321-2.3.5-unqualified-name", "RFC 5321 §2.3.5"), where: onCommand,
		needs: ofHello, find: unqualified},
	{Rule: rule.NewMust("smtp/5321-4.1.1-unknown-command", "RFC 5321 §4.1.1"), where: onCommand,
		fault: FaultUnknownVerb},
	{Rule: rule.NewMust("smtp/5321-4.1.1-missing-argument", "RFC 5321 §4.1.1"), where: onCommand,
		fault: FaultMissingArgument},
	{Rule: rule.NewMust("smtp/5321-4.1.1-extra-argument", "RFC 5321 §4.1.1"), where: onCommand,
		fault: FaultExtraArgument},
	{Rule: rule.NewMust("smtp/5321-4.1.1.2-colon", "RFC 5321 §4.1.1.2"), where: onCommand,
		fault: FaultNoColon},
	{Rule: rule.NewMust("smtp/5321-4.1.1-space", "RFC 5321 §4.1.1"), where: onCommand,
		fault: FaultBadSpace},
	{Rule: rule.NewNote("smtp/5321-4.1.1-trailing-space", "RFC 5321 §4.1.1"), where: onCommand,
		fault: FaultTrailingSpace},
	{Rule: rule.NewShould("smtp/5321-4.5.3.1.3-path-too-long", "RFC 5321 §4.5.3.1.3"), where: onCommand,
		fault: FaultTooLong},
	{Rule: rule.NewMust("smtp/6531-3.4-address-not-ascii", "RFC 6531 §3.4"), where: onCommand,
		fault: FaultNotASCII},
	{Rule: rule.NewMust("smtp/6531-3.4-address-not-ascii", "RFC 6531 §3.4"), where: onCommand,
		needs: ofRcpt, find: func(u *unit) (int, int, bool) {
			if u.cmd.Path.IsASCII() || u.lost || !u.view.mail || u.view.utf8 || u.view.unsure {
				return 0, 0, false
			}
			i := bytes.IndexFunc(u.text, func(r rune) bool { return r > 0x7f })
			return i, 1, i >= 0
		}},
	{Rule: rule.NewMust("smtp/5321-4.1.2-parameter", "RFC 5321 §4.1.2"), where: onCommand,
		fault: FaultBadParameter},
	{Rule: rule.NewMust("smtp/3030-2-chunk-size", "RFC 3030 §2"), where: onCommand,
		fault: FaultChunkSize},
	{Rule: rule.NewMust("smtp/5321-4.1.1.11-parameter-twice", "RFC 5321 §4.1.1.11"), where: onCommand,
		fault: FaultDoubleParameter},

	// The order of commands (RFC 5321 §4.1.4, §4.3.1).
	{Rule: rule.NewShould("smtp/5321-4.3.1-before-greeting", "RFC 5321 §4.3.1"), where: onCommand,
		needs: isUngreeted, find: inOrder(always)},
	{Rule: rule.NewMust("smtp/5321-4.1.4-hello-first", "RFC 5321 §4.1.4"), where: onCommand,
		needs: ofMail, find: inOrder(func(u *unit) bool { return u.view.hello == "" })},
	{Rule: rule.NewMust("smtp/5321-4.1.4-mail-twice", "RFC 5321 §4.1.4"), where: onCommand,
		needs: ofMail, find: inOrder(func(u *unit) bool { return u.view.mail && !u.view.unsure })},
	{Rule: rule.NewMust("smtp/5321-3.3-rcpt-before-mail", "RFC 5321 §3.3"), where: onCommand,
		needs: ofRcpt, find: inOrder(func(u *unit) bool { return !u.view.mail && !u.view.unsure })},
	{Rule: rule.NewMust("smtp/5321-3.3-data-before-rcpt", "RFC 5321 §3.3"), where: onCommand,
		needs: ofData | ofChunk,
		find:  inOrder(func(u *unit) bool { return !u.view.asked && !u.view.unsure })},
	{Rule: rule.NewMust("smtp/3030-2-data-after-bdat", "RFC 3030 §2"), where: onCommand,
		needs: ofData, find: inOrder(func(u *unit) bool { return u.view.chunk })},
	{Rule: rule.NewMust("smtp/3030-2-chunk-after-refusal", "RFC 3030 §2"), where: onCommand,
		needs: ofChunk, find: inOrder(func(u *unit) bool { return u.view.holed })},
	{Rule: rule.NewMust("smtp/5321-4.1.1.10-after-quit", "RFC 5321 §4.1.1.10"), where: onCommand,
		needs: isAfterQuit, find: inOrder(always)},
	{Rule: rule.NewMust("smtp/2920-3.1-pipelining-not-offered", "RFC 2920 §3.1"), where: onCommand,
		needs: isPipelined, find: inOrder(func(u *unit) bool {
			return u.view.greeted && !u.view.quit && !lastInGroup[u.behind] &&
				!u.offered("PIPELINING")
		})},
	{Rule: rule.NewMust("smtp/2920-3.1-last-in-group", "RFC 2920 §3.1"), where: onCommand,
		needs: isPipelined, find: inOrder(func(u *unit) bool {
			return u.view.greeted && lastInGroup[u.behind] && !u.view.quit
		})},
	{Rule: rule.NewMust("smtp/5321-3.3-text-before-354", "RFC 5321 §3.3"), where: onCommand,
		needs: isEarly, find: whole(func(u *unit) bool { return !u.lost })},
	{Rule: rule.NewMust("smtp/5321-3.3-text-before-354", "RFC 5321 §3.3"), where: onData,
		find: whole(func(u *unit) bool { return u.early && !u.lost }), once: true},

	// Extensions: only what the server offered (RFC 5321 §4.1.1.11).
	{Rule: rule.NewMust("smtp/5321-4.1.1.3-not-offered", "RFC 5321 §4.1.1.3"), where: onCommand,
		needs: ofMail | ofRcpt, find: parameterNotOffered},
	{Rule: rule.NewMust("smtp/5321-2.2.1-verb-not-offered", "RFC 5321 §2.2.1"), where: onCommand,
		needs: ofChunk | ofAuth | ofTLS | ofOther, find: inOrder(func(u *unit) bool {
			ext := verbExtension(u.cmd.Verb)
			return ext != "" && u.view.hello != "" && !u.offered(ext) &&
				!(ext == "AUTH" && u.view.hello == "HELO") && !(ext == "STARTTLS" && u.secure)
		})},

	// The data (RFC 5321 §4.1.1.4, §4.5.2).
	{Rule: rule.NewMust("smtp/5321-4.1.1.4-bare-lf-in-data", "RFC 5321 §4.1.1.4"), where: onData,
		needs: isOdd, find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("smtp/5321-2.3.8-bare-cr-in-data", "RFC 5321 §2.3.8"), where: onData,
		needs: isOdd, find: anomaly(wire.BareCR)},
	{Rule: rule.NewMust("smtp/5322-4-nul-in-data", "RFC 5322 §4"), where: onData,
		needs: isOdd, find: anomaly(wire.NUL)},
	{Rule: rule.NewMust("smtp/5321-4.5.2-dot-stuffing", "RFC 5321 §4.5.2"), where: onData,
		find: func(u *unit) (int, int, bool) {
			return 0, 1, u.stuffed && len(u.text) > 1 && u.text[1] != '.'
		}},
	{Rule: rule.NewMust("smtp/5322-2.1.1-line-too-long", "RFC 5322 §2.1.1"), where: onData,
		find: longer(func(u *unit) int {
			if u.stuffed {
				return maxTextLine + 1 // the dot that was put in front does not count
			}
			return maxTextLine
		}), once: true},
	{Rule: rule.NewMust("smtp/5321-2.4-eight-bit-not-offered", "RFC 5321 §2.4"), where: onData,
		find: func(u *unit) (int, int, bool) {
			i := u.line.First(wire.EightBit)
			return i, 1, i >= 0 && !u.lost && u.view.known && !u.offered("8BITMIME") ||
				i >= 0 && !u.lost && u.view.hello == "HELO"
		}, once: true},
	{Rule: rule.NewMust("smtp/6152-3-eight-bit-not-declared", "RFC 6152 §3"), where: onData,
		find: func(u *unit) (int, int, bool) {
			i := u.line.First(wire.EightBit)
			return i, 1, i >= 0 && !u.lost && u.view.known && u.offered("8BITMIME") &&
				!u.view.eight && !u.view.utf8
		}, once: true},
	{Rule: rule.NewMust("smtp/5321-4.1.1.4-desync", "RFC 5321 §4.1.1.4"), where: onDesync,
		find: func(u *unit) (int, int, bool) { return 0, len(u.text), true }},

	// The reply (RFC 5321 §4.2).
	{Rule: rule.NewMust("smtp/5321-4.2-reply-form", "RFC 5321 §4.2"), where: onReply,
		find: whole(func(u *unit) bool { return !u.ok })},
	{Rule: rule.NewMust("smtp/5321-4.2.1-codes-differ", "RFC 5321 §4.2.1"), where: onReply,
		find: func(u *unit) (int, int, bool) { return 0, 3, u.ok && !u.first && u.code != u.whole }},
	{Rule: rule.NewMust("smtp/2034-4-class-differs", "RFC 2034 §4"), where: onReply,
		find: classDiffers},
	{Rule: rule.NewMust("smtp/5321-4.2-unasked-reply", "RFC 5321 §4.2"), where: onReply,
		needs: isUnasked, find: whole(func(u *unit) bool {
			return u.first && u.ok && !u.lost && u.code != 421 && u.suspects == 0
		})},
	{Rule: rule.NewMust("smtp/5321-4.1.1.4-smuggled", "RFC 5321 §4.1.1.4"), where: onReply,
		needs: isUnasked, find: whole(func(u *unit) bool {
			return u.first && u.ok && !u.lost && u.code != 421 && u.suspects > 0
		})},

	// The end (RFC 5321 §3.8, §4.1.1.10).
	{Rule: rule.NewMust("smtp/5321-4.1.1.10-no-quit", "RFC 5321 §4.1.1.10"), where: onEnd,
		find: whole(func(u *unit) bool {
			return u.end == trace.Client && !u.lost && u.view.greeted && !u.hopes.quit && !u.view.down &&
				!(u.ahead > 0 && u.quiet >= replyWait)
		})},
	{Rule: rule.NewShould("smtp/5321-4.1.1.10-221-not-read", "RFC 5321 §4.1.1.10"), where: onEnd,
		find: whole(func(u *unit) bool {
			return u.end == trace.Client && !u.lost && u.hopes.quit && !u.view.quit
		})},
	{Rule: rule.NewMust("smtp/5321-3.8-closed-before-quit", "RFC 5321 §3.8"), where: onEnd,
		find: whole(func(u *unit) bool {
			return u.end == trace.Server && !u.lost && u.view.greeted && !u.hopes.quit && !u.view.down &&
				u.quiet < commandWait
		})},

	// AUTH (RFC 4954). Where it is broken is not told more closely than by the line: an octet
	// of a response is a part of a secret.
	{Rule: rule.NewMust("smtp/5321-2.2.1-auth-without-ehlo", "RFC 5321 §2.2.1"), where: onCommand,
		needs: ofAuth, find: inOrder(func(u *unit) bool {
			return u.view.hello != "EHLO" && !u.former
		})},
	{Rule: rule.NewShould("smtp/4954-3-mechanism-not-offered", "RFC 4954 §3"), where: onCommand,
		needs: ofAuth, find: inOrder(mechanismNotOffered)},
	{Rule: rule.NewMust("smtp/4954-4-auth-twice", "RFC 4954 §4"), where: onCommand,
		needs: ofAuth, find: inOrder(func(u *unit) bool { return u.view.auth })},
	{Rule: rule.NewMust("smtp/4954-4-auth-in-transaction", "RFC 4954 §4"), where: onCommand,
		needs: ofAuth, find: inOrder(func(u *unit) bool { return u.view.mail && !u.view.unsure })},
	{Rule: rule.NewMust("smtp/4954-4-initial-response-too-long", "RFC 4954 §4"), where: onCommand,
		needs: ofAuth, find: whole(func(u *unit) bool {
			return u.line.Len > MaxCommandLine && authSecret(u.text) > 0
		})},
	{Rule: rule.NewMust("smtp/4954-4-response-not-base64", "RFC 4954 §4"), where: onCommand,
		needs: ofAuth, find: whole(func(u *unit) bool {
			at := authSecret(u.text)
			return at > 0 && !u.ev.More && notBase64(bytes.TrimRight(u.text[at:], " \t"))
		})},
	{Rule: rule.NewMust("smtp/4954-4-response-not-base64", "RFC 4954 §4"), where: onAuth,
		find: whole(func(u *unit) bool {
			return !u.lost && !u.ev.More && string(u.text) != sasl.Cancel && notBase64(u.text)
		})},
	{Rule: rule.NewMust("smtp/4954-4-challenge-not-base64", "RFC 4954 §4"), where: onReply,
		find: whole(func(u *unit) bool {
			return u.ok && u.code == 334 && !u.ev.More &&
				(u.to.verb == "AUTH" || u.to.verb == authLine) && notBase64(u.rest)
		})},
	{Rule: rule.NewShould("smtp/4954-4-password-in-clear", "RFC 4954 §4"), where: onCommand,
		needs: ofAuth, find: whole(func(u *unit) bool {
			mechanism := capitals(firstWord(u.cmd.Arg))
			return u.inClear() && authSecret(u.text) > 0 && showsPassword(mechanism, 0)
		})},
	{Rule: rule.NewShould("smtp/4954-4-password-in-clear", "RFC 4954 §4"), where: onAuth,
		find: whole(func(u *unit) bool {
			return u.inClear() && string(u.text) != sasl.Cancel && showsPassword(u.mechanism, u.step)
		})},
	{Rule: rule.NewNote("smtp/4954-6-mail-after-530", "RFC 4954 §6"), where: onCommand,
		needs: ofMail, find: inOrder(func(u *unit) bool { return u.view.denied })},

	// STARTTLS (RFC 3207).
	{Rule: rule.NewMust("smtp/3207-4.2-stale-extensions", "RFC 3207 §4.2"), where: onCommand,
		needs: ofAuth | ofChunk | ofMail | ofRcpt, find: inOrder(func(u *unit) bool {
			return u.former && u.view.hello == "" &&
				(verbExtension(u.cmd.Verb) != "" || len(u.cmd.Params) > 0)
		})},
	{Rule: rule.NewMust("smtp/3207-4.2-starttls-twice", "RFC 3207 §4.2"), where: onCommand,
		needs: ofTLS, find: whole(func(u *unit) bool { return u.secure })},
	{Rule: rule.NewMust("smtp/3207-4.2-offered-in-tls", "RFC 3207 §4.2"), where: onReply,
		find: func(u *unit) (int, int, bool) {
			return len("250-"), len(u.rest), u.secure && u.to.verb == "EHLO" && !u.first &&
				bytes.EqualFold(u.rest, []byte("STARTTLS"))
		}},

	// TLS where it must not be, and clear text where TLS was to be.
	{Rule: rule.NewNote("smtp/8314-3-tls-on-plain-port", "RFC 8314 §3"), where: onTLS,
		find: func(u *unit) (int, int, bool) { return 0, int(min(3, u.ev.Len)), true }},
	{Rule: rule.NewMust("smtp/3207-4-clear-behind-starttls", "RFC 3207 §4"), where: onInjection,
		find: func(u *unit) (int, int, bool) { return 0, len(u.text), true }},
}

// How long an end waits at least before it may give up and close: a client for a reply,
// the shortest of RFC 5321 §4.5.3.2, and a server for a command (RFC 5321 §4.5.3.2.7).
const (
	replyWait   = 2 * time.Minute
	commandWait = 5 * time.Minute
)

// maxTextLine is the most octets of a line of the message, with its CRLF
// (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).
const maxTextLine = 1000

// verbExtension is the keyword of the EHLO reply that allows a verb, "" where none is
// needed.
func verbExtension(verb string) string {
	switch verb {
	case "STARTTLS", "AUTH", "ETRN", "ATRN", "BURL":
		return verb
	case "BDAT":
		return "CHUNKING"
	}
	return ""
}

// parameterExtension tells which keyword allows a parameter of MAIL and RCPT.
var parameterExtension = map[string]string{"SIZE": "SIZE", "BODY": "8BITMIME",
	"SMTPUTF8": "SMTPUTF8", "RET": "DSN", "ENVID": "DSN", "NOTIFY": "DSN", "ORCPT": "DSN",
	"AUTH": "AUTH", "REQUIRETLS": "REQUIRETLS", "MT-PRIORITY": "MT-PRIORITY"}

// inClear says that everybody on the way can read what is said, and that this is known.
func (u *unit) inClear() bool { return u.beyond && !u.secure && !u.lost }

// showsPassword says that a mechanism's response holds a password, or a token that is as good,
// for all to read; step counts the responses before it.
func showsPassword(mechanism string, step int) bool {
	switch mechanism {
	case sasl.Plain, sasl.XOAuth2, sasl.OAuthBearer:
		return true
	case sasl.Login: // the name comes first
		return step > 0
	}
	return false
}

func notBase64(b []byte) bool {
	_, err := sasl.Decode(b)
	return err != nil
}

// mechanismNotOffered finds an AUTH by a mechanism that the last reply to EHLO did not name.
func mechanismNotOffered(u *unit) bool {
	offered := u.view.offers.Mechanisms()
	return u.view.known && len(offered) > 0 && u.cmd.Arg != "" &&
		!slices.Contains(offered, capitals(firstWord(u.cmd.Arg)))
}

// lastInGroup holds the verbs that nothing may follow before their reply has come
// (RFC 2920 §3.1); what follows DATA is message text, and judged as that.
var lastInGroup = map[string]bool{"EHLO": true, "HELO": true, "VRFY": true, "EXPN": true,
	"NOOP": true, "QUIT": true, "STARTTLS": true, "AUTH": true}

// offered says that the server offered an extension, or may have: while the reply to
// EHLO is on its way nobody can tell.
func (u *unit) offered(keyword string) bool {
	return u.view.hello == "EHLO" && !u.view.known || u.view.offers.Has(keyword)
}

// unqualified finds a client that names itself by one word, "Alice" or "localhost".
func unqualified(u *unit) (int, int, bool) {
	name := u.cmd.Domain
	if name == "" || len(u.faults) > 0 || strings.ContainsAny(name, ".[") {
		return 0, 0, false
	}
	return bytes.Index(u.text, []byte(name)), len(name), true
}

func parameterNotOffered(u *unit) (int, int, bool) {
	if u.lost || u.view.hello == "" {
		return 0, 0, false
	}
	for _, p := range u.cmd.Params {
		key := strings.ToUpper(p.Key)
		ext := parameterExtension[key]
		if ext == "" || u.offered(ext) {
			continue
		}
		if i := bytes.LastIndex(bytes.ToUpper(u.text), []byte(" "+key)); i >= 0 {
			return i + 1, len(key), true
		}
	}
	return 0, 0, false
}

// classDiffers compares an enhanced code with the reply's first digit.
func classDiffers(u *unit) (int, int, bool) {
	r := u.rest
	if !u.ok || len(r) < 5 || int(r[0]-'0') == u.code/100 || r[1] != '.' || r[0] < '2' ||
		r[0] > '5' || r[2] < '0' || r[2] > '9' || !u.view.offers.Has("ENHANCEDSTATUSCODES") {
		return 0, 0, false
	}
	if i := bytes.IndexByte(r, ' '); i < 0 || bytes.Count(r[:i], []byte{'.'}) != 2 {
		return 0, 0, false
	}
	at := len(u.text) - len(r)
	return at, 1, u.to.verb != "EHLO" && u.to.verb != greeting
}
