package interop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A plainIMAP is a client that knows nothing but lines, literals and tags, so that it can say
// what no client would.
type plainIMAP struct {
	net.Conn
	r    *bufio.Reader
	said int // commands
}

// patience is how long an answer may take.
const patience = 10 * time.Second

// dialIMAP connects to a server and reads its greeting.
func dialIMAP(t *testing.T, addr string) *plainIMAP {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	c := &plainIMAP{Conn: nc, r: bufio.NewReader(nc)}
	if greeting, err := c.response(); err != nil || !strings.HasPrefix(greeting, "* OK") {
		t.Fatalf("the greeting is %q, %v", greeting, err)
	}
	return c
}

var announced = regexp.MustCompile(`\{(\d+)(\+?)\}\r\n$`)

// response reads a response, with its literals, without the CRLF at its end.
func (c *plainIMAP) response() (string, error) {
	var all []byte
	c.SetDeadline(time.Now().Add(patience))
	for {
		line, err := c.r.ReadBytes('\n')
		if err != nil {
			return string(all) + string(line), err
		}
		all = append(all, line...)
		m := announced.FindSubmatch(line)
		if m == nil {
			return string(bytes.TrimSuffix(all, []byte("\r\n"))), nil
		}
		n, _ := strconv.Atoi(string(m[1]))
		literal := make([]byte, n)
		if _, err := io.ReadFull(c.r, literal); err != nil {
			return "", err
		}
		all = append(all, literal...)
	}
}

// say sends a command, which needs neither tag nor CRLF, and returns all that is answered, the
// result last. Where the command announces a literal, and does not say that it cannot wait, it
// waits.
func (c *plainIMAP) say(command string) ([]string, error) {
	c.said++
	tag := fmt.Sprintf("x%d", c.said)
	return c.sayLine(tag, tag+" "+command+"\r\n")
}

// sayLine sends what is a line, or lines with literals, as it is, and waits for the result that
// bears the tag, or for the server to close.
func (c *plainIMAP) sayLine(tag, text string) (all []string, err error) {
	for octets := 0; text != ""; { // of a literal that the server waits for
		var piece, rest string
		piece, rest, octets = untilAsked(text, octets)
		if _, err := io.WriteString(c, piece); err != nil {
			return all, err
		}
		if text = rest; rest == "" {
			break
		}
		for { // what is told before the server is ready belongs to the answer
			r, err := c.response()
			if err != nil {
				return all, err
			}
			if strings.HasPrefix(r, "+ ") || r == "+" {
				break
			}
			if all = append(all, r); strings.HasPrefix(r, tag+" ") {
				return all, nil
			}
		}
	}
	for {
		r, err := c.response()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return append(all, "closed"), nil
			}
			return all, err
		}
		all = append(all, r)
		if strings.HasPrefix(r, tag+" ") || strings.HasPrefix(r, "* BAD") {
			return all, nil
		}
	}
}

// untilAsked divides what is to be said where the server has to ask for a literal first. The text
// begins with the octets of the one before; that of the next comes with the rest.
func untilAsked(text string, octets int) (piece, rest string, next int) {
	at := octets
	for {
		end := strings.Index(text[at:], "\r\n")
		if end < 0 {
			return text, "", 0
		}
		at += end + len("\r\n")
		m := announced.FindStringSubmatch(text[:at])
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[1])
		n = min(n, len(text)-at)
		if m[2] == "" && at < len(text) {
			return text[:at], text[at:], n
		}
		at += n
	}
}
