package trace

import (
	"bytes"
	"encoding/base64"
	"iter"
	"unicode"
)

// Mask stands in an event where a secret stood on the wire. It always has the same
// length, so that the secret's does not show.
const Mask = "********"

const (
	minSecret  = 4   // shorter values are too common to look for again
	minEncoded = 6   // characters of base64 that hold so much
	maxSecret  = 512 // octets of a value that are remembered
	maxSecrets = 16  // values that are remembered in a session, the newest
)

// secrets remembers the values that were masked, to mask them again where they are
// repeated: servers echo them, and people type them twice.
type secrets struct {
	values []secret
}

// A secret is a value that is remembered.
type secret struct {
	plain []byte
	// What all base64 of it has in common, by how many octets stand before it in its group of
	// three: text that has none of these does not hold it in base64.
	encoded [3][]byte
}

func newSecret(plain []byte) secret {
	s := secret{plain: bytes.Clone(plain)}
	for before := range s.encoded {
		text := base64.RawStdEncoding.AppendEncode(nil, append(make([]byte, before), plain...))
		first, end := (before*8+5)/6, (before+len(plain))*8/6 // a digit has six bits
		s.encoded[before] = text[first:end]
	}
	return s
}

// remember adds value as it stood on the wire, and what it holds when it is base64.
func (s *secrets) remember(value []byte) {
	s.add(value)
	text, ok := decode(value)
	if !ok {
		return
	}
	// PLAIN: authzid NUL authcid NUL passwd (RFC 4616 §2). Where nothing follows, a program
	// has put its words into other places: each may be the password.
	if i := bytes.LastIndexByte(text, 0); i >= 0 && i+1 < len(text) {
		s.add(text[i+1:])
		return
	}
	s.add(text)
	for _, part := range bytes.FieldsFunc(text, unicode.IsControl) {
		if i := bytes.LastIndexByte(part, ' '); i >= 0 && bytes.Contains(text, []byte("auth=")) {
			part = part[i+1:] // OAuth: auth=Bearer token (RFC 7628 §3.1)
		}
		if len(part) < len(text) {
			s.add(part)
		}
	}
}

func (s *secrets) add(value []byte) {
	if len(value) < minSecret {
		return
	}
	value = value[:min(len(value), maxSecret)]
	for _, v := range s.values {
		if bytes.Equal(v.plain, value) {
			return
		}
	}
	if len(s.values) == maxSecrets {
		s.values = append(s.values[:0], s.values[1:]...)
	}
	s.values = append(s.values, newSecret(value))
}

// find returns where in text a remembered value stands, as it is or within something
// that is base64. The spans are in order and do not overlap.
func (s *secrets) find(text []byte) []Span {
	if len(s.values) == 0 {
		return nil
	}
	var spans []Span
	for _, v := range s.values {
		for at := 0; ; {
			i := bytes.Index(text[at:], v.plain)
			if i < 0 {
				break
			}
			n := len(v.plain)
			if n == maxSecret { // not all of it is remembered: up to the word's end
				n += wordLen(text[at+i+n:])
			}
			spans = append(spans, Span{at + i, n})
			at += i + n
		}
	}
	if s.mayEncode(text) {
		eachBase64(text, func(at int, run []byte) {
			if s.encoded(run) {
				spans = append(spans, Span{at, len(run)})
			}
		})
	}
	return merge(spans)
}

// mayEncode says that a remembered value may stand in text in base64. It is asked of each line,
// and costs less than to decode what looks like base64, as most words do.
func (s *secrets) mayEncode(text []byte) bool {
	for i := range s.values {
		for _, digits := range s.values[i].encoded {
			if bytes.Contains(text, digits) {
				return true
			}
		}
	}
	return false
}

// encoded says that a run of base64 holds a remembered value.
func (s *secrets) encoded(run []byte) bool {
	for plain := range groups(run) {
		if s.holds(plain) {
			return true
		}
	}
	return false
}

// groups decodes a run of base64. Where its groups of four begin is not known: something may
// be glued to it.
func groups(run []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		run := bytes.TrimRight(run, "=")
		for skip := 0; skip < 4 && len(run)-skip >= minEncoded; skip++ {
			group := run[skip:]
			if len(group)%4 == 1 {
				group = group[:len(group)-1]
			}
			if plain, ok := decode(group); ok && !yield(plain) {
				return
			}
		}
	}
}

func (s *secrets) holds(text []byte) bool {
	for _, v := range s.values {
		if bytes.Contains(text, v.plain) {
			return true
		}
	}
	return false
}

// overlap returns how many octets at the end of text may be the beginning of a remembered
// value, as it is or in base64, if least octets of it or more are there.
func (s *secrets) overlap(text []byte, least int) int {
	at := len(text)
	for at > 0 && len(s.values) > 0 && inBase64(text[at-1]) {
		at--
	}
	for group := range groups(text[at:]) {
		if s.begun(group) >= least {
			return len(text) - at
		}
	}
	if n := s.begun(text); n >= least {
		return n
	}
	return 0
}

// begun is overlap for a value as it is, however little of it is there.
func (s *secrets) begun(text []byte) int {
	most := 0
	for _, v := range s.values {
		for n := min(len(v.plain)-1, len(text)); n > most; n-- {
			if bytes.HasSuffix(text, v.plain[:n]) {
				most = n
			}
		}
	}
	return most
}

// crossing returns how many octets at the start of text belong to a value that began in
// tail, which stands before it.
func (s *secrets) crossing(tail, text []byte) int {
	if len(tail) == 0 {
		return 0
	}
	joined := append(bytes.Clone(tail), text...)
	for _, span := range s.find(joined) {
		if end := span.At + span.Len; span.At < len(tail) && end > len(tail) {
			return end - len(tail)
		}
	}
	return 0
}

// IsBase64 says that text is base64 with its padding and long enough to be a secret.
func IsBase64(text []byte) bool {
	_, ok := decode(text)
	return ok && len(text) >= 8 && len(text)%4 == 0
}

// MayBeBase64 says that text, which may be a piece, holds no octet that base64 has not.
func MayBeBase64(text []byte) bool {
	text = bytes.TrimRight(text, "=")
	for _, c := range text {
		if !inBase64(c) {
			return false
		}
	}
	return len(text) > 0
}

// decode reads base64, with its padding or without: people forget it.
func decode(text []byte) ([]byte, bool) {
	text = bytes.TrimRight(text, "=")
	if len(text) < minEncoded {
		return nil, false
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(out, text)
	return out[:n], err == nil
}

// eachBase64 calls f with each run of the octets that base64 is written with, whatever
// stands around it: servers put what they quote between quotation marks.
func eachBase64(text []byte, f func(at int, run []byte)) {
	for at := 0; at < len(text); at++ {
		i := at
		for i < len(text) && inBase64(text[i]) {
			i++
		}
		if i == at {
			continue
		}
		for range 2 {
			if i < len(text) && text[i] == '=' {
				i++
			}
		}
		f(at, text[at:i])
		at = i - 1
	}
}

func inBase64(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// wordLen is how far text goes on before a space or control.
func wordLen(text []byte) int {
	for i, c := range text {
		if c <= ' ' {
			return i
		}
	}
	return len(text)
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
