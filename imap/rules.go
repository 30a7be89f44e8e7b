package imap

import (
	"bytes"
	"encoding/base64"
	"slices"

	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// checks is every rule that a session is judged by on the wire.
var checks = slices.Concat(dialogueChecks, commandChecks, mailboxChecks)

// dialogueChecks are about lines, literals, and whose turn it is.
var dialogueChecks = []check{
	// The line (RFC 3501 §2.2, §9).
	{Rule: rule.NewMust("imap/3501-2.2-bare-lf", "RFC 3501 §2.2"), where: onLine,
		find: anomaly(wire.BareLF)},
	{Rule: rule.NewMust("imap/3501-2.2-bare-cr", "RFC 3501 §2.2"), where: onLine,
		find: anomaly(wire.BareCR)},
	{Rule: rule.NewMust("imap/3501-9-nul", "RFC 3501 §9"), where: onLine,
		find: anomaly(wire.NUL)},
	{Rule: rule.NewMust("imap/3501-9-control-in-command", "RFC 3501 §9"), where: onCommand | onMore,
		find: controlOctet},
	{Rule: rule.NewShould("imap/7162-4-line-too-long", "RFC 7162 §4"), where: onCommand,
		find: func(u *unit) (int, int, bool) {
			return maxLine, u.line.Len - maxLine, u.line.Len > maxLine
		}},

	// The tag and the verb (RFC 3501 §2.2.1, §9).
	{Rule: rule.NewMust("imap/3501-2.2.1-tag-missing", "RFC 3501 §2.2.1"), where: onCommand,
		find: whole(func(u *unit) bool { return len(u.cmd.tag) == 0 && !u.isDone && !u.lost })},
	{Rule: rule.NewMust("imap/3501-9-tag-octet", "RFC 3501 §9"), where: onCommand,
		find: func(u *unit) (int, int, bool) {
			i := badTagOctet(u.cmd.tag)
			return i, 1, i >= 0
		}},
	{Rule: rule.NewShould("imap/9051-2.2.1-tag-reused", "RFC 9051 §2.2.1"), where: onCommand,
		find: func(u *unit) (int, int, bool) { return 0, len(u.cmd.tag), u.reused }},
	{Rule: rule.NewMust("imap/3501-2.2.1-no-command", "RFC 3501 §2.2.1"), where: onCommand,
		find: whole(func(u *unit) bool {
			return len(u.cmd.tag) > 0 && len(u.cmd.verb) == 0 && !u.isDone
		})},
	{Rule: rule.NewMust("imap/3501-2.2.1-space", "RFC 3501 §2.2.1"), where: onCommand,
		find: func(u *unit) (int, int, bool) { return u.cmd.space, 1, u.cmd.space >= 0 }},
	{Rule: rule.NewMust("imap/3501-6-unknown-command", "RFC 3501 §6"), where: onCommand,
		find: verbWhere(func(u *unit) bool {
			v := u.cmd.verb // X begins an experiment (RFC 3501 §6.5.1)
			return u.cmd.id == noVerb && len(v) > 0 && len(u.cmd.tag) > 0 && v[0] != 'X' && v[0] != 'x'
		})},

	// The order of commands (RFC 3501 §3).
	{Rule: rule.NewNote("imap/3501-2.2-before-greeting", "RFC 3501 §2.2"), where: onCommand,
		find: inOrder(func(u *unit) bool { return !u.view.greeted })},
	{Rule: rule.NewMust("imap/3501-3-out-of-state", "RFC 3501 §3"), where: onCommand,
		find: inOrder(func(u *unit) bool { return verbs[u.cmd.id].in&u.view.state.in() == 0 })},
	{Rule: rule.NewMust("imap/3501-3.4-after-logout", "RFC 3501 §3.4"), where: onCommand,
		find: inOrder(func(u *unit) bool { return u.view.asked })},
	{Rule: rule.NewNote("imap/3501-5.5-too-many-waiting", "RFC 3501 §5.5"), where: onCommand,
		find: whole(func(u *unit) bool { return u.flooded })},

	// Literals (RFC 3501 §4.3, RFC 7888).
	{Rule: rule.NewMust("imap/3501-4.3-literal-not-waited", "RFC 3501 §4.3"),
		where: onLiteral | onCommand | onMore, find: hurried(onGoAhead)},
	{Rule: rule.NewMust("imap/3501-4.3-literal-length", "RFC 3501 §4.3"),
		where: onMore | onMoreResponse, find: func(u *unit) (int, int, bool) {
			return 0, 1, len(u.text) > 0 && u.text[0] != ' ' && u.text[0] != ')' && !u.lost
		}},
	{Rule: rule.NewMust("imap/3501-4.3-literal-within", "RFC 3501 §4.3"), where: onFetched,
		find: whole(func(u *unit) bool { return u.ev.Part != 0 && !u.fetched.ended && !u.lost })},
	{Rule: rule.NewMust("imap/7888-3-literal-not-offered", "RFC 7888 §3"), where: onCommand | onMore,
		find: literal(func(u *unit, l wire.Literal) bool {
			return l.NoWait && u.view.offers.lack(offersLiteralPlus|offersLiteralMinus)
		})},
	{Rule: rule.NewMust("imap/7888-5-literal-over-4096", "RFC 7888 §5"), where: onCommand | onMore,
		find: literal(func(u *unit, l wire.Literal) bool {
			return l.NoWait && l.Size > 4096 && u.view.offers&offersLiteralMinus != 0 &&
				u.view.offers&offersLiteralPlus == 0
		})},
	{Rule: rule.NewMust("imap/7888-3-literal-from-server", "RFC 7888 §3"), where: onServerLine,
		find: func(u *unit) (int, int, bool) {
			return u.literal.At, len(u.text) - u.literal.At, u.literal.NoWait
		}},

	// Logging in (RFC 3501 §6.2, RFC 4959).
	{Rule: rule.NewNote("imap/3501-6.2.3-login-in-clear", "RFC 3501 §6.2.3"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.cmd.id == verbLogin && !u.view.tls && !u.doubt
		})},
	{Rule: rule.NewMust("imap/3501-6.2.3-login-disabled", "RFC 3501 §6.2.3"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.cmd.id == verbLogin && u.view.offers&offersNoLogin != 0
		})},
	{Rule: rule.NewMust("imap/4959-3-initial-response-not-offered", "RFC 4959 §3"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			_, at := nextWord(u.text, u.cmd.args)
			return u.cmd.id == verbAuthenticate && u.view.offers.lack(offersInitial) &&
				bytes.IndexByte(bytes.TrimRight(u.text[at:], " "), ' ') > 0
		})},
	{Rule: rule.NewMust("imap/3501-2.2.1-before-continuation", "RFC 3501 §2.2.1"),
		where: onAuth | onIdle | onCommand, find: hurried(onPrompt, onIdling)},
	{Rule: rule.NewMust("imap/3501-6.2.2-not-base64", "RFC 3501 §6.2.2"), where: onAuth,
		find: whole(func(u *unit) bool {
			_, err := base64.StdEncoding.DecodeString(string(u.text))
			return err != nil && string(u.text) != "*" && !u.ev.More
		})},

	// IDLE (RFC 2177).
	{Rule: rule.NewMust("imap/2177-3-idle-not-offered", "RFC 2177 §3"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.cmd.id == verbIdle && u.view.offers.lack(offersIdle)
		})},
	{Rule: rule.NewMust("imap/2177-3-not-done", "RFC 2177 §3"), where: onIdle,
		find: whole(func(u *unit) bool { return !u.isDone })},
	{Rule: rule.NewMust("imap/2177-3-result-before-done", "RFC 2177 §3"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.idling && u.asked && u.to.verb == verbIdle && u.response.word == "OK"
		})},
	{Rule: rule.NewNote("imap/2177-3-closed-in-idle", "RFC 2177 §3"), where: onEnd,
		find: atEnd(trace.Client, func(u *unit) bool { return u.idling && !u.view.bye })},
	{Rule: rule.NewNote("imap/2177-3-done-without-idle", "RFC 2177 §3"), where: onCommand,
		find: whole(func(u *unit) bool { return u.isDone && !u.lost && !u.doubt })},

	// Layers (RFC 3501 §6.2.1, RFC 4978).
	{Rule: rule.NewMust("imap/3501-6.2.1-command-behind-starttls", "RFC 3501 §6.2.1"), where: onCommand,
		find: hurried(onTLSReady)},
	{Rule: rule.NewMust("imap/3501-6.2.1-clear-behind-starttls", "RFC 3501 §6.2.1"), where: onInjection,
		find: hurried(onTLSReady)},
	{Rule: rule.NewMust("imap/4978-3-command-behind-compress", "RFC 4978 §3"),
		where: onCommand | onInjection, find: hurried(onDeflate)},
	{Rule: rule.NewNote("imap/8314-3-tls-on-plain-port", "RFC 8314 §3"), where: onTLS,
		find: func(u *unit) (int, int, bool) { return 0, min(3, len(u.text)), true }},

	// The response (RFC 3501 §2.2.2, §7).
	{Rule: rule.NewMust("imap/3501-7.1-greeting-form", "RFC 3501 §7.1"), where: onGreeting,
		find: whole(func(u *unit) bool { return !isGreeting(&u.response) })},
	{Rule: rule.NewMust("imap/3501-2.2.2-response-form", "RFC 3501 §2.2.2"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.response.kind == malformed && !u.lost
		})},
	{Rule: rule.NewMust("imap/3501-2.2.2-unknown-tag", "RFC 3501 §2.2.2"), where: onStatus,
		find: func(u *unit) (int, int, bool) {
			return 0, len(u.response.tag), u.response.kind == tagged && !u.asked &&
				!u.lost && !u.doubt && !(u.stray && sameWord(u.response.tag, "DONE"))
		}},
	{Rule: rule.NewMust("imap/3501-7.5-nobody-waits", "RFC 3501 §7.5"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.response.kind == continuation && !u.asked && !u.lost && !u.doubt
		})},
	{Rule: rule.NewMust("imap/3501-9-continuation-space", "RFC 3501 §9"), where: onGreeting | onStatus,
		find: whole(func(u *unit) bool { return string(u.text) == "+" })},
	{Rule: rule.NewShould("imap/3501-7.1.5-after-bye", "RFC 3501 §7.1.5"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.view.bye && u.asked && u.response.word == "OK" && u.to.n > u.view.byeAt &&
				u.to.verb != verbLogout
		})},
	{Rule: rule.NewMust("imap/3501-6.1.3-no-bye", "RFC 3501 §6.1.3"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.asked && u.to.verb == verbLogout && u.response.word == "OK" && !u.view.bye && !u.doubt
		})},

	// The end (RFC 3501 §3.4, RFC 9051 §3.4).
	{Rule: rule.NewShould("imap/9051-3.4-no-logout", "RFC 9051 §3.4"), where: onEnd,
		find: atEnd(trace.Client, func(u *unit) bool { return !u.hopes.asked && !u.view.bye && !u.view.strange })},
	{Rule: rule.NewMust("imap/3501-3.4-logout-not-read", "RFC 3501 §3.4"), where: onEnd,
		find: atEnd(trace.Client, func(u *unit) bool { return u.hopes.asked && !u.view.logout })},
	{Rule: rule.NewShould("imap/9051-3.4-closed-without-bye", "RFC 9051 §3.4"), where: onEnd,
		find: atEnd(trace.Server, func(u *unit) bool { return !u.view.bye })},
}

// maxLine is the most octets of a command line, literals left out (RFC 7162 §4).
const maxLine = 8192

// controlOctet finds a control octet, which may stand in a quoted string and nowhere
// else (RFC 3501 §9).
func controlOctet(u *unit) (int, int, bool) {
	i := u.line.First(wire.Control)
	if i < 0 || i >= len(u.text) {
		return 0, 0, false
	}
	quoted := false
	for j := 0; j < i; j++ {
		switch {
		case quoted && u.text[j] == '\\':
			j++
		case u.text[j] == '"':
			quoted = !quoted
		}
	}
	return i, 1, !quoted
}

// literal makes a find of a question about the literal that a line announces.
func literal(broken func(u *unit, l wire.Literal) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		l, is := wire.FindLiteral(u.text)
		return l.At, len(u.text) - l.At, is && !u.ev.More && !u.lost && broken(u, l)
	}
}

// isGreeting says that a response may begin a session (RFC 3501 §9, greeting).
func isGreeting(r *responseLine) bool {
	return r.kind == untagged && (r.word == "OK" || r.word == "PREAUTH" || r.word == "BYE")
}

// atEnd makes a find of a question about how an end left a session that had begun.
func atEnd(e trace.End, broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return whole(func(u *unit) bool {
		return u.end == e && u.view.greeted && !u.lost && !u.doubt && broken(u)
	})
}
