package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// A guest is a session with a server. It says a command, reads the answer, and says the next:
// nothing can come behind an answer, so that it is over when its last octets are those of an
// end.
type guest struct {
	net.Conn
	buf []byte
	out []byte
}

// endOf are how answers end: with a line, or with the last of many (RFC 1939 §3).
const (
	endOfLine  = "\r\n"
	endOfLines = "\r\n.\r\n"
)

// visit logs in to a server as a user, and returns how long the answer to PASS took.
func visit(addr, user string) (g *guest, ms float64, err error) {
	c, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, 0, err
	}
	g = &guest{Conn: c, buf: make([]byte, 256<<10)}
	_, err = g.answer(endOfLine, nil)
	if err == nil {
		_, err = g.say("USER "+user, endOfLine)
	}
	began := time.Now()
	if err == nil {
		_, err = g.say("PASS "+password, endOfLine)
	}
	ms = since(began)
	if err != nil {
		c.Close()
		return nil, 0, err
	}
	return g, ms, nil
}

func since(began time.Time) float64 { return time.Since(began).Seconds() * 1000 }

// say sends a command and returns the beginning of its answer.
func (g *guest) say(command, end string) (string, error) {
	if _, err := io.WriteString(g, command+"\r\n"); err != nil {
		return "", err
	}
	line, err := g.answer(end, nil)
	if err != nil {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return line, err
}

// answer reads an answer that ends in end, which has to be positive, and gives h all of it
// but the first line. It returns the first line.
func (g *guest) answer(end string, h hash.Hash) (first string, err error) {
	have := 0 // octets of the buffer that are not done with
	for {
		n, err := g.Read(g.buf[have:])
		if err != nil {
			return first, err
		}
		have += n
		if first == "" {
			i := bytes.IndexByte(g.buf[:have], '\n')
			if i < 0 {
				continue
			}
			if first = string(g.buf[:i]); g.buf[0] != '+' {
				return first, errors.New(first)
			}
			have = copy(g.buf, g.buf[i-1:have]) // its CRLF may be a part of the end
			if end == endOfLine {
				return first, nil
			}
		}
		done := bytes.HasSuffix(g.buf[:have], []byte(end))
		last := have
		if !done {
			last = max(have-len(end), 0)
		}
		if h != nil {
			h.Write(g.buf[:last])
		}
		if done {
			return first, nil
		}
		have = copy(g.buf, g.buf[last:have])
	}
}

// timed says a command with an answer of many lines, and returns how many milliseconds that
// took.
func (g *guest) timed(command string) (ms float64, err error) {
	began := time.Now()
	_, err = g.say(command, endOfLines)
	return since(began), err
}

// fetchAll fetches all messages, one after the other, into h if it is not nil.
func (g *guest) fetchAll(h hash.Hash) (n int, took time.Duration, err error) {
	stat, err := g.say("STAT", endOfLine)
	if err != nil {
		return 0, 0, err
	}
	if words := strings.Fields(stat); len(words) == 3 {
		n, _ = strconv.Atoi(words[1])
	}
	if n == 0 {
		return 0, 0, errors.New("there is nothing to fetch: " + stat)
	}
	began := time.Now()
	for i := range n {
		g.out = append(strconv.AppendInt(append(g.out[:0], "RETR "...), int64(i+1), 10), endOfLine...)
		if _, err := g.Write(g.out); err != nil {
			return 0, 0, err
		}
		if _, err := g.answer(endOfLines, h); err != nil {
			return 0, 0, fmt.Errorf("RETR %d: %w", i+1, err)
		}
	}
	return n, time.Since(began), nil
}

// quit ends the session: nothing is deleted, and the mailbox is the same afterwards.
func (g *guest) quit() error {
	_, err := g.say("QUIT", endOfLine)
	return errors.Join(err, g.Close())
}

// digest is that of all messages that a server has for the one who fetches.
func digest(addr string) (string, error) {
	g, _, err := visit(addr, fetched)
	if err != nil {
		return "", err
	}
	defer g.Close()
	h := sha256.New()
	if _, _, err := g.fetchAll(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), g.quit()
}
