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
	"time"
)

// A guest is a session with a server. It says a command, reads the answer, and says the next:
// nothing can come behind an answer, so that it is over when what was read last ends in a line
// that begins with the tag.
type guest struct {
	net.Conn
	buf      []byte
	selected bool
}

// tag is that of every command. Since no command is said before the last one is answered,
// one is enough.
const tag = "guest1"

// visit logs in to a server.
func visit(addr string) (*guest, error) {
	c, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: c, buf: make([]byte, 256<<10)}
	if err = g.answer("* OK", nil); err == nil {
		err = g.say("LOGIN " + user + " " + password)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return g, nil
}

// chosen makes sure that the folder is selected.
func (g *guest) chosen() error {
	if g.selected {
		return nil
	}
	g.selected = true
	return g.say("SELECT INBOX")
}

// say sends a command and reads its answer, which has to be OK.
func (g *guest) say(command string) error { return g.into(nil, command) }

// into does the same, and gives h all of the answer but its last line.
func (g *guest) into(h hash.Hash, command string) error {
	_, err := io.WriteString(g, tag+" "+command+"\r\n")
	if err == nil {
		err = g.answer(tag, h)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return err
}

// append sends a message, as one that the server asks for.
func (g *guest) append(folder, text string) error {
	_, err := fmt.Fprintf(g, "%s APPEND %s {%d}\r\n", tag, folder, len(text))
	if err == nil {
		err = g.answer("+", nil)
	}
	if err == nil {
		_, err = io.WriteString(g, text+"\r\n")
	}
	if err == nil {
		err = g.answer(tag, nil)
	}
	return err
}

// longestLast is more than the last line of an answer has.
const longestLast = 1024

// answer reads an answer, whose last line begins with start.
func (g *guest) answer(start string, h hash.Hash) error {
	have := 0 // octets in the buffer that may belong to the last line
	for {
		n, err := g.Read(g.buf[have:])
		if err != nil {
			return err
		}
		have += n
		done := g.buf[have-1] == '\n'
		last := max(have-longestLast, 0)
		if done {
			row := bytes.LastIndexByte(g.buf[last:have-1], '\n') + 1 + last
			if done = bytes.HasPrefix(g.buf[row:have], []byte(start)); done {
				last = row
			}
		}
		if h != nil {
			h.Write(g.buf[:last])
		}
		if !done {
			have = copy(g.buf, g.buf[last:have])
			continue
		}
		text := g.buf[last:have]
		if start == tag && !bytes.HasPrefix(text, []byte(tag+" OK")) {
			return errors.New(string(text))
		}
		return nil
	}
}

// digest is that of all messages.
func (s *server) digest() (string, error) {
	if err := s.begin(); err != nil {
		return "", err
	}
	err := s.guest.chosen()
	h := sha256.New()
	if err == nil {
		err = s.guest.into(h, "FETCH 1:* BODY.PEEK[]")
	}
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, s.end())
}
