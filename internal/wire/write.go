package wire

import "io"

// Write buffers p. What is buffered leaves with Flush, or earlier when it is much. What is
// more than the buffer holds leaves from where it lies.
func (c *Conn) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(c.out) == cap(c.out) {
			if err := c.send(); err != nil {
				return len(p) - len(rest), err
			}
		}
		n := min(len(rest), cap(c.out)-len(c.out))
		if len(c.out) == 0 && len(rest) > cap(c.out) {
			n = min(len(rest), bodyBuffer)
			if err := c.transmit(rest[:n]); err != nil {
				return len(p) - len(rest), err
			}
		} else {
			c.out = append(c.out, rest[:n]...)
		}
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
	err := c.transmit(c.out)
	c.out = c.out[:0]
	return err
}

// transmit sends b now. Nothing is buffered but b, if it is what is buffered.
func (c *Conn) transmit(b []byte) error {
	if c.Gate != nil && !c.gated {
		c.gated = true
		if err := c.Gate(b); err != nil {
			c.Abandon() // what is written next is asked about anew
			return err
		}
	}
	if err := c.armWrite(); err != nil {
		return err
	}
	_, err := c.nc.Write(b)
	return err
}

// WriteDot writes what r holds as a dot block and ends it: see DotWriter. It returns how
// many octets r held.
func (c *Conn) WriteDot(r io.Reader) (int64, error) {
	var (
		buf   [4 << 10]byte
		total int64
		w     = c.DotWriter()
	)
	for {
		n, err := r.Read(buf[:])
		total += int64(n)
		if _, err := w.Write(buf[:n]); err != nil {
			return total, err
		}
		if err == io.EOF {
			return total, w.End()
		}
		if err != nil {
			return total, err
		}
	}
}
