package imap

import "mailtool/trace"

// A fetchReader goes through a FETCH response, literals left out, for what it tells: the UID, and
// whether there is anything that nobody tells unless asked. It looks at words alone, so that it
// works on whatever comes.
type fetchReader struct {
	active bool
	number uint32
	uid    uint32
	asked  bool // it tells what is told to whoever asked for it
	ended  bool // its list is closed

	depth   int
	bracket int
	quoted  bool
	escaped bool
	word    [len("INTERNALDATE")]byte // the name of an item, in capitals
	n       int                       // octets of it, or of its value
	value   bool                      // a value follows
	isUID   bool                      // of UID
}

// read takes the next octets of the response.
func (f *fetchReader) read(text []byte) {
	for len(text) > 0 && !f.ended {
		n := 0
		for n < len(text) && !divides[text[n]] {
			n++
		}
		if n > 0 {
			f.words(text[:n])
		} else {
			n = 1
			f.divider(text[0])
		}
		text = text[n:]
	}
}

// divides says which octets a fetchReader has to look at wherever they stand.
var divides = [256]bool{'"': true, '\\': true, '(': true, ')': true, '[': true, ']': true}

// words takes octets that divide nothing.
func (f *fetchReader) words(text []byte) {
	f.escaped = false
	if f.quoted || f.bracket > 0 || f.depth != 1 {
		return
	}
	for _, c := range text {
		f.octet(c)
	}
}

// divider takes an octet that may divide what stands around it.
func (f *fetchReader) divider(c byte) {
	switch {
	case f.escaped:
		f.escaped = false
	case f.quoted:
		f.escaped, f.quoted = c == '\\', c != '"'
	case c == '"':
		f.quoted = true
		f.n++
	case f.bracket > 0 || c == '[' && !f.value:
		f.section(c)
	case c == '(':
		if f.depth++; f.depth > 1 { // the first one is of the response
			f.n++
		}
	case c == ')':
		f.depth--
		f.ended = f.depth <= 0
	case f.depth == 1:
		f.octet(c)
	}
}

// section goes through what stands in brackets behind the name of an item.
func (f *fetchReader) section(c byte) {
	switch c {
	case '[':
		f.bracket++
	case ']':
		f.bracket--
	}
}

// octet takes one of a name or of a value that is neither a list nor a string.
func (f *fetchReader) octet(c byte) {
	switch {
	case c == ' ':
		if f.n > 0 {
			f.next()
		}
		return
	case !f.value && f.n < len(f.word):
		f.word[f.n] = upper(c)
	case f.isUID && '0' <= c && c <= '9':
		f.uid = saturated(f.uid, c)
	}
	f.n++
}

// next ends a name, or a value.
func (f *fetchReader) next() {
	name := string(f.word[:min(f.n, len(f.word))])
	f.isUID = !f.value && name == "UID"
	if f.value = !f.value; f.value && name != "UID" && name != "FLAGS" && name != "MODSEQ" {
		f.asked = true
	}
	f.n = 0
}

// saturated is ten times n and a digit, or the largest number there is.
func saturated(n uint32, digit byte) uint32 {
	return uint32(min(uint64(n)*10+uint64(digit-'0'), 1<<32-1))
}

// fetch takes a line of a FETCH response, or a piece of one, and judges it once more where it is
// the last.
func (d *Dissector) fetch(ev *trace.Event, text []byte) {
	f := &d.fetched
	if !f.active {
		return
	}
	f.read(text)
	if !ev.Final {
		return
	}
	f.active = false
	u := &d.judged
	u.where, u.text, u.fetched = onFetched, text, *f
	u.telling, u.doubt = d.waiting.telling(), d.doubt || d.flooded
	if d.waiting.moving() {
		d.box.uid = 0
	} else {
		u.disagrees = d.box.disagrees(f.number, f.uid)
	}
	d.judge(u)
}
