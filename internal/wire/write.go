package wire

import (
	"bytes"
	"io"
)

// Write buffers p. What is buffered leaves with Flush, or earlier when it is much.
func (c *Conn) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(c.out) == cap(c.out) {
			if err := c.send(); err != nil {
				return len(p) - len(rest), err
			}
		}
		n := min(len(rest), cap(c.out)-len(c.out))
		c.out = append(c.out, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// WriteLine buffers text and a CRLF.
func (c *Conn) WriteLine(text string) error {
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	_, err := io.WriteString(c, "\r\n")
	return err
}

// WriteString buffers s.
func (c *Conn) WriteString(s string) (int, error) { return c.Write([]byte(s)) }

// Flush sends what is buffered. It ends the unit that Gate is asked about.
func (c *Conn) Flush() error {
	err := c.send()
	c.gated = false
	return err
}

// Abandon forgets what is buffered and was not sent.
func (c *Conn) Abandon() { c.out, c.gated = c.out[:0], false }

func (c *Conn) send() error {
	if len(c.out) == 0 {
		return nil
	}
	if c.Gate != nil && !c.gated {
		c.gated = true
		if err := c.Gate(c.out); err != nil {
			c.Abandon() // what is written next is asked about anew
			return err
		}
	}
	if err := c.armWrite(); err != nil {
		return err
	}
	_, err := c.nc.Write(c.out)
	c.out = c.out[:0]
	return err
}

// WriteDot writes what r holds as a dot block and ends it: a leading dot of a line is
// doubled, and a CRLF comes before the lone dot only where the text does not end in
// one (RFC 5321 §4.1.1.4, §4.5.2). Line endings are left as they are; only CRLF is
// taken for one. It returns how many octets r held.
func (c *Conn) WriteDot(r io.Reader) (int64, error) {
	var (
		buf   [4 << 10]byte
		total int64
		start = true // at the start of a line
		cr    bool
	)
	for {
		n, err := r.Read(buf[:])
		total += int64(n)
		for p := buf[:n]; len(p) > 0; {
			if start && p[0] == '.' {
				if _, err := c.Write(p[:1]); err != nil {
					return total, err
				}
			}
			k := bytes.IndexByte(p, '\n') + 1
			if k == 0 {
				k = len(p)
			}
			start = p[k-1] == '\n' && (k > 1 && p[k-2] == '\r' || k == 1 && cr)
			cr = p[k-1] == '\r'
			if _, err := c.Write(p[:k]); err != nil {
				return total, err
			}
			p = p[k:]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return total, err
		}
	}
	end := ".\r\n"
	if !start {
		end = "\r\n.\r\n"
	}
	_, err := io.WriteString(c, end)
	return total, err
}
