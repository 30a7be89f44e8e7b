package trace

import (
	"bytes"
	"encoding/base64"
)

// Mask stands in an event where a secret stood on the wire. It always has the same
// length, so that the secret's does not show.
const Mask = "********"

const (
	minSecret  = 4   // shorter values are too common to look for again
	maxSecret  = 512 // octets of a value that are remembered
	maxSecrets = 16  // values that are remembered in a session, the newest
)

// secrets remembers the values that were masked, to mask them again where they are
// repeated: servers echo them, and people type them twice.
type secrets struct {
	values [][]byte
}

// remember adds value as it stood on the wire, and what it holds when it is base64.
func (s *secrets) remember(value []byte) {
	s.add(value)
	if text, ok := unbase64(value); ok {
		if i := bytes.LastIndexByte(text, 0); i >= 0 {
			text = text[i+1:] // PLAIN: authzid NUL authcid NUL passwd, RFC 4616 §2
		}
		s.add(text)
	}
}

func (s *secrets) add(value []byte) {
	if len(value) < minSecret {
		return
	}
	value = value[:min(len(value), maxSecret)]
	for _, v := range s.values {
		if bytes.Equal(v, value) {
			return
		}
	}
	if len(s.values) == maxSecrets {
		s.values = append(s.values[:0], s.values[1:]...)
	}
	s.values = append(s.values, bytes.Clone(value))
}

// find returns where in text a remembered value stands, as it is or within a word
// that is base64. The spans are in order and do not overlap.
func (s *secrets) find(text []byte) []Span {
	if len(s.values) == 0 {
		return nil
	}
	var spans []Span
	for _, v := range s.values {
		for at := 0; ; {
			i := bytes.Index(text[at:], v)
			if i < 0 {
				break
			}
			spans = append(spans, Span{at + i, len(v)})
			at += i + len(v)
		}
	}
	eachWord(text, func(at int, word []byte) {
		if plain, ok := unbase64(word); ok && s.holds(plain) {
			spans = append(spans, Span{at, len(word)})
		}
	})
	return merge(spans)
}

func (s *secrets) holds(text []byte) bool {
	for _, v := range s.values {
		if bytes.Contains(text, v) {
			return true
		}
	}
	return false
}

// overlap returns how many octets at the end of text may be the beginning of a
// remembered value.
func (s *secrets) overlap(text []byte) int {
	most := 0
	for _, v := range s.values {
		for n := min(len(v)-1, len(text)); n > most; n-- {
			if bytes.HasSuffix(text, v[:n]) {
				most = n
			}
		}
	}
	return most
}

// IsBase64 says that text is base64 with its padding and long enough to be a secret.
func IsBase64(text []byte) bool {
	_, ok := unbase64(text)
	return ok
}

func unbase64(text []byte) ([]byte, bool) {
	if len(text) < 8 || len(text)%4 != 0 {
		return nil, false
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n], err == nil
}

// eachWord calls f with each run of octets that are neither space nor control.
func eachWord(text []byte, f func(at int, word []byte)) {
	start := -1
	for i, c := range text {
		switch {
		case c > ' ' && start < 0:
			start = i
		case c <= ' ' && start >= 0:
			f(start, text[start:i])
			start = -1
		}
	}
	if start >= 0 {
		f(start, text[start:])
	}
}

// merge sorts spans and joins those that touch.
func merge(spans []Span) []Span {
	for i := 1; i < len(spans); i++ { // few: an insertion sort
		for j := i; j > 0 && spans[j].At < spans[j-1].At; j-- {
			spans[j], spans[j-1] = spans[j-1], spans[j]
		}
	}
	var out []Span
	for _, s := range spans {
		if s.Len <= 0 {
			continue
		}
		if n := len(out); n > 0 && s.At <= out[n-1].At+out[n-1].Len {
			out[n-1].Len = max(out[n-1].Len, s.At+s.Len-out[n-1].At)
			continue
		}
		out = append(out, s)
	}
	return out
}

// mask replaces each of spans, which lie within raw in order, by Mask. It returns the
// masked octets and where the masks stand in them.
func mask(raw []byte, spans []Span) ([]byte, []Span) {
	out := make([]byte, 0, len(raw)+len(spans)*len(Mask))
	at := 0
	masks := make([]Span, 0, len(spans))
	for _, s := range spans {
		out = append(out, raw[at:s.At]...)
		masks = append(masks, Span{len(out), len(Mask)})
		out = append(out, Mask...)
		at = s.At + s.Len
	}
	return append(out, raw[at:]...), masks
}

// maskedIndex is where the octet i of the unmasked line stands after masking, and
// whether it is hidden.
func maskedIndex(i int, spans []Span) (int, bool) {
	shift := 0
	for _, s := range spans {
		switch {
		case i < s.At:
			return i + shift, false
		case i < s.At+s.Len:
			return s.At + shift, true
		}
		shift += len(Mask) - s.Len
	}
	return i + shift, false
}
