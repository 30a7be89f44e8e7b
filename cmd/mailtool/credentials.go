package main

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// loginText is what is said about logging in.
var loginText = sentence.New(textFiles, "text/login")

// credentials are who logs in, and with what.
type credentials struct {
	user      string // --user
	password  string // --password
	file      string // --password-file
	mechanism string // --auth, in capitals; "" for the strongest
	said      func(flag string) bool
	room      *room // the class that was joined, where the session goes there; or nil

	needed   bool     // somebody has to log in
	protocol string   // where that is so
	nobody   bool     // nobody does, unless --user says so
	sample   string   // who does, at a sandbox, where nobody is named; "" for sampleFrom
	more     []string // ways to log in beside AUTH, in the words of --auth

	secret  string // the password, or the token
	assumed []assumption
}

// mechanisms are the words of --auth: those that a client has, the strongest first.
var mechanisms = append(sasl.Mechanisms(true), sasl.XOAuth2, sasl.OAuthBearer)

func (w *credentials) flags(fs *pflag.FlagSet) {
	fs.StringVarP(&w.user, "user", "u", "", "")
	fs.StringVarP(&w.password, "password", "p", "", "")
	fs.StringVar(&w.file, "password-file", "", "")
	fs.StringVar(&w.mechanism, "auth", "", "")
	w.said = fs.Changed
}

// words is the flag that says who logs in, to be put behind another command.
func (w *credentials) words() string {
	if !w.said("user") {
		return ""
	}
	return " -u " + quoted(w.user)
}

// ways are the words of --auth.
func (w *credentials) ways() []string { return slices.Concat(mechanisms, w.more) }

// given says that somebody is to log in.
func (w *credentials) given() bool { return w.user != "" }

// flag is the first flag about a log-in that was given, "" for none.
func (w *credentials) flag() string {
	for _, name := range []string{"user", "password", "password-file", "auth"} {
		if w.said(name) {
			return "--" + name
		}
	}
	return ""
}

// identify finds out who logs in, before a server is bothered: what the flags say, else
// MAILTOOL_USER, else who has joined the class. lab says that the server is a sandbox on this
// machine, where everybody knows whom there is.
func (w *credentials) identify(p *program, lab bool) error {
	w.mechanism = strings.ToUpper(w.mechanism)
	switch {
	case w.said("auth") && !slices.Contains(w.ways(), w.mechanism):
		return p.choice("auth", w.mechanism, strings.Join(w.ways(), ", "))
	case w.said("password") && w.said("password-file"):
		return twoFlags("--password", "--password-file")
	case w.said("user"):
		return w.sayable("user", w.user)
	case w.nobody && w.flag() == "":
		return nil
	}
	if w.user = p.Getenv("MAILTOOL_USER"); w.user == "" && w.room != nil {
		w.user = w.room.User
	}
	if w.user != "" || w.flag() == "" && !w.needed {
		return w.sayable("user", w.user)
	}
	switch {
	case lab && !w.token():
	case w.flag() == "":
		return fail(exitUsage, "error/user/needed", "protocol", w.protocol).hint("hint/user/missing", "")
	default:
		return fail(exitUsage, "error/user/missing", "flag", w.flag()).hint("hint/user/missing", "")
	}
	w.user = cmp.Or(w.sample, sampleFrom)
	w.assumed = append(w.assumed, assumption{"assume/user", []string{"user", w.user}})
	return nil
}

// token says that the mechanism takes a token in place of a password.
func (w *credentials) token() bool {
	return w.mechanism == sasl.XOAuth2 || w.mechanism == sasl.OAuthBearer
}

// find finds out with what the user logs in: what the flags say, else MAILTOOL_PASSWORD, else
// the class's password, or that of the sandbox's own users, else what a person types. server is
// for the question; domain is the sandbox's, "" where the server is none.
func (w *credentials) find(ctx context.Context, p *program, server, domain string) error {
	var err error
	fromEnv := p.Getenv("MAILTOOL_PASSWORD")
	switch {
	case w.said("password"):
		w.secret = w.password
	case w.said("password-file"):
		w.secret, err = p.passwordFile(ctx, w.file, w.user, server)
	case fromEnv != "":
		w.secret = fromEnv
	case w.room != nil && w.user == w.room.User && !w.token():
		w.secret = w.room.Password
	case domain != "" && !w.token() && hasDefault(w.user, domain):
		w.secret = sandbox.DefaultPassword
		w.assumed = append(w.assumed,
			assumption{"assume/password", []string{"user", w.user, "password", w.secret}})
	default:
		w.secret, err = p.askPassword(ctx, w.user, server)
	}
	if err != nil {
		return err
	}
	return w.sayable("password", w.secret)
}

// hasDefault says that a sandbox gives this user the default password.
func hasDefault(user, domain string) bool {
	local, at, whole := strings.Cut(strings.ToLower(user), "@")
	return (local == "alice" || local == "bob") && (!whole || at == strings.ToLower(domain))
}

// maxPassword is how long a name or password may be, in octets: what one line of AUTH takes.
const maxPassword = sasl.MaxMessage / 3

// sayable refuses a name or password that no mechanism takes, or that is a slip: a file with
// another encoding, a line ending that was pasted. what is the flag's name.
func (w *credentials) sayable(what, text string) error {
	switch {
	case text == "" && (what == "password" || w.said(what)):
		return fail(exitUsage, "error/"+what+"/empty")
	case len(text) > maxPassword:
		return fail(exitUsage, "error/"+what+"/long")
	case !utf8.ValidString(text):
		return fail(exitUsage, "error/"+what+"/utf8").hint("hint/utf8", "")
	case strings.ContainsAny(text, "\x00\r\n"):
		return fail(exitUsage, "error/"+what+"/octets")
	}
	return nil
}

// firstLine is a password as it stands in a file: the first line, without the mark with
// which some editors begin a file in UTF-8. PowerShell makes UTF-16 of it; of an input in that,
// which was read to its first LF, half a character is left.
func firstLine(octets []byte) string {
	if charset, from := charsetOf(octets); from != nil && strings.HasPrefix(charset, "UTF-16") {
		if text, err := from.NewDecoder().Bytes(octets[:len(octets)&^1]); err == nil {
			octets = text
		}
	}
	line, _, _ := bytes.Cut(octets, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return string(bytes.TrimPrefix(line, []byte("\uFEFF")))
}

// address is the mailbox of the user: "" where the name has no domain and none is known.
func (w *credentials) address(domain string) string {
	if !w.given() {
		return ""
	}
	if m, err := smtp.ParseMailbox(w.user); err == nil {
		return m.String()
	}
	if domain == "" {
		return ""
	}
	m, err := smtp.ParseMailbox(smtp.Mailbox{Local: w.user, Domain: domain}.String())
	if err != nil {
		return ""
	}
	return m.String()
}
