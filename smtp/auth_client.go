package smtp

import (
	"slices"

	"mailtool/internal/sasl"
)

// Auth logs in by x (RFC 4954). An error that is a *Reply is the server's refusal. The
// mechanism has to be one that the server offers now, above TLS if there is TLS: otherwise
// nothing is sent, and the error is a NotOfferedError. Where x finds fault with the server
// the exchange is cancelled, and the error is x's own.
func (c *Client) Auth(x sasl.Client) (*Reply, error) {
	if !slices.Contains(c.Extensions.Mechanisms(), x.Mechanism()) {
		return nil, &NotOfferedError{"AUTH " + x.Mechanism()}
	}
	initial, err := x.Start()
	if err != nil {
		return nil, err
	}
	cmd := Command{Verb: "AUTH", Arg: x.Mechanism()}
	if initial != nil {
		with := Command{Verb: "AUTH", Arg: cmd.Arg + " " + sasl.EncodeInitial(initial)}
		if len(with.String())+len(crlf) <= MaxCommandLine { // RFC 4954 §4
			cmd, initial = with, nil
		}
	}
	if err := c.write(cmd); err != nil {
		return nil, err
	}
	for {
		r, err := c.reply("AUTH", c.Timeouts.Other)
		if err != nil || !r.Intermediate() {
			return r, c.loggedIn(x, r, err)
		}
		response, err := respond(x, r, initial)
		if err != nil {
			return nil, c.cancel(err)
		}
		initial = nil
		if err := c.writeLines("AUTH", sasl.Encode(response)); err != nil {
			return nil, err
		}
	}
}

// respond answers a challenge. The one that asks for an initial response which has not been
// sent is empty (RFC 4422 §5.1).
func respond(x sasl.Client, r *Reply, initial []byte) ([]byte, error) {
	wrong := func(why string) ([]byte, error) {
		return nil, &ProtocolError{"AUTH", clip([]byte(r.Error())), why}
	}
	if r.Code != 334 || len(r.Lines) != 1 {
		return wrong("a challenge is a 334 of one line")
	}
	challenge, err := sasl.Decode([]byte(r.Lines[0]))
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

// cancel ends an exchange because of why (RFC 4954 §4). Whatever the server says to that,
// nobody has logged in.
func (c *Client) cancel(why error) error {
	if err := c.writeLines("AUTH", sasl.Cancel); err != nil {
		return err
	}
	r, err := c.reply("AUTH", c.Timeouts.Other)
	if err == nil && !r.Permanent() && !r.Transient() {
		c.fail(&ProtocolError{"*", clip([]byte(r.Error())), "no refusal"})
	}
	return why
}

// loggedIn judges the last reply of an exchange. A server that had to prove who it is, and
// did not, may be anybody: it gets no mail.
func (c *Client) loggedIn(x sasl.Client, r *Reply, err error) error {
	switch {
	case err != nil:
		return err
	case r.Code == 235:
		if err := sasl.Proved(x); err != nil {
			return c.fail(err)
		}
		return nil
	case r.Positive():
		const why = "neither 235 nor a refusal"
		return c.fail(&ProtocolError{"AUTH", clip([]byte(r.Error())), why})
	}
	return r
}
