package mailbox

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// pieceSize is the size of the pieces of a large body. A body that is not larger than it
// is kept in one.
const pieceSize = 256 << 10

// A Draft is a message that is still arriving. Nobody sees it; once it is delivered or
// appended, or discarded, it is used up. Only one goroutine may use it.
type Draft struct {
	store *Store
	ctx   context.Context
	small *smallDraft // where data lies, unless it is longer
	data  []byte      // what is not staged
	held  int64       // octets that count against Options.Memory
	lines lineCheck
	size  int64
	err   error // of an earlier Write

	body   BodyID // where pieces are staged
	pieces int
}

// A smallDraft is memory for a message. Most are small, and one's serves the next.
type smallDraft [4 << 10]byte

// Draft begins a message. When ctx ends, so does what Write waits for. Whoever began a
// Draft must discard or deliver it.
func (s *Store) Draft(ctx context.Context) *Draft { return &Draft{store: s, ctx: ctx} }

// Size is how many octets were written.
func (d *Draft) Size() int64 { return d.size }

// Write adds octets, and stages what is long. The error is ErrMemory or ErrFull; then the
// Draft is only good for Discard.
func (d *Draft) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && d.err == nil {
		room := min(pieceSize-len(d.data), len(p))
		if room == 0 {
			d.stage()
			continue
		}
		if d.reserve(len(d.data) + room) {
			if d.data == nil {
				d.takeSmall()
			}
			d.data = append(d.data, p[:room]...)
			d.took(p[:room])
			p = p[room:]
		}
	}
	return n - len(p), d.err
}

// ReadFrom adds all that r holds. It reads into the Draft's own memory.
func (d *Draft) ReadFrom(r io.Reader) (int64, error) {
	before := d.size
	for d.err == nil {
		if len(d.data) == pieceSize {
			d.stage()
			continue
		}
		want := min(pieceSize, max(4096, 2*len(d.data)))
		if len(d.data) == cap(d.data) && d.reserve(want) {
			d.data = slices.Grow(d.data, want-len(d.data))
		}
		if d.err != nil {
			break
		}
		n, err := r.Read(d.data[len(d.data):min(cap(d.data), pieceSize)])
		d.data = d.data[:len(d.data)+n]
		d.took(d.data[len(d.data)-n:])
		if err == io.EOF {
			break
		}
		if err != nil {
			return d.size - before, err
		}
	}
	return d.size - before, d.err
}

func (d *Draft) takeSmall() {
	d.small, _ = d.store.small.Get().(*smallDraft)
	if d.small == nil {
		d.small = new(smallDraft)
	}
	d.data = d.small[:0]
}

func (d *Draft) took(p []byte) {
	d.lines.write(p)
	d.size += int64(len(p))
}

// reserve counts the Draft's memory, which is n octets from now on.
func (d *Draft) reserve(n int) bool {
	more := int64(n) - d.held
	if more <= 0 {
		return true
	}
	if d.store.memory.Add(more) > d.store.o.Memory {
		d.store.memory.Add(-more)
		d.err = ErrMemory
		return false
	}
	d.held += more
	return true
}

// stage writes what is held as a piece.
func (d *Draft) stage() { d.err = d.store.stage(d) }

// Discard forgets the message. After a delivery it does nothing.
func (d *Draft) Discard() {
	body := d.body
	d.close()
	if body != 0 {
		d.store.unstage(body)
	}
}

// close gives the memory back.
func (d *Draft) close() {
	d.store.memory.Add(-d.held)
	d.held, d.data, d.body = 0, nil, 0
	if d.small != nil {
		d.store.small.Put(d.small)
		d.small = nil
	}
	if d.err == nil {
		d.err = errUsed
	}
}

// A lineCheck looks for line endings other than CRLF. Other programs take a lone CR or LF
// for the end of a line, and see another message than we (RFC 5322 §2.2, RFC 5321 §2.3.8).
type lineCheck struct {
	cr  bool // the last octet was CR
	bad bool
}

func (c *lineCheck) write(p []byte) {
	if c.bad || len(p) == 0 {
		return
	}
	if c.cr && p[0] != '\n' || !c.cr && p[0] == '\n' {
		c.bad = true
		return
	}
	c.cr = p[len(p)-1] == '\r'
	for at := 0; ; {
		i := bytes.IndexByte(p[at:], '\n')
		if i < 0 {
			c.bad = bytes.IndexByte(p[at:len(p)-1], '\r') >= 0
			return
		}
		line := p[at : at+i]
		switch {
		case len(line) == 0: // of which p[0] was checked
			c.bad = at > 0
		case line[len(line)-1] != '\r', bytes.IndexByte(line[:len(line)-1], '\r') >= 0:
			c.bad = true
		}
		if at += i + 1; c.bad || at == len(p) {
			return
		}
	}
}

// ok says that all lines ended in CRLF; the last one may have no end.
func (c *lineCheck) ok() bool { return !c.bad && !c.cr }
