package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"mailtool/internal/wire"
)

// Bdat sends a chunk of a message, and with the last of them says so (RFC 3030 §2). Lines
// must end in CRLF; a chunk may begin and end anywhere in them. After a refusal the
// message is lost, and Rset has to follow.
func (c *Client) Bdat(chunk []byte, last bool) (*Reply, error) {
	if err := c.sendChunk(chunk, last); err != nil {
		return nil, err
	}
	return c.chunkReply(last)
}

// sendChunk sends BDAT and the octets behind it.
func (c *Client) sendChunk(chunk []byte, last bool) error {
	if c.over != nil {
		return c.over
	}
	c.conn.WriteTimeout = c.Timeouts.Block
	if err := writeChunk(c.conn, chunk, last); err != nil {
		return c.lastWords("BDAT", err)
	}
	return nil
}

func writeChunk(conn *wire.Conn, chunk []byte, last bool) error {
	cmd := Command{Verb: "BDAT", Arg: strconv.Itoa(len(chunk))}
	if last {
		cmd.Arg += " LAST"
	}
	err := conn.WriteLine(cmd.String())
	if err == nil {
		_, err = conn.Write(chunk)
	}
	if err == nil {
		err = conn.Flush()
	}
	return err
}

func (c *Client) chunkReply(last bool) (*Reply, error) {
	timeout := c.Timeouts.Other
	if last {
		timeout = c.Timeouts.End
	}
	r, err := c.expect("BDAT", timeout)
	if last && err == nil {
		c.open = false
	}
	return r, err
}

// chunks sends a message in chunks, each of which is answered before the next leaves. A
// refusal is the end of it (RFC 3030 §2).
func (c *Client) chunks(r io.Reader, size int) (*Reply, error) {
	cut := newCutter(r, size)
	for at := AtData; ; at = nowhere {
		chunk, last, err := cut.next()
		if err != nil {
			return nil, c.giveUp(err)
		}
		if last {
			at = AtDot
		}
		if err := c.sendChunk(chunk, last); err != nil {
			return nil, err
		}
		if err := c.unread(at); err != nil {
			return nil, err
		}
		reply, err := c.chunkReply(last)
		if err = c.reach(at, err); err != nil || last {
			return reply, err
		}
	}
}

// chunksAhead is how many chunks leave before the reply to the first has come.
const chunksAhead = 64

// pipelineChunks sends a message in chunks without waiting for their replies, which are
// read meanwhile: both ends may have much to say. After a refusal no more chunks leave,
// and the replies to those that have left are read (RFC 3030 §2).
func (c *Client) pipelineChunks(r io.Reader, size int) (*Reply, error) {
	if c.over != nil {
		return nil, c.over
	}
	c.conn.WriteTimeout = c.Timeouts.Block
	var (
		cut  = newCutter(r, size)
		sent = make(chan bool, chunksAhead) // a chunk leaves; whether it is the last
		stop = make(chan bool)
		done = make(chan error, 1)
	)
	go func() {
		done <- pour(c.conn, cut, sent, stop)
		close(sent)
	}()
	var first *Reply // to refuse, or the last of all
	var why error
	for last := range sent {
		reply, err := c.chunkReply(last)
		if why != nil || err == nil && !last {
			continue
		}
		first, why = reply, err
		if err != nil {
			close(stop)
		}
		if c.over != nil {
			c.Close() // or the other end might never take what is on its way
		}
	}
	err := <-done
	switch {
	case why != nil || err == nil:
		return first, why
	case cut.err != nil:
		return nil, c.giveUp(err)
	}
	return nil, c.lastWords("BDAT", err)
}

// pour sends chunks until the last, or until stop is closed.
func pour(conn *wire.Conn, cut *cutter, sent chan<- bool, stop <-chan bool) error {
	for {
		chunk, last, err := cut.next()
		if err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		default:
		}
		select {
		case <-stop:
			return nil
		case sent <- last:
		}
		if err := writeChunk(conn, chunk, last); err != nil || last {
			return err
		}
	}
}

// A cutter cuts a message into chunks of a size, a last one of what is left. A message
// that does not end in CRLF is given one. A chunk is kept in memory, since its size is
// said before it.
type cutter struct {
	message *bufio.Reader
	size    int
	chunk   bytes.Buffer
	err     error // of the message's reader
}

func newCutter(r io.Reader, size int) *cutter {
	return &cutter{message: bufio.NewReader(&textSource{r: r}), size: size}
}

// next returns a chunk, which is valid until the next call.
func (c *cutter) next() (chunk []byte, last bool, err error) {
	c.chunk.Reset()
	_, err = io.CopyN(&c.chunk, c.message, int64(c.size))
	if err == nil {
		_, err = c.message.Peek(1)
	}
	if err != nil && err != io.EOF {
		c.err = err
		return nil, false, err
	}
	return c.chunk.Bytes(), err == io.EOF, nil
}

// giveUp closes the connection in the midst of a message that cannot be read on: the
// server has to forget it.
func (c *Client) giveUp(err error) error {
	c.fail(err)
	c.conn.Abandon()
	c.Close()
	return err
}

// A textSource is a reader whose text ends in CRLF, unless there is none.
type textSource struct {
	r    io.Reader
	tail [2]byte // the newest octets
	any  bool
	end  []byte // what is to be added
	over bool
}

func (s *textSource) Read(p []byte) (int, error) {
	if s.over {
		if len(s.end) == 0 {
			return 0, io.EOF
		}
		n := copy(p, s.end)
		s.end = s.end[n:]
		return n, nil
	}
	n, err := s.r.Read(p)
	for _, c := range p[max(0, n-2):n] {
		s.tail = [2]byte{s.tail[1], c}
	}
	s.any = s.any || n > 0
	if errors.Is(err, io.EOF) {
		if s.over, err = true, nil; s.any && string(s.tail[:]) != "\r\n" {
			s.end = crlf
		}
	}
	return n, err
}
