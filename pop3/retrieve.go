package pop3

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"

	"mailtool/internal/wire"
)

// A DropListing is what STAT says: the messages that are not marked, and their octets in all
// (RFC 1939 §5).
type DropListing struct {
	Messages int
	Octets   int64
}

// A ScanListing is a line of LIST (RFC 1939 §5).
type ScanListing struct {
	Number int
	Octets int64
}

// A UniqueID is a line of UIDL (RFC 1939 §7).
type UniqueID struct {
	Number int
	UID    string
}

// A Retrieved says what came of a message.
type Retrieved struct {
	Reply     *Reply
	Octets    int64 // that came, byte-stuffing removed
	Announced int64 // that the status line spoke of; -1 if it did not
}

// Stat asks how many messages there are (RFC 1939 §5).
func (c *Client) Stat() (DropListing, error) {
	r, err := c.Do(Command{Verb: "STAT"}, nil)
	if err != nil {
		return DropListing{}, err
	}
	messages, rest := firstNumber(r.Text)
	octets, _ := firstNumber(rest)
	if messages < 0 || messages > math.MaxInt32 || octets < 0 {
		const why = "not the number of messages and that of their octets"
		return DropListing{}, c.fail(&ProtocolError{"STAT", clip(r.Append(nil)), why})
	}
	return DropListing{int(messages), octets}, nil
}

// firstNumber reads the decimal number that text begins with, and returns what stands behind
// the space that follows it. n is -1 where there is none, or a larger one than there can be.
func firstNumber(text string) (n int64, rest string) {
	word, rest, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || !decimal(word) {
		return -1, text
	}
	return n, rest
}

// List asks for the size of message n (RFC 1939 §5).
func (c *Client) List(n int) (ScanListing, error) { return one(c, about("LIST", n), scanListing) }

// ListAll asks for all sizes (RFC 1939 §5).
func (c *Client) ListAll() ([]ScanListing, error) { return all(c, "LIST", scanListing) }

// UIDL asks for the unique-id of message n (RFC 1939 §7).
func (c *Client) UIDL(n int) (UniqueID, error) { return one(c, about("UIDL", n), uniqueID) }

// UIDLAll asks for all unique-ids (RFC 1939 §7).
func (c *Client) UIDLAll() ([]UniqueID, error) { return all(c, "UIDL", uniqueID) }

// one asks about one message, which the status line tells of as a line of the whole listing
// would.
func one[T any](c *Client, cmd Command, parse func(string) (T, string)) (T, error) {
	var none T
	r, err := c.Do(cmd, nil)
	if err != nil {
		return none, err
	}
	item, why := parse(r.Text)
	if why != "" {
		return none, c.fail(&ProtocolError{cmd.Verb, clip(r.Append(nil)), why})
	}
	return item, nil
}

// all asks about all messages.
func all[T any](c *Client, verb string, parse func(string) (T, string)) ([]T, error) {
	var items []T
	_, err := c.ask(Command{Verb: verb}, func(line []byte) error {
		item, why := parse(string(line))
		if why != "" {
			return &ProtocolError{verb, clip(line), why}
		}
		items = append(items, item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// scanListing reads a line of LIST. What may stand behind the size is nobody's business
// (RFC 1939 §5).
func scanListing(line string) (s ScanListing, why string) {
	n, rest := firstNumber(line)
	octets, _ := firstNumber(rest)
	if n < 1 || n > math.MaxInt32 || octets < 0 {
		return s, "not the number of a message and that of its octets"
	}
	return ScanListing{int(n), octets}, ""
}

// uniqueID reads a line of UIDL.
func uniqueID(line string) (u UniqueID, why string) {
	n, rest := firstNumber(line)
	uid, _, _ := strings.Cut(rest, " ")
	if n < 1 || n > math.MaxInt32 || uid == "" {
		return u, "not the number of a message and its unique-id"
	}
	return UniqueID{int(n), uid}, ""
}

// lines reads the lines of an answer that is no message, byte-stuffing removed. An error of
// take is one that the server is to blame for.
func (c *Client) lines(verb string, take func(line []byte) error) error {
	most := c.Bounds.Line
	if most == 0 {
		most = math.MaxInt
	}
	for n := 0; ; n++ {
		line, err := c.conn.ReadLine(most)
		switch {
		case err != nil:
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return c.broken(verb, err)
		case string(line) == ".":
			return nil
		case c.Bounds.List > 0 && n >= c.Bounds.List:
			return c.fail(&ProtocolError{verb, clip(line), "the answer does not end"})
		}
		if err := take(bytes.TrimPrefix(line, dot)); err != nil {
			return c.fail(err)
		}
	}
}

var dot = []byte(".")

// Retrieve fetches message n and writes it to w as it comes, byte-stuffing removed
// (RFC 1939 §5). An error of w is returned when the message has come to its end: the session
// can go on.
func (c *Client) Retrieve(n int, w io.Writer) (Retrieved, error) {
	return c.fetch(about("RETR", n), w)
}

// Top fetches the header of message n and so many lines of its body (RFC 1939 §7).
func (c *Client) Top(n, lines int, w io.Writer) (Retrieved, error) {
	return c.fetch(Command{Verb: "TOP", Arg: strconv.Itoa(n) + " " + strconv.Itoa(lines)}, w)
}

// fetch sends a command and writes the answer's lines to w.
func (c *Client) fetch(cmd Command, w io.Writer) (Retrieved, error) {
	got := Retrieved{Announced: -1}
	if err := c.write(cmd); err != nil {
		return got, err
	}
	var err error
	if got.Reply, err = c.status(cmd.Verb); err != nil {
		return got, err
	}
	if cmd.Verb == "RETR" {
		got.Announced = announced(got.Reply.Text)
	}
	to := &sink{c: c, w: w}
	body, err := c.conn.ReadDot(to, 0)
	got.Octets = body.Octets
	switch {
	case to.over:
		const why = "the message does not end"
		return got, c.fail(&ProtocolError{cmd.Verb, clip(got.Reply.Append(nil)), why})
	case err != nil:
		return got, c.broken(cmd.Verb, err)
	}
	return got, to.err
}

// announced finds the octets that the status line of RETR speaks of, as "120 octets" or
// "message follows (120 octets)"; -1 if it does not.
func announced(text string) int64 {
	words := strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune("(),;:", r) {
			return ' '
		}
		return r
	}, text))
	for i, w := range words {
		unit := "octets" // where there is the number alone
		if len(words) > 1 {
			unit = strings.ToLower(words[min(i+1, len(words)-1)])
		}
		if n, _ := firstNumber(w); n >= 0 && strings.HasPrefix(unit, "octet") {
			return n
		}
	}
	return -1
}

// A sink counts what goes to w, and keeps an error of w until all has come. Where there is too
// much, it cuts the connection: there is no other way to end a message.
type sink struct {
	c     *Client
	w     io.Writer
	count int64
	err   error
	over  bool
}

func (s *sink) Write(p []byte) (int, error) {
	if s.count += int64(len(p)); s.c.Bounds.Message > 0 && s.count > s.c.Bounds.Message {
		s.over = true
		s.c.Close()
		return 0, wire.ErrTooLarge
	}
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	return len(p), nil
}
