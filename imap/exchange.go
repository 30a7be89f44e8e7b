package imap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"mailtool/internal/wire"
)

// ErrUnasked is what a function that is given data returns for what it did not ask for: it goes
// to Client.Unasked then.
var ErrUnasked = errors.New("imap: not what was asked for")

// An exchange is a command on its way, and what is done with what the server says until its
// result comes.
type exchange struct {
	verb string // for errors
	tag  string
	// take is given data; nil where none was asked for.
	take func(Data) error
	// into says where the octets of a message go that come as a literal in data of FETCH: those of
	// an item, "BODY[1]<0>". Where it is nil, or returns nil, they are kept in memory; or else the
	// data has an empty string instead.
	into func(number uint32, item string, octets int64) io.Writer

	octets  int64 // that came
	err     error // why the data is not what was asked for
	refused bool  // take has returned an error, and is given no more
	idle    bool  // the server may take its time, and say as much as it likes
}

// Do sends a command and waits for its result. take is given the data that comes before it; it
// returns ErrUnasked for what it did not ask for, and any other error is returned by Do once the
// result has come. Where take is nil, nothing was asked for. The data may be kept. Do is not for
// AUTHENTICATE, STARTTLS, APPEND and IDLE.
func (c *Client) Do(cmd Command, take func(Data) error) (*Response, error) {
	return c.do(cmd, &exchange{take: take})
}

func (c *Client) do(cmd Command, x *exchange) (*Response, error) {
	r, err := c.begin(cmd, x)
	if r == nil && err == nil {
		r, err = c.result(x)
	}
	return r, err
}

// only sends a command that is answered by one piece of data. Where it is missing, the zero is
// returned; of more than one the last.
func only[D Data](c *Client, cmd Command) (D, error) {
	var answer D
	_, err := c.Do(cmd, func(d Data) error {
		a, ok := d.(D)
		if !ok {
			return ErrUnasked
		}
		answer = a
		return nil
	})
	return answer, err
}

// begin sends a command. A response that is not nil is the result already: the server did not
// want the literal that it was to ask for; it is an error, too.
func (c *Client) begin(cmd Command, x *exchange) (*Response, error) {
	x.verb = cmd.Verb()
	w := c.newCommand(x)
	w.raw(x.verb)
	cmd.print(w)
	w.raw("\r\n")
	return c.send(x, w)
}

// newCommand begins a command, with a tag that was not used before.
func (c *Client) newCommand(x *exchange) *writer {
	c.tags++
	x.tag = fmt.Sprintf("a%03d", c.tags)
	w := &writer{utf8: c.utf8}
	switch {
	case !c.NoWait:
	case c.Capabilities.Has("LITERAL+"):
		w.unasked = math.MaxInt64
	case c.Capabilities.Has("LITERAL-"):
		w.unasked = literalMinus
	}
	w.raw(x.tag)
	w.sp()
	return w
}

// send sends what w holds, and waits for the server before each literal that wants it.
func (c *Client) send(x *exchange, w *writer) (*Response, error) {
	switch {
	case c.over != nil:
		return nil, c.over
	case !w.sayable():
		return nil, ErrLineEnding
	}
	at := 0
	for _, wait := range w.waits {
		if err := c.write(x, w.b[at:wait]); err != nil {
			return nil, err
		}
		if r, err := c.goAhead(x); r != nil || err != nil {
			return r, err
		}
		at = wait
	}
	if w.open { // they leave with the octets that come from elsewhere
		return nil, c.buffer(x, w.b[at:])
	}
	return nil, c.write(x, w.b[at:])
}

// sayable says that no line ends in what w holds but behind the announcement of a literal, and at
// the end, and that no octets are missing.
func (w *writer) sayable() bool {
	for at := 0; ; {
		n := bytes.IndexByte(w.b[at:], '\n')
		if n < 1 || w.b[at+n-1] != '\r' {
			return false
		}
		line := w.b[at:][:n-1]
		if bytes.ContainsAny(line, "\r\x00") {
			return false
		}
		l, ok := wire.FindLiteral(line)
		if at += n + 1; at == len(w.b) {
			return ok == w.open
		}
		if !ok || !l.NoWait && !slices.Contains(w.waits, at) || l.Size > int64(len(w.b)-at) {
			return false
		}
		at += int(l.Size)
	}
}

// goAhead waits until the server asks for a literal. A response is a refusal.
func (c *Client) goAhead(x *exchange) (*Response, error) {
	r, _, err := c.turn(x)
	switch {
	case err != nil || r == nil:
		return nil, err
	case r.Status == OK:
		return nil, c.fault(x, bytes.TrimSuffix(r.Append(nil), []byte("\r\n")), "the result comes before the command is whole")
	}
	return r, r
}

// result waits for the result of a command that was sent.
func (c *Client) result(x *exchange) (*Response, error) {
	r, more, err := c.turn(x)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, c.fault(x, []byte("+ "+more), "nothing waits to be asked for")
	}
	return c.judge(x, r)
}

// judge says what comes of a result.
func (c *Client) judge(x *exchange, r *Response) (*Response, error) {
	if r.Status != OK {
		return r, r
	}
	return r, x.err
}

// turn reads until it is the client's turn again: the result is there, or else, where it is nil,
// the server asks for what comes next, with the text behind "+". What comes before goes where it
// belongs.
func (c *Client) turn(x *exchange) (r *Response, more string, err error) {
	for {
		timeout := c.Timeouts.Reply
		if x.idle {
			timeout = 0
		}
		text, err := c.read(x, timeout)
		if err != nil {
			return nil, "", err
		}
		if rest, ok := bytes.CutPrefix(text, []byte("+")); ok {
			return nil, string(bytes.TrimPrefix(rest, []byte(" "))), nil
		}
		if bytes.HasPrefix(text, []byte("* ")) {
			if err := c.untagged(x, text); err != nil {
				return nil, "", err
			}
			continue
		}
		r, bad := parseResponse(text)
		switch {
		case bad != nil || r.Status == BYE || r.Status == PREAUTH:
			return nil, "", c.fault(x, text, "neither data, nor a result, nor a request to go on")
		case r.Tag != x.tag:
			return nil, "", c.fault(x, text, "no command has this tag")
		}
		c.learn(r)
		return r, "", nil
	}
}

// untagged hands data to whoever asked for it.
func (c *Client) untagged(x *exchange, text []byte) error {
	d, bad := parseUntagged(text, c.utf8)
	if bad != nil {
		if _, nothing := d.(Other); !nothing {
			return c.fault(x, text, "nothing behind the asterisk")
		}
		x.blame(&DataError{x.verb, clip(text), bad})
	}
	if r, ok := d.(*Response); ok && r.Status == BYE && x.verb != "LOGOUT" {
		return c.fail(&ByeError{r})
	}
	c.learn(d)
	if x.take != nil && !x.refused {
		if err := x.take(d); !errors.Is(err, ErrUnasked) {
			x.blame(err)
			x.refused = err != nil
			return nil
		}
	}
	if c.Unasked != nil {
		c.Unasked(d)
	}
	return nil
}

// blame keeps the first error.
func (x *exchange) blame(err error) {
	if x.err == nil {
		x.err = err
	}
}

// write sends b.
func (c *Client) write(x *exchange, b []byte) error {
	if err := c.buffer(x, b); err != nil {
		return err
	}
	if err := c.conn.Flush(); err != nil {
		return c.lastWords(x, err)
	}
	return nil
}

// buffer has b leave with what is sent next.
func (c *Client) buffer(x *exchange, b []byte) error {
	c.conn.WriteTimeout = c.Timeouts.Write
	if _, err := c.conn.Write(b); err != nil {
		return c.lastWords(x, err)
	}
	return nil
}

// farewell is how long a server that closed is given to say why.
const farewell = time.Second

// lastWords is called when sending failed: a server that gives up says BYE before it closes, and
// that says more than a broken pipe.
func (c *Client) lastWords(x *exchange, err error) error {
	c.conn.Abandon()
	for c.over == nil {
		text, lost := c.read(x, farewell)
		if lost != nil {
			break
		}
		d, _ := parseUntagged(text, c.utf8)
		if r, ok := d.(*Response); ok && r.Status == BYE {
			err = &ByeError{r}
			break
		}
	}
	return c.fail(err)
}
