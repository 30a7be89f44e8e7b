package pop3

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// checks is every rule that a session is judged by on the wire.
var checks = []check{
	// The command line (RFC 1939 §3).
	{Rule: rule.NewMust("pop3/1939-3-bare-lf", "RFC 1939 §3"), where: onCommand,
		find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("pop3/1939-3-bare-cr", "RFC 1939 §3"), where: onCommand,
		find: anomaly(wire.BareCR)},
	{Rule: rule.NewMust("pop3/1939-3-control-in-command", "RFC 1939 §3"), where: onCommand,
		find: controlOctet},
	{Rule: rule.NewMust("pop3/2449-4-command-too-long", "RFC 2449 §4"), where: onCommand,
		find: longer(255)},
	{Rule: rule.NewMust("pop3/1939-3-unknown-command", "RFC 1939 §3"), where: onCommand,
		find: whole(func(u *unit) bool { return u.id == noVerb && u.cmd.Verb != last && !u.lost })},
	{Rule: rule.NewNote("pop3/1460-5-last", "RFC 1460 §5"), where: onCommand,
		find: whole(func(u *unit) bool { return u.cmd.Verb == last && !u.lost })},
	{Rule: rule.NewMust("pop3/1939-3-single-space", "RFC 1939 §3"), where: onCommand,
		find: doubleSpace},
	{Rule: rule.NewMust("pop3/1939-9-arguments", "RFC 1939 §9"), where: onCommand,
		find: whole(wrongArguments)},
	{Rule: rule.NewMust("pop3/1939-3-bare-lf", "RFC 1939 §3"), where: onAuth,
		find: anomaly(wire.BareLF)},

	// The order of commands (RFC 1939 §3 to §7).
	{Rule: rule.NewMust("pop3/1939-3-before-greeting", "RFC 1939 §3"), where: onCommand,
		find: inOrder(func(u *unit) bool { return !u.view.greeted })},
	{Rule: rule.NewMust("pop3/1939-3-out-of-state", "RFC 1939 §3"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.id != noVerb && !u.view.quit && verbs[u.id].In&u.view.in() == 0
		})},
	{Rule: rule.NewMust("pop3/1939-7-pass-without-user", "RFC 1939 §7"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.id == verbPass && !u.view.user && u.view.in() == StateAuthorization
		})},
	{Rule: rule.NewMust("pop3/1939-5-deleted-message", "RFC 1939 §5"), where: onCommand,
		find: deletedMessage},
	{Rule: rule.NewMust("pop3/1939-6-after-quit", "RFC 1939 §6"), where: onCommand,
		find: inOrder(func(u *unit) bool { return u.view.quit })},
	{Rule: rule.NewNote("pop3/2449-6.6-pipelining-not-offered", "RFC 2449 §6.6"), where: onCommand,
		find: whole(func(u *unit) bool {
			return !u.lost && u.view.greeted && !u.view.quit && !u.view.pipelining &&
				(u.ahead > 0 || u.early && u.hung == verbAuth)
		})},
	{Rule: rule.NewMust("pop3/5034-4-before-challenge", "RFC 5034 §4"), where: onAuth,
		find: whole(func(u *unit) bool { return u.early && !u.lost })},
	{Rule: rule.NewMust("pop3/2595-4-behind-stls", "RFC 2595 §4"), where: onCommand,
		find: whole(func(u *unit) bool { return u.early && u.hung == verbSTLS && !u.lost })},
	{Rule: rule.NewMust("pop3/2595-4-behind-stls", "RFC 2595 §4"), where: onInjection,
		find: whole(func(u *unit) bool { return true })},

	// The status line (RFC 1939 §3, RFC 2449 §4).
	{Rule: rule.NewMust("pop3/1939-3-lower-case-status", "RFC 1939 §3"), where: onReply,
		find: func(u *unit) (int, int, bool) {
			n := len(u.reply.Status)
			return 0, n, n > 0 && string(u.text[:n]) != u.reply.Status
		}},
	{Rule: rule.NewMust("pop3/1939-3-reply-form", "RFC 1939 §3"), where: onReply,
		find: whole(func(u *unit) bool {
			n := len(u.reply.Status)
			return !u.lost && (n == 0 || len(u.text) > n && u.text[n] != ' ')
		})},
	{Rule: rule.NewMust("pop3/1939-3-reply-too-long", "RFC 1939 §3"), where: onReply,
		find: func(u *unit) (int, int, bool) {
			at, n, broken := longer(MaxReplyLine)(u) // a challenge may be of any length (RFC 5034 §4)
			return at, n, broken && u.reply.Status != Challenge
		}},
	{Rule: rule.NewMust("pop3/1939-3-reply-bare-lf", "RFC 1939 §3"), where: onReply,
		find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("pop3/1939-3-unasked-reply", "RFC 1939 §3"), where: onReply,
		find: whole(func(u *unit) bool { return !u.lost && !u.asked && u.reply.Status != "" })},
	{Rule: rule.NewMust("pop3/5034-4-challenge-form", "RFC 5034 §4"), where: onReply,
		find: whole(func(u *unit) bool {
			return !u.lost && u.asked && u.reply.Status == Challenge &&
				(len(u.text) < 2 || u.reply.Text != "" && !base64Line(u.reply.Text))
		})},

	// The lines of an answer (RFC 1939 §3).
	{Rule: rule.NewMust("pop3/1939-3-byte-stuffing", "RFC 1939 §3"), where: onAnswer,
		find: func(u *unit) (int, int, bool) { return 0, 1, u.bare }},
	{Rule: rule.NewMust("pop3/1939-3-bare-lf-in-answer", "RFC 1939 §3"), where: onAnswer,
		find: anomaly(wire.BareLF), once: true},
	{Rule: rule.NewMust("pop3/1939-11-bare-cr-in-answer", "RFC 1939 §11"), where: onAnswer,
		find: anomaly(wire.BareCR), once: true},

	// What an answer amounts to (RFC 1939 §5, §11).
	{Rule: rule.NewMust("pop3/1939-5-size-differs", "RFC 1939 §5"), where: onWhole,
		find: whole(func(u *unit) bool {
			size := u.sizes.size(u.sizes.message)
			return !u.lost && u.id == verbRetr && size >= 0 && size != u.sizes.octets
		})},
	{Rule: rule.NewNote("pop3/6856-2.1-size-announced", "RFC 6856 §2.1"), where: onWhole,
		find: whole(func(u *unit) bool {
			said := u.sizes.announced
			return !u.lost && u.id == verbRetr && said >= 0 && said != u.sizes.octets
		})},
	{Rule: rule.NewNote("pop3/1939-5-stat-differs", "RFC 1939 §5"), where: onWhole,
		find: whole(func(u *unit) bool {
			return !u.lost && u.id == verbList && u.sizes.stat.known && u.sizes.list.known &&
				u.sizes.stat != u.sizes.list
		})},
	{Rule: rule.NewNote("pop3/6856-2.1-header-without-utf8", "RFC 6856 §2.1"), where: onAnswer,
		find: func(u *unit) (int, int, bool) {
			i := u.line.First(wire.EightBit)
			return i, 1, i >= 0 && u.header
		}, once: true},

	// What is worth knowing.
	{Rule: rule.NewNote("pop3/1939-6-no-quit", "RFC 1939 §6"), where: onEnd,
		find: whole(func(u *unit) bool { return !u.lost && u.view.auth && !u.hopes.quit })},
	{Rule: rule.NewNote("pop3/1939-13-password-in-clear", "RFC 1939 §13"), where: onCommand,
		find: whole(func(u *unit) bool {
			return u.clear && (u.id == verbPass && u.cmd.Arg != "" ||
				u.id == verbAuth && plaintext[mechanism(u.cmd)] && secretAt(u.text) > 0 &&
					mechanism(u.cmd) != "LOGIN")
		})},
	{Rule: rule.NewNote("pop3/1939-13-password-in-clear", "RFC 1939 §13"), where: onAuth,
		find: whole(func(u *unit) bool {
			t := string(u.text)
			return u.clear && plaintext[u.mechanism] && (u.mechanism != "LOGIN" || u.step > 0) &&
				t != "" && t != "*" && t != "="
		})},
	{Rule: rule.NewNote("pop3/8314-3-tls-on-plain-port", "RFC 8314 §3"), where: onTLS,
		find: func(u *unit) (int, int, bool) { return 0, int(min(3, u.ev.Len)), true }},
}

// last is a command that POP3 had before UIDL: which message was the last to be read? Some
// clients still try it, and RFC 1939 leaves no client in the wrong who tries.
const last = "LAST"

// plaintext are the SASL mechanisms that send a password, or what stands for one, as it
// is: base64 hides nothing.
var plaintext = map[string]bool{"PLAIN": true, "LOGIN": true, "XOAUTH2": true, "OAUTHBEARER": true}

// controlOctet finds the first octet that is neither printable nor one of the line ends,
// which have rules of their own.
func controlOctet(u *unit) (int, int, bool) {
	at := u.line.First(wire.Control)
	if i := u.line.First(wire.NUL); at < 0 || i >= 0 && i < at {
		at = i
	}
	return at, 1, at >= 0
}

// doubleSpace finds blanks beyond the one that divides two words. What follows PASS is
// one argument, whatever stands in it.
func doubleSpace(u *unit) (int, int, bool) {
	if u.id == noVerb || u.id == verbPass {
		return 0, 0, false
	}
	if bytes.HasPrefix(u.text, []byte(" ")) {
		return 0, 1, true
	}
	for _, pair := range []string{"  ", "\t"} {
		if i := bytes.Index(u.text, []byte(pair)); i >= 0 {
			return i + len(pair) - 1, 1, true
		}
	}
	if n := len(u.text); n > 0 && u.text[n-1] == ' ' {
		return n - 1, 1, true
	}
	return 0, 0, false
}

// wrongArguments says that a command has too few arguments, too many, or a word where a
// number belongs (RFC 1939 §9). Message numbers begin with 1.
func wrongArguments(u *unit) bool {
	v := &verbs[u.id]
	if u.id == noVerb || u.ev.More {
		return false
	}
	if u.id == verbPass {
		return u.cmd.Arg == ""
	}
	args := u.cmd.Args()
	if len(args) < v.min || len(args) > v.max {
		return true
	}
	for i, a := range args {
		if v.numbers && (!decimal(a) || i == 0 && number(a) == 0) {
			return true
		}
	}
	return false
}

// deletedMessage finds the number of a message that is marked as deleted: nothing but
// RSET may be done about it (RFC 1939 §5). Of RSET's own answer the view knows.
func deletedMessage(u *unit) (int, int, bool) {
	if u.lost || u.early || !verbs[u.id].numbers {
		return 0, 0, false
	}
	w := firstWord(u.cmd.Arg)
	if w == "" || !u.view.marked(number(w)) {
		return 0, 0, false
	}
	at := bytes.LastIndex(u.text, []byte(w))
	if u.id == verbTop {
		at = bytes.Index(u.text, []byte(" "+w)) + 1
	}
	return at, len(w), at >= 0
}

// base64Line says that text is base64 (RFC 4648 §4), of any length.
func base64Line(text string) bool {
	return len(text)%4 == 0 && (trace.IsBase64([]byte(text)) ||
		len(text) == 4 && trace.IsBase64([]byte(text[:0]+"AAAA"+text)))
}
