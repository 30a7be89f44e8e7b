package trace

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// A Digest measures a body while it passes: the octets of the message itself, with
// dot-stuffing and terminator already removed, or those of a literal. The zero value
// is ready.
type Digest struct {
	hash    hash.Hash
	octets  int64
	lines   int
	longest int
	length  int  // octets of the current line
	cr      bool // the last octet was CR
}

// Write adds octets, in whatever pieces.
func (d *Digest) Write(p []byte) {
	if len(p) == 0 {
		return
	}
	if d.hash == nil {
		d.hash = sha256.New()
	}
	d.hash.Write(p)
	d.octets += int64(len(p))
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			d.length += len(p)
			d.cr = p[len(p)-1] == '\r'
			return
		}
		d.length += i
		if i > 0 && p[i-1] == '\r' || i == 0 && d.cr {
			d.length--
		}
		d.endLine()
		p = p[i+1:]
	}
}

func (d *Digest) endLine() {
	d.lines++
	d.longest = max(d.longest, d.length)
	d.length, d.cr = 0, false
}

// Octets is how many octets were added.
func (d *Digest) Octets() int64 { return d.octets }

// Body returns what was measured and makes the Digest ready for the next body. A last
// line without a line ending counts.
func (d *Digest) Body() *Body {
	if d.length > 0 {
		d.endLine()
	}
	if d.hash == nil {
		d.hash = sha256.New()
	}
	b := &struct { // one piece of memory for both
		Body
		sum [sha256.Size]byte
	}{Body: Body{Octets: d.octets, Lines: d.lines, Longest: d.longest}}
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], d.hash.Sum(b.sum[:0]))
	b.SHA256 = string(text[:])
	d.hash.Reset()
	*d = Digest{hash: d.hash}
	return &b.Body
}

// Clone returns a Digest that goes on by itself.
func (d *Digest) Clone() Digest {
	c := *d
	c.hash = nil
	if h, ok := d.hash.(hash.Cloner); ok {
		if copied, err := h.Clone(); err == nil {
			c.hash = copied
		}
	}
	return c
}
