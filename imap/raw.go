package imap

import (
	"errors"
	"fmt"
	"strings"

	"mailtool/internal/wire"
)

// What Raw cannot send.
var (
	ErrLiteral = errors.New("imap: the octets of a literal are missing")
	ErrLayer   = errors.New("imap: what changes the layer below has a method of its own")
)

// Raw sends a command as somebody wrote it, without its tag. A literal stands on the lines behind
// its announcement: so many octets where there is a number, "LOGIN {3}\nbob {6}\nsesame", and
// where there is none, "{}", what the line holds, so that the command goes on with the next one:
// "LOGIN {}\nbob\n {}\nsesame". The client waits for the server before each, but not before {3+}
// or {+}. What take is for, Do says. answer is asked what to say where the server asks for more
// than the command has, as in AUTHENTICATE and IDLE; after an error the client says "*". The
// errors are those of Do, ErrLiteral, or ErrLayer for STARTTLS.
func (c *Client) Raw(
	text string, take func(Data) error, answer func(prompt string) (string, error),
) (*Response, error) {
	l, _ := parseLine([]byte("a " + text))
	if l.verb == "STARTTLS" || l.verb == "COMPRESS" {
		return nil, ErrLayer
	}
	x := &exchange{verb: l.verb, take: take}
	w := c.newCommand(x)
	w.unasked = 0
	if err := w.written(text); err != nil {
		return nil, err
	}
	learned := c.learned
	r, err := c.send(x, w)
	if r == nil && err == nil {
		r, err = c.converse(x, answer)
	}
	switch {
	case err != nil:
	case l.verb == "LOGIN" || l.verb == "AUTHENTICATE":
		c.admitted(nil, learned, nil)
	case l.verb == "LOGOUT":
		c.part()
	}
	return r, err
}

// converse says what answer returns until there is a result.
func (c *Client) converse(x *exchange, answer func(string) (string, error)) (*Response, error) {
	for answer != nil {
		r, more, err := c.turn(x)
		switch {
		case err != nil:
			return nil, err
		case r != nil:
			return c.judge(x, r)
		}
		line, err := answer(more)
		if err != nil {
			return nil, c.cancel(x, err)
		}
		if strings.ContainsAny(line, "\r\n\x00") {
			return nil, c.cancel(x, ErrLineEnding)
		}
		if err := c.write(x, []byte(line+"\r\n")); err != nil {
			return nil, err
		}
	}
	return c.result(x)
}

// written writes a command as somebody wrote it.
func (w *writer) written(text string) error {
	for {
		line, rest, more := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		l, counted := wire.FindLiteral([]byte(line))
		form, open := openLiteral(line)
		switch {
		case !counted && !open && more && rest != "":
			return ErrLineEnding
		case !counted && !open:
			w.raw(line)
			w.raw("\r\n")
			return nil
		case !more || counted && l.Size > int64(len(rest)):
			return fmt.Errorf("%w: behind %q", ErrLiteral, line[strings.LastIndexByte(line, '{'):])
		case counted:
			w.raw(line)
			text = rest[l.Size:]
			rest = rest[:l.Size]
		case open:
			l.NoWait = form == "{+}"
			rest, text, _ = strings.Cut(rest, "\n")
			rest = strings.TrimSuffix(rest, "\r")
			w.raw(strings.TrimSuffix(line, form))
			w.raw(fmt.Sprintf("{%d%s", len(rest), form[1:]))
		}
		w.raw("\r\n")
		if !l.NoWait {
			w.waits = append(w.waits, len(w.b))
		}
		w.raw(rest)
	}
}

// openLiteral returns the announcement without a number that a line ends in.
func openLiteral(line string) (form string, ok bool) {
	for _, form := range []string{"{}", "{+}"} {
		if strings.HasSuffix(line, form) {
			return form, true
		}
	}
	return "", false
}
