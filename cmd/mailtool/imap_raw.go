package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A rawRun is one run of "imap raw": commands go out as they are typed, but for their tags.
type rawRun struct {
	imapCall
	words    []string // of the command line, that are left
	unquoted bool     // they look like one command whose words were typed as many
	done     int
	refusals []refusal
}

// newIMAPRaw is "imap raw COMMAND...".
func (p *program) newIMAPRaw() *cobra.Command {
	r := &rawRun{imapCall: p.newIMAPCall()}
	c := p.newIMAPCommand(&r.imapCall, "raw COMMAND...", r.speak, func() []offer {
		return []offer{{"mailtool imap shell" + r.shellWords(), "next/imap/shell"}}
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return p.words("COMMAND")(c, args)
		}
		r.words, r.unquoted = args, unquoted(args)
		for _, a := range args {
			switch rawVerb(a) {
			case "LOGIN", "AUTHENTICATE":
				if r.unquoted { // a password would be sent as a command, which nobody hides
					return fail(exitUsage, "error/imap/raw/login", "verb", rawVerb(a)).
						hint("hint/imap/raw/quotes", `mailtool imap raw "LOGIN bob sesame"`)
				}
				r.who.nobody = true // who it is, they say themselves
			case "STARTTLS", "COMPRESS":
				return fail(exitUsage, "error/imap/raw/layer", "verb", rawVerb(a)).
					hint("hint/auth/starttls", "--tls starttls")
			}
		}
		return nil
	}
	r.flags(c)
	return c
}

// rawVerb is the first word of a command, in capitals: it is all that may be said again of it.
func rawVerb(text string) string {
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
		return ""
	case strings.EqualFold(words[0], "UID") && len(words) > 1:
		return strings.ToUpper(words[0] + " " + words[1])
	}
	return strings.ToUpper(words[0])
}

// speak says one command after the other. One that is refused is told of at the end; the others
// go on.
func (r *rawRun) speak(_ *live, s *imapSession, _ []string) (string, error) {
	for len(r.words) > 0 {
		if s.over {
			return r.verdict(), fail(exitUsage, "error/imap/raw/over", "word", rawVerb(r.words[0]))
		}
		verb := rawVerb(r.words[0])
		text, err := r.command()
		if err != nil {
			return r.verdict(), err
		}
		var answer func(string) (string, error)
		if mayAsk(verb) {
			answer = func(string) (string, error) { return r.answer(verb) }
		}
		_, err = s.Raw(text, nil, answer)
		s.over = verb == "LOGOUT"
		refused := replyIn(err)
		switch {
		case err == nil:
			r.done++
		case refused != nil:
			r.refusals = append(r.refusals, refusal{verb, refused})
		case errors.Is(err, errUnanswered):
			return r.verdict(), fail(exitUsage, "error/imap/raw/answer", "verb", verb)
		case errors.Is(err, imap.ErrLineEnding), errors.Is(err, imap.ErrLiteral):
			return r.verdict(), fail(exitUsage, "error/imap/raw/line", "verb", verb).because(err)
		default:
			return r.verdict(), s.refused(verb, err)
		}
	}
	err := r.added(r.refusals)
	if e := (*problem)(nil); r.unquoted && errors.As(err, &e) {
		return r.verdict(), e.hint("hint/imap/raw/quotes", `mailtool imap raw "SELECT INBOX"`+r.shellWords())
	}
	return r.verdict(), err
}

// mayAsk says that a server may ask verb for more than its literals, "+": one that asks any other
// command that is known breaks the protocol (RFC 3501 §7.5).
func mayAsk(verb string) bool {
	return verb == "AUTHENTICATE" || verb == "IDLE" || !imap.IsCommand(verb)
}

// unquoted says that these are single words, and not all of them the verb of a command: a shell
// divides SELECT INBOX, and each would be sent as a command.
func unquoted(args []string) bool {
	stray := false
	for _, a := range args {
		if strings.ContainsAny(a, " {") {
			return false
		}
		stray = stray || !imap.IsCommand(a)
	}
	return stray && len(args) > 1
}

func (r *rawRun) verdict() string {
	text := r.p.counted("verdict/imap/raw", r.done)
	if n := len(r.refusals); n > 0 {
		text += r.p.say("verdict/comma") + r.p.say("verdict/imap/raw/refused", "n", strconv.Itoa(n))
	}
	return text
}

// errUnanswered is why an exchange is cancelled.
var errUnanswered = errors.New("no word is left to answer with")

// answer is what is said where the server asks for more than the command has: the next word. IDLE
// is ended by DONE, whether somebody said so or not.
func (r *rawRun) answer(verb string) (string, error) {
	next := ""
	if len(r.words) > 0 {
		next = r.words[0]
	}
	switch {
	case verb == "IDLE" && !strings.EqualFold(next, "DONE"):
		return "DONE", nil
	case len(r.words) == 0:
		return "", errUnanswered
	}
	r.words = r.words[1:]
	return next, nil
}

// command takes the words of one command. Behind one that ends in an announcement, {} or {5},
// stands the literal, and behind that the command goes on if the next word begins as it can only
// go on there: with a space or a parenthesis.
func (r *rawRun) command() (string, error) {
	var b strings.Builder
	for {
		line := r.words[0]
		r.words = r.words[1:]
		form, announces := announcement(line)
		if !announces {
			b.WriteString(line)
			return b.String(), nil
		}
		if len(r.words) == 0 {
			return "", fail(exitUsage, "error/imap/raw/literal", "word", form)
		}
		literal := r.words[0]
		r.words = r.words[1:]
		if form == "{}" || form == "{+}" {
			line = fmt.Sprintf("%s{%d%s", strings.TrimSuffix(line, form), len(literal), form[1:])
		}
		b.WriteString(line + "\n" + literal)
		if len(r.words) == 0 || !strings.HasPrefix(r.words[0], " ") && !strings.HasPrefix(r.words[0], ")") {
			return b.String(), nil
		}
	}
}

// announcement is what announces a literal at the end of a line: {}, {+}, {5}, {5+}.
func announcement(line string) (form string, ok bool) {
	at := strings.LastIndexByte(line, '{')
	if at < 0 || !strings.HasSuffix(line, "}") {
		return "", false
	}
	form = line[at:]
	digits := strings.TrimSuffix(form[1:len(form)-1], "+")
	for _, c := range digits {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return form, true
}
