package scan

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"mailtool/trace/rule"
)

// maxLine is the longest line that a message may have, in octets without CRLF
// (RFC 5322 §2.1.1; RFC 6532 §3.4 for octets).
const maxLine = 998

// A HeaderCheck judges the header section of one message, line by line, as the
// lines come. The zero value is ready for the first line; assign a zero value to
// begin another message.
//
// A folded field can only be judged when it is over. What is found then (a From
// without an address, a Date that is not complete) comes with the line after the
// field and singles out no octet of it.
type HeaderCheck struct {
	// UTF8 says that the message was announced as internationalised (RFC 6531
	// §3.4, SMTPUTF8): fields may then hold UTF-8, though their names may not.
	UTF8 bool
	// Part says that the section is not a message's own but a part's (RFC 2046 §5.1), or that
	// of a message within (RFC 2046 §5.2.1): From and Date need not be there.
	Part bool

	started bool
	done    bool
	seen    known    // the fields that stood in the section so far
	current known    // the field that is being read, 0 for one of no interest
	judged  bool     // the current field needs no further look
	date    uint8    // octets of value in use
	value   [96]byte // of a Date field, without its folds; a longer one is not judged

	found []rule.Finding // in the line at hand
}

// Done reports whether the header section is over: what follows is the body, and
// Line need not be called.
func (h *HeaderCheck) Done() bool { return h.done }

// Line judges one line of the message, given without its line ending and with
// dot-stuffing undone. Off and At of the findings are relative to the line. The
// empty line ends the section and brings what is missing in it.
func (h *HeaderCheck) Line(text []byte) []rule.Finding {
	if !h.done {
		h.line(text)
	}
	return h.take()
}

// End judges a message that ended before its header section did: a message
// without a body is allowed (RFC 5322 §3.5), one without From and Date is not.
// After the section's end it returns nil.
func (h *HeaderCheck) End() []rule.Finding {
	if !h.done {
		h.endField()
		h.end()
	}
	return h.take()
}

func (h *HeaderCheck) take() []rule.Finding {
	found := h.found
	if found != nil {
		h.found = nil
	}
	return found
}

// at finds r broken by n octets from index i of line. It is not inlined, since room for a
// finding would be on the stack once for each call: those of many sessions would grow.
//
//go:noinline
func (h *HeaderCheck) at(r *rule.Rule, line []byte, i, n int, args ...string) {
	h.found = append(h.found, r.FindAt(line, i, n, args...))
}

// whole finds r broken, and no octet that is to blame. It is not inlined either.
//
//go:noinline
func (h *HeaderCheck) whole(r *rule.Rule, args ...string) {
	h.found = append(h.found, r.Find(args...))
}

func (h *HeaderCheck) line(text []byte) {
	first := !h.started
	h.started = true
	kind, name, colon := classify(text, first)
	if kind != lineFold && h.current != 0 {
		h.endField()
	}
	switch kind {
	case lineEmpty:
		h.end()
		return
	case lineText:
		// A line of the body is none of ours, so its octets are not judged.
		if first {
			h.done = true
			h.at(&ruleNoHeader, text, 0, len(text))
			return
		}
		h.at(&ruleNoEmptyLine, text, 0, len(text))
		h.end()
		return
	case lineMbox:
		h.at(&ruleMboxLine, text, 0, len(text))
	case lineFold:
		h.foldLine(text, first)
	case lineField:
		h.field(text, name, colon)
	}
	if len(text) > maxLine {
		h.at(&ruleLine998, text, maxLine, len(text)-maxLine)
	}
	if i := high(text); i >= 0 {
		h.octets(text, i, colon)
	}
}

func (h *HeaderCheck) end() {
	h.done = true
	if h.Part {
		return
	}
	if h.seen&fieldDate == 0 {
		h.whole(&ruleDateMissing)
	}
	if h.seen&fieldFrom == 0 {
		h.whole(&ruleFromMissing)
	}
}

func (h *HeaderCheck) field(text []byte, name, colon int) {
	if name == 0 {
		h.at(&ruleNoFieldName, text, 0, colon+1)
	} else if colon > name {
		h.at(&ruleSpaceBeforeColon, text, name, colon-name)
	}
	if h.current = knownField(text[:name]); h.current == 0 {
		return
	}
	h.judged, h.date = false, 0
	if h.seen&h.current != 0 {
		h.at(&ruleFieldTwice, text, 0, name, string(text[:name]))
	}
	h.seen |= h.current
	h.body(text, colon+1)
}

func (h *HeaderCheck) foldLine(text []byte, first bool) {
	switch {
	case first:
		h.at(&ruleFoldFirst, text, 0, 1)
	case len(bytes.TrimLeft(text, " \t")) == 0:
		h.at(&ruleFoldBlank, text, 0, len(text))
	default:
		h.body(text, 0)
	}
}

// body looks at the piece of the current field's body that begins at index from.
func (h *HeaderCheck) body(text []byte, from int) {
	if h.judged {
		return
	}
	switch h.current {
	case fieldFrom:
		// A colon may begin a group, which may be empty (RFC 6854 §2.1).
		h.judged = bytes.IndexByte(text[from:], '@') >= 0 ||
			bytes.IndexByte(text[from:], ':') >= 0
	case fieldBcc:
		if bytes.IndexByte(text[from:], '@') >= 0 {
			h.judged = true
			i := from + len(text[from:]) - len(bytes.TrimLeft(text[from:], " \t"))
			h.at(&ruleBccSent, text, i, len(text)-i)
		}
	case fieldDate:
		h.dateBody(text, from)
	}
}

// dateBody adds a piece to the date and judges what is there so far. A fault that
// no further piece could mend is found at its octet.
func (h *HeaderCheck) dateBody(text []byte, from int) {
	held := int(h.date)
	if held+len(text)-from > len(h.value) {
		h.judged = true
		return
	}
	h.date += uint8(copy(h.value[held:], text[from:]))
	d, verdict, at := readDate(h.value[:h.date])
	at += from - held // from the value to the line
	switch verdict {
	case dateWrong:
		h.inLine(&ruleDateForm, text, at, len(text)-at)
	case dateOtherWeekday:
		h.inLine(&ruleDateWeekday, text, at, 3, d.fallsOn().String()[:3])
	case dateObsolete:
		h.inLine(&ruleDateObsolete, text, at, len(text)-at)
	case dateIncomplete:
		return
	}
	// A good date may still be followed by a fold with a comment: whatever comes
	// is left alone then.
	h.judged = true
}

// inLine finds r broken by n octets from index at of line. What came to light by
// this line may lie in an earlier one, where at is negative: no octet is singled
// out then.
func (h *HeaderCheck) inLine(r *rule.Rule, line []byte, at, n int, args ...string) {
	if at < 0 {
		h.whole(r, args...)
		return
	}
	h.at(r, line, at, n, args...)
}

// endField judges what can be known only when a field is over.
func (h *HeaderCheck) endField() {
	if !h.judged {
		switch h.current {
		case fieldDate:
			h.whole(&ruleDateShort)
		case fieldFrom:
			h.whole(&ruleFromNoAddress)
		}
	}
	h.current = 0
}

// octets judges a line whose first octet over 127 stands at i.
func (h *HeaderCheck) octets(text []byte, i, colon int) {
	if i < colon {
		h.at(&ruleFieldNameOctet, text, i, highRun(text[i:]))
		return
	}
	if !h.UTF8 {
		h.at(&rule8Bit, text, i, highRun(text[i:]))
		return
	}
	for i < len(text) {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			h.at(&ruleNotUTF8, text, i, 1)
			return
		}
		i += n
	}
}

// high returns the index of the first octet of b over 127, or -1, looking at eight
// octets at a time.
func high(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		if b[i] >= 0x80 {
			return i
		}
	}
	return -1
}

// highRun is the number of octets over 127 that b begins with.
func highRun(b []byte) int {
	for i, c := range b {
		if c < 0x80 {
			return i
		}
	}
	return len(b)
}
