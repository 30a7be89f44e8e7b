package imap

import (
	"slices"
	"strings"

	"mailtool/internal/sasl"
)

// maxInitial is how long an initial response may be that goes with its command, in octets of
// base64: servers need not take longer lines than 8,192 octets (RFC 9051 §4).
const maxInitial = 8000

// Login logs in by name and password (RFC 3501 §6.2.3), which are there for all to read who see
// the line. An error that is a *Response is the server's refusal. Nothing is sent where the
// server says LOGINDISABLED, which is a NotOfferedError, or where no string can say them, which
// is ErrCredentials of the package sasl.
func (c *Client) Login(name, password string) (*Response, error) {
	if strings.ContainsRune(name+password, 0) {
		return nil, sasl.ErrCredentials
	}
	if c.Capabilities.Has("LOGINDISABLED") {
		return nil, &NotOfferedError{"LOGIN"}
	}
	learned := c.learned
	r, err := c.Do(&LoginCommand{User: name, Password: password}, nil)
	return r, c.admitted(nil, learned, err)
}

// Auth logs in by x (RFC 3501 §6.2.2), whose initial response goes with the command where the
// server offers SASL-IR (RFC 4959). An error that is a *Response is the server's refusal. The
// mechanism has to be one that the server offers now, above TLS if there is TLS: otherwise
// nothing is sent, and the error is a NotOfferedError. Where x finds fault with the server the
// exchange is cancelled, and the error is x's own.
func (c *Client) Auth(x sasl.Client) (*Response, error) {
	if !slices.Contains(c.Capabilities.Mechanisms(), x.Mechanism()) {
		return nil, &NotOfferedError{"AUTH=" + x.Mechanism()}
	}
	initial, err := x.Start()
	if err != nil {
		return nil, err
	}
	cmd := &Authenticate{Mechanism: x.Mechanism()}
	if initial != nil && c.Capabilities.Has("SASL-IR") {
		if text := sasl.EncodeInitial(initial); len(text) <= maxInitial {
			cmd.Initial, initial = text, nil
		}
	}
	learned := c.learned
	e := &exchange{}
	if r, err := c.begin(cmd, e); r != nil || err != nil {
		return r, err
	}
	for {
		r, challenge, err := c.turn(e)
		switch {
		case err != nil:
			return nil, err
		case r != nil && r.Status != OK:
			return r, r
		case r != nil:
			return r, c.admitted(x, learned, nil)
		}
		response, err := answered(x, challenge, initial)
		if err != nil {
			return nil, c.cancel(e, err)
		}
		initial = nil
		if err := c.write(e, []byte(sasl.Encode(response)+"\r\n")); err != nil {
			return nil, err
		}
	}
}

// answered is the response to a challenge. The one that asks for an initial response which has
// not been sent is empty (RFC 3501 §6.2.2, RFC 4422 §5.1).
func answered(x sasl.Client, text string, initial []byte) ([]byte, error) {
	wrong := func(why string) ([]byte, error) {
		return nil, &ProtocolError{"AUTHENTICATE", clip([]byte("+ " + text)), why}
	}
	challenge, err := sasl.Decode([]byte(text))
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

// cancel ends an exchange because of why (RFC 3501 §6.2.2). Whatever the server says to that,
// nobody has logged in.
func (c *Client) cancel(e *exchange, why error) error {
	if err := c.write(e, []byte(sasl.Cancel+"\r\n")); err != nil {
		return err
	}
	r, more, err := c.turn(e)
	switch {
	case err != nil:
	case r == nil:
		c.fault(e, []byte("+ "+more), "no refusal of what was cancelled")
	case r.Status == OK:
		c.fault(e, r.Append(nil), "no refusal of what was cancelled")
	}
	return why
}

// admitted is called with how a log-in ended. A server that had to prove who it is, and did not,
// may be anybody: nothing is believed of it. What was offered before the log-in holds no more,
// unless the server has said it anew (RFC 3501 §6.2.3).
func (c *Client) admitted(x sasl.Client, learned int, err error) error {
	if err != nil {
		return err
	}
	if x != nil {
		if err := sasl.Proved(x); err != nil {
			return c.fail(err)
		}
	}
	c.loggedIn = true
	if c.learned == learned {
		c.Capabilities = nil
	}
	return nil
}
