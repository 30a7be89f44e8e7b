package imap

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// whereabouts say what is known of a section.
type whereabouts uint8

const (
	isNowhere whereabouts = iota // there is none: it is told as "" (RFC 3501 §6.4.5 says nothing)
	isAll                        // it is all of the message
	isPiece                      // a piece of it
	isLost                       // the message is not there any more
	isTold                       // it has been told
)

// An octetSource writes octets, the same each time.
type octetSource func(io.Writer) error

// errEnough ends an octetSource of which no more is wanted.
var errEnough = errors.New("imap: no more is wanted")

// errCut ends a session in the middle of a literal, whose octets are not to be had.
var errCut = errors.New("imap: the octets of a message end before it does")

// locate finds an item's section. What has to be decoded is told at once, while the tree may be
// used.
func (f *fetcher) locate(x *Message, item *wanted) {
	if len(item.Section.Part) == 0 && item.Section.Text == SectionAll {
		item.at = isAll
		return
	}
	if !f.hasStructure(x) {
		item.at = isLost
		return
	}
	there := false
	if item.piece, there = item.Section.in(f.treeOf().Root); !there {
		item.at = isNowhere
		return
	}
	item.at = isPiece
	if item.binary() && item.encoded() {
		item.at = isTold
		f.binary(item, func(w io.Writer) error {
			r, err := f.sel.box.Decoded(f.ctx, x, item.part)
			if err == nil {
				_, err = io.Copy(w, r)
			}
			return err
		})
	}
}

// binary says that an item is about decoded octets.
func (x *FetchItem) binary() bool { return x.Kind == FetchBinary || x.Kind == FetchBinarySize }

// encoded says that there is a transfer encoding to undo. Multiparts and messages have none
// (RFC 2045 §6.4).
func (p *piece) encoded() bool {
	switch p.part.Encoding {
	case "7bit", "8bit", "binary":
		return false
	}
	return len(p.part.Children) == 0
}

// fromBody tells octets of the message.
func (f *fetcher) fromBody(x *Message) {
	body, err := Body(nil), error(nil)
	for i := range f.octets {
		item := &f.octets[i]
		if (item.at == isAll || item.at == isPiece) && body == nil && err == nil {
			if body, err = f.sel.box.Body(f.ctx, x); err != nil {
				f.lacks(err)
			}
		}
		switch {
		case item.at == isTold:
		case item.at == isNowhere:
			f.nowhere(item)
		case item.at == isLost || err != nil:
			f.lost(item)
		default:
			f.fromOctets(item, body)
		}
	}
}

// nowhere tells that there is no such section.
func (f *fetcher) nowhere(item *wanted) {
	f.item(item.name)
	if item.Kind == FetchBinarySize {
		f.text.raw("0")
		return
	}
	f.text.announce(0)
}

// lost tells that the message is not there any more.
func (f *fetcher) lost(item *wanted) {
	if item.Kind != FetchBinarySize { // a number, which nobody knows
		f.item(item.name)
		f.text.raw("NIL")
	}
}

// fromOctets tells a section.
func (f *fetcher) fromOctets(item *wanted, body Body) {
	size := body.Size()
	start, end := int64(0), size
	if item.at == isPiece {
		start, end = min(item.start, size), min(item.end, size)
	}
	switch text := item.Section.Text; {
	case item.binary():
		f.binary(item, f.span(body, start, end))
	case text == SectionFields || text == SectionFieldsNot:
		f.fields(item, f.span(body, start, end))
	default:
		skip, n := item.share(end - start)
		f.send(item, "", n, f.span(body, start+skip, start+skip+n))
	}
}

// share is what of so many octets is asked for: how many are passed over, and how many told.
func (x *FetchItem) share(octets int64) (skip, n int64) {
	if !x.Partial {
		return 0, octets
	}
	skip = min(int64(x.Start), octets)
	return skip, min(int64(x.Count), octets-skip)
}

// span is the octets of a body between two places. All of it may be written without being
// copied.
func (f *fetcher) span(body Body, start, end int64) octetSource {
	if start == 0 && end == body.Size() {
		return func(w io.Writer) error { _, err := body.WriteTo(w); return err }
	}
	return func(w io.Writer) error {
		f.piece = slices.Grow(f.piece[:0], int(min(end-start, gathered)))
		for at := start; at < end; {
			p := f.piece[:min(end-at, gathered)]
			if n, err := body.ReadAt(p, at); n < len(p) {
				return err
			}
			if _, err := w.Write(p); err != nil {
				return err
			}
			at += int64(len(p))
		}
		return nil
	}
}

// skipping is a source without its first octets.
func (s octetSource) skipping(octets int64) octetSource {
	if octets == 0 {
		return s
	}
	return func(w io.Writer) error { return s(&skipper{w, octets}) }
}

type skipper struct {
	to   io.Writer
	left int64
}

func (s *skipper) Write(p []byte) (int, error) {
	over := min(s.left, int64(len(p)))
	s.left -= over
	n, err := s.to.Write(p[over:])
	return int(over) + n, err
}

// binary tells decoded octets, or how many there are. What has a NUL in it needs a literal8
// (RFC 3516 §4.3).
func (f *fetcher) binary(item *wanted, all octetSource) {
	m := measure{}
	if err := all(&m); err != nil {
		f.lacks(err)
		f.lost(item)
		return
	}
	if item.Kind == FetchBinarySize {
		f.item(item.name)
		f.text.number64(m.octets)
		return
	}
	skip, n := item.share(m.octets)
	sign := ""
	if m.nul {
		sign = "~"
	}
	f.send(item, sign, n, all.skipping(skip))
}

// A measure counts octets.
type measure struct {
	octets int64
	nul    bool // there is a NUL among them
}

func (m *measure) Write(p []byte) (int, error) {
	m.octets += int64(len(p))
	m.nul = m.nul || bytes.IndexByte(p, 0) >= 0
	return len(p), nil
}

// fields tells those fields of a header that are asked for. As long as they are not many they are
// read once.
func (f *fetcher) fields(item *wanted, header octetSource) {
	f.kept = f.kept[:0]
	m, some := measure{}, true
	err := header(&fieldFilter{section: &item.Section, out: func(p []byte) error {
		if some = some && len(f.kept)+len(p) <= gathered; some {
			f.kept = append(f.kept, p...)
		}
		_, err := m.Write(p)
		return err
	}})
	if err != nil {
		f.lacks(err)
		f.lost(item)
		return
	}
	all := octetSource(func(w io.Writer) error {
		if some {
			_, err := w.Write(f.kept)
			return err
		}
		return header(&fieldFilter{section: &item.Section, out: func(p []byte) error {
			_, err := w.Write(p)
			return err
		}})
	})
	skip, n := item.share(m.octets)
	f.send(item, "", n, all.skipping(skip))
}

// send tells an item with the first n octets of a source; sign stands before their
// announcement. What was announced must follow: where the octets fail and some have left, the
// session is over.
func (f *fetcher) send(item *wanted, sign string, n int64, octets octetSource) {
	from, first, sent := len(f.text.b), f.first, f.sent
	f.item(item.name)
	f.text.raw(sign)
	f.text.announce(n)
	if n == 0 {
		return
	}
	t := &taker{f: f, left: n, clean: sign == ""}
	err := octets(t)
	switch {
	case t.left == 0 || f.err != nil:
	case f.sent == sent:
		f.text.b, f.first = f.text.b[:from], first
		if err == nil {
			err = errCut
		}
		f.lacks(err)
		f.lost(item)
	default:
		f.err = errCut
	}
}

// A taker takes the octets of a literal.
type taker struct {
	f     *fetcher
	left  int64
	clean bool // 0x80 stands for NUL, which no string can hold (RFC 3501 §9, CHAR8)
}

func (t *taker) Write(p []byte) (int, error) {
	n := len(p)
	if int64(n) > t.left {
		p = p[:t.left]
	}
	t.left -= int64(len(p))
	if t.clean && bytes.IndexByte(p, 0) >= 0 {
		p = bytes.ReplaceAll(p, []byte{0}, []byte{0x80})
	}
	f := t.f
	if len(f.text.b)+len(p) > gathered {
		f.flush()
	}
	if len(p) > gathered {
		f.write(p)
	} else {
		f.text.b = append(f.text.b, p...)
	}
	switch {
	case f.err != nil:
		return 0, f.err
	case t.left == 0 && len(p) < n:
		return len(p), errEnough
	}
	return n, nil
}
