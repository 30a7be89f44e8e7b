package smtp

import (
	"bytes"
	"errors"
	"io"
)

// errMemory is returned when messages that are on their way fill the server's memory.
var errMemory = errors.New("smtp: messages fill the memory")

// A collector keeps a message while it comes, in blocks that are counted against what
// all sessions of the server may use together.
type collector struct {
	srv    *Server
	blocks [][]byte
	held   int64 // octets counted
	hops   hops
}

func (s *Server) newCollector() *collector { return &collector{srv: s} }

const (
	firstBlock = 4 << 10 // most messages are small
	laterBlock = 64 << 10
)

// Write keeps p. After errMemory it keeps no more.
func (c *collector) Write(p []byte) (int, error) {
	c.hops.write(p)
	for rest := p; len(rest) > 0; {
		last := len(c.blocks) - 1
		if last < 0 || len(c.blocks[last]) == cap(c.blocks[last]) {
			if err := c.grow(); err != nil {
				return 0, err
			}
			last++
		}
		b := c.blocks[last]
		n := min(len(rest), cap(b)-len(b))
		c.blocks[last] = append(b, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

func (c *collector) grow() error {
	size := firstBlock
	if len(c.blocks) > 0 {
		size = laterBlock
	}
	if c.srv.memory.Add(int64(size)) > c.srv.Limits.orDefault().Memory {
		c.srv.memory.Add(-int64(size))
		c.discard()
		return errMemory
	}
	c.held += int64(size)
	c.blocks = append(c.blocks, make([]byte, 0, size))
	return nil
}

// discard gives the memory back.
func (c *collector) discard() {
	c.srv.memory.Add(-c.held)
	c.blocks, c.held = nil, 0
}

func (c *collector) reader() io.Reader {
	readers := make([]io.Reader, len(c.blocks))
	for i, b := range c.blocks {
		readers[i] = bytes.NewReader(b)
	}
	return io.MultiReader(readers...)
}

// normalise makes CRLF of every lone CR and LF.
func (c *collector) normalise() {
	var whole []byte
	cr := false // a CR waits for what follows it
	for _, b := range c.blocks {
		for _, o := range b {
			if cr {
				whole = append(whole, "\r\n"...)
				if cr = false; o == '\n' {
					continue
				}
			}
			switch o {
			case '\r':
				cr = true
			case '\n':
				whole = append(whole, "\r\n"...)
			default:
				whole = append(whole, o)
			}
		}
	}
	c.blocks = [][]byte{whole}
}

// hops counts the Received fields of a message's header section.
type hops struct {
	count int
	name  int // octets of "received:" that the line began with, -1 if it does not
	over  bool
}

func (h *hops) write(p []byte) {
	const field = "received:"
	if h.over {
		return
	}
	for _, c := range p {
		switch {
		case c == '\n':
			if h.over = h.name == 0; h.over {
				return
			}
			h.name = 0
		case h.name >= 0 && h.name < len(field) && c|0x20 == field[h.name]|0x20:
			if h.name++; h.name == len(field) {
				h.count++
			}
		case c != '\r' || h.name != 0:
			h.name = -1
		}
	}
}
