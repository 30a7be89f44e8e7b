package imap

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
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
	// into says where the octets of a message that come as a literal go, in data of FETCH: what
	// stands before them there is the message's number and the item, "BODY[1]<0>". Instead of
	// them the data has an empty string. Where it is nil, or returns nil, they are kept in memory.
	into func(number uint32, item string, size int64) io.Writer

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
		return nil, c.fault(x, r.Append(nil), "the result comes before the command is whole")
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

// read reads a response, whole: a line, and where it announces literals, their octets and the
// line going on behind them. It is valid until the next is read, unless there is a literal.
func (c *Client) read(x *exchange, timeout time.Duration) ([]byte, error) {
	if c.over != nil {
		return nil, c.over
	}
	c.conn.ReadTimeout = timeout
	text, kept := c.text[:0], false // kept: a literal stands in it
	for {
		line, err := c.conn.ReadLine(cmp.Or(c.Bounds.Line, math.MaxInt))
		if err == io.EOF && len(text) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, c.broken(x, err)
		}
		text = append(text, line...)
		l, ok := wire.FindLiteral(line)
		ok = ok && mayHoldLiteral(text)
		x.octets += int64(len(line)) + 2
		if ok {
			x.octets += l.Size
		}
		switch {
		case c.Bounds.Data > 0 && x.octets > c.Bounds.Data && !x.idle:
			return nil, c.fault(x, text, "the answer does not end")
		case c.Bounds.Literal > 0 && int64(len(text)) > c.Bounds.Literal+int64(c.Bounds.Line):
			return nil, c.fault(x, text, "the data does not end")
		case !ok:
			if c.text = text; kept || cap(text) > 64<<10 {
				c.text = nil // what is parsed may point into it
			}
			return text, nil
		}
		if text, err = c.readLiteral(x, text, l); err != nil {
			return nil, err
		}
		kept = true
	}
}

// mayHoldLiteral says that what text begins is no status: text for people may end in {5}.
func mayHoldLiteral(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("* "))
	if !ok {
		return false
	}
	s := scanner{text: rest}
	return !isStatus(s.upper())
}

// readLiteral appends the octets of a literal to what announced it, as far as they are not wanted
// elsewhere. Memory is taken as they come: the count may be a lie.
func (c *Client) readLiteral(x *exchange, text []byte, l wire.Literal) ([]byte, error) {
	if x.into != nil {
		if n, item, ok := sectionBefore(text[:len(text)-announced(text)]); ok {
			if w := x.into(n, item, l.Size); w != nil {
				return c.passLiteral(x, w, text, l)
			}
		}
	}
	if c.Bounds.Literal > 0 && l.Size > c.Bounds.Literal-int64(len(text)) {
		return nil, c.fault(x, text, "the literal is too long")
	}
	b := bytes.NewBuffer(append(text, "\r\n"...))
	if err := c.conn.CopyFull(b, l.Size); err != nil {
		return nil, c.broken(x, err)
	}
	return b.Bytes(), nil
}

// passLiteral writes the octets of a literal to w. An error of w is kept until the result.
func (c *Client) passLiteral(x *exchange, w io.Writer, text []byte, l wire.Literal) ([]byte, error) {
	to := &sink{w: w}
	if err := c.conn.CopyFull(to, l.Size); err != nil {
		return nil, c.broken(x, err)
	}
	if to.err != nil {
		x.blame(to.err)
	}
	return append(text[:len(text)-announced(text)], `""`...), nil
}

// announced is how many octets the announcement of the literal takes that text ends in.
func announced(text []byte) int {
	l, _ := wire.FindLiteral(text)
	return len(text) - l.At
}

// A sink passes on what is written to it until that fails, and keeps the error.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	return len(p), nil
}

// sectionBefore says what stands before a literal in data of FETCH: the message's number, and
// the item that the literal is the octets of. ok is false where it is a string of another kind,
// in an ENVELOPE, say.
func sectionBefore(text []byte) (number uint32, item string, ok bool) {
	s := scanner{text: text}
	s.expect('*')
	s.sp()
	number = s.nzNumber()
	s.sp()
	if ok = s.word("FETCH") && bytes.HasSuffix(text, []byte(" ")); !ok {
		return 0, "", false
	}
	text = text[s.at : len(text)-1]
	from := len(text)
	if n := bytes.LastIndexByte(text, '['); n >= 0 && (bytes.HasSuffix(text, []byte("]")) ||
		bytes.HasSuffix(text, []byte(">"))) {
		from = n
	}
	from = bytes.LastIndexAny(text[:from], " (") + 1
	item = string(bytes.ToUpper(text[from:]))
	for _, name := range []string{"BODY[", "BINARY[", "RFC822"} {
		if len(item) >= len(name) && item[:len(name)] == name {
			return number, item, true
		}
	}
	return 0, "", false
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

// broken says what is wrong when reading failed.
func (c *Client) broken(x *exchange, err error) error {
	unusual := (*wire.LineError)(nil)
	switch {
	case errors.As(err, &unusual):
		return c.fault(x, unusual.Line, lineFault(unusual))
	case errors.Is(err, wire.ErrEndless):
		return c.fault(x, nil, "a line does not end")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.fail(fmt.Errorf("no answer to %s for %v: %w", x.verb, c.conn.ReadTimeout, err))
	}
	return c.fail(err)
}

func lineFault(e *wire.LineError) string {
	switch e.Anomaly {
	case wire.BareLF:
		return "the line ends in a lone LF"
	case wire.BareCR:
		return "a lone CR"
	case wire.NUL:
		return "a NUL octet"
	}
	return "the line is too long"
}
