package pop3

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mailtool/internal/sasl"
)

// Auth logs in by x (RFC 5034). An error that is a *Reply is the server's refusal. The
// mechanism has to be one that the server offers now, above TLS if there is TLS: otherwise
// nothing is sent, and the error is a NotOfferedError. Where x finds fault with the server
// the exchange is cancelled, and the error is x's own.
func (c *Client) Auth(x sasl.Client) (*Reply, error) {
	if !slices.Contains(c.Capabilities.Mechanisms(), x.Mechanism()) {
		return nil, &NotOfferedError{"AUTH " + x.Mechanism()}
	}
	initial, err := x.Start()
	if err != nil {
		return nil, err
	}
	cmd := Command{Verb: "AUTH", Arg: x.Mechanism()}
	if initial != nil {
		with := Command{Verb: "AUTH", Arg: cmd.Arg + " " + sasl.EncodeInitial(initial)}
		if len(with.Append(nil))+len(crlf) <= MaxCommandLine { // RFC 5034 §4
			cmd, initial = with, nil
		}
	}
	if err := c.write(cmd); err != nil {
		return nil, err
	}
	for {
		r, err := c.reply("AUTH", c.Timeouts.Reply)
		if err != nil || r.Status != Challenge {
			return r, c.loggedIn(x, r, err)
		}
		response, err := respond(x, r, initial)
		if err != nil {
			return nil, c.cancel(err)
		}
		initial = nil
		if err := c.writeLine("AUTH", sasl.Encode(response)); err != nil {
			return nil, err
		}
	}
}

// respond answers a challenge. The one that asks for an initial response which has not been
// sent is empty (RFC 5034 §4).
func respond(x sasl.Client, r *Reply, initial []byte) ([]byte, error) {
	wrong := func(why string) ([]byte, error) {
		return nil, &ProtocolError{"AUTH", clip(r.Append(nil)), why}
	}
	challenge, err := sasl.Decode([]byte(r.Text))
	switch {
	case err != nil:
		return wrong("the challenge is not base64")
	case initial == nil:
		return x.Next(challenge)
	case len(challenge) > 0:
		return wrong("a challenge where the client speaks first")
	}
	return initial, nil
}

// cancel ends an exchange because of why (RFC 5034 §4). Whatever the server says to that,
// nobody has logged in.
func (c *Client) cancel(why error) error {
	if err := c.writeLine("AUTH", sasl.Cancel); err != nil {
		return err
	}
	r, err := c.reply("AUTH", c.Timeouts.Reply)
	if err == nil && r.Status != Err {
		c.fail(&ProtocolError{"*", clip(r.Append(nil)), "no refusal"})
	}
	return why
}

// loggedIn judges the last reply of an exchange. A server that had to prove who it is, and
// did not, may be anybody: nothing is deleted at its word.
func (c *Client) loggedIn(x sasl.Client, r *Reply, err error) error {
	switch {
	case err != nil:
		return err
	case !r.Positive():
		return r
	}
	if err := sasl.Proved(x); err != nil {
		return c.fail(err)
	}
	return nil
}

// Pass logs in by USER and PASS (RFC 1939 §7): the password is there for all to read who see
// the line. The error is a *Reply, a NotOfferedError where CAPA's answer spoke of no USER, or
// of no UTF-8 for a name or password that needs it (RFC 6856 §2.2), or ErrCredentials of the
// package sasl for what cannot be said; nothing is sent then.
func (c *Client) Pass(name, password string) (*Reply, error) {
	for _, word := range []string{name, password} {
		if err := c.sayable(word); err != nil {
			return nil, err
		}
	}
	if c.Capabilities != nil && !c.Capabilities.Has("USER") {
		return nil, &NotOfferedError{"USER"}
	}
	if r, err := c.Do(Command{Verb: "USER", Arg: name}, nil); err != nil {
		return r, err
	}
	return c.Do(Command{Verb: "PASS", Arg: password}, nil)
}

// sayable says whether a word may stand behind USER, PASS or APOP.
func (c *Client) sayable(word string) error {
	if word == "" || strings.ContainsAny(word, "\r\n\x00") {
		return fmt.Errorf("%w: it is empty, or has an octet that no line holds", sasl.ErrCredentials)
	}
	if len("PASS ")+len(word)+len(crlf) > MaxCommandLine {
		return fmt.Errorf("%w: %w", sasl.ErrCredentials, ErrTooLong)
	}
	if params, _ := c.Capabilities.Param("UTF8"); !ascii(word) && c.Capabilities != nil &&
		!slices.Contains(strings.Fields(upper([]byte(params))), "USER") {
		return &NotOfferedError{"UTF8 USER"}
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// APOP logs in by the greeting's timestamp (RFC 1939 §7). Where it has none, nothing is
// sent, and the error is a NotOfferedError; otherwise errors are those of Pass.
func (c *Client) APOP(name, password string) (*Reply, error) {
	if c.over != nil {
		return nil, c.over
	}
	stamp := ""
	if c.Greeting != nil {
		stamp = c.Greeting.Timestamp()
	}
	if stamp == "" {
		return nil, &NotOfferedError{"APOP"}
	}
	for _, word := range []string{name, password} {
		if err := c.sayable(word); err != nil && !errors.Is(err, ErrTooLong) {
			return nil, err
		}
	}
	digest, err := sasl.APOPDigest(stamp, sasl.Credentials{Name: name, Password: password})
	if err != nil {
		return nil, err
	}
	return c.Do(Command{Verb: "APOP", Arg: digest}, nil)
}
