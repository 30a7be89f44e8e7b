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

	started bool
	done    bool
	seen    known    // the fields that stood in the section so far
	current known    // the field that is being read, 0 for one of no interest
	judged  bool     // the current field needs no further look
	date    uint8    // octets of value in use
	value   [96]byte // of a Date field, without its folds; a longer one is not judged
}

// Done reports whether the header section is over: what follows is the body, and
// Line need not be called.
func (h *HeaderCheck) Done() bool { return h.done }

// Line judges one line of the message, given without its line ending and with
// dot-stuffing undone. Off and At of the findings are relative to the line. The
// empty line ends the section and brings what is missing in it.
func (h *HeaderCheck) Line(text []byte) []rule.Finding {
	if h.done {
		return nil
	}
	first := !h.started
	h.started = true
	kind, name, colon := classify(text, first)
	var found []rule.Finding
	if kind != lineFold && h.current != 0 {
		found = h.endField(found)
	}
	switch kind {
	case lineEmpty:
		return h.end(found)
	case lineText:
		// A line of the body is none of ours, so its octets are not judged.
		if first {
			h.done = true
			return append(found, ruleNoHeader.FindAt(text, 0, len(text)))
		}
		return h.end(append(found, ruleNoEmptyLine.FindAt(text, 0, len(text))))
	case lineMbox:
		found = append(found, ruleMboxLine.FindAt(text, 0, len(text)))
	case lineFold:
		found = h.foldLine(found, text, first)
	case lineField:
		found = h.field(found, text, name, colon)
	}
	if len(text) > maxLine {
		found = append(found, ruleLine998.FindAt(text, maxLine, len(text)-maxLine))
	}
	if i := high(text); i >= 0 {
		found = h.octets(found, text, i, colon)
	}
	return found
}

// End judges a message that ended before its header section did: a message
// without a body is allowed (RFC 5322 §3.5), one without From and Date is not.
// After the section's end it returns nil.
func (h *HeaderCheck) End() []rule.Finding {
	if h.done {
		return nil
	}
	return h.end(h.endField(nil))
}

func (h *HeaderCheck) end(found []rule.Finding) []rule.Finding {
	h.done = true
	if h.seen&fieldDate == 0 {
		found = append(found, ruleDateMissing.Find())
	}
	if h.seen&fieldFrom == 0 {
		found = append(found, ruleFromMissing.Find())
	}
	return found
}

func (h *HeaderCheck) field(found []rule.Finding, text []byte, name, colon int) []rule.Finding {
	if name == 0 {
		found = append(found, ruleNoFieldName.FindAt(text, 0, colon+1))
	} else if colon > name {
		found = append(found, ruleSpaceBeforeColon.FindAt(text, name, colon-name))
	}
	if h.current = knownField(text[:name]); h.current == 0 {
		return found
	}
	h.judged, h.date = false, 0
	if h.seen&h.current != 0 {
		found = append(found, ruleFieldTwice.FindAt(text, 0, name, string(text[:name])))
	}
	h.seen |= h.current
	return h.body(found, text, colon+1)
}

func (h *HeaderCheck) foldLine(found []rule.Finding, text []byte, first bool) []rule.Finding {
	if first {
		return append(found, ruleFoldFirst.FindAt(text, 0, 1))
	}
	if len(bytes.TrimLeft(text, " \t")) == 0 {
		return append(found, ruleFoldBlank.FindAt(text, 0, len(text)))
	}
	return h.body(found, text, 0)
}

// body looks at the piece of the current field's body that begins at index from.
func (h *HeaderCheck) body(found []rule.Finding, text []byte, from int) []rule.Finding {
	if h.judged {
		return found
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
			found = append(found, ruleBccSent.FindAt(text, i, len(text)-i))
		}
	case fieldDate:
		found = h.dateBody(found, text, from)
	}
	return found
}

// dateBody adds a piece to the date and judges what is there so far. A fault that
// no further piece could mend is found at its octet.
func (h *HeaderCheck) dateBody(found []rule.Finding, text []byte, from int) []rule.Finding {
	held := int(h.date)
	if held+len(text)-from > len(h.value) {
		h.judged = true
		return found
	}
	h.date += uint8(copy(h.value[held:], text[from:]))
	d, verdict, at := readDate(h.value[:h.date])
	at += from - held // from the value to the line
	switch verdict {
	case dateWrong:
		found = append(found, inLine(&ruleDateForm, text, at, len(text)-at))
	case dateOtherWeekday:
		day := d.fallsOn().String()[:3]
		found = append(found, inLine(&ruleDateWeekday, text, at, 3, day))
	case dateObsolete:
		found = append(found, inLine(&ruleDateObsolete, text, at, len(text)-at))
	case dateIncomplete:
		return found
	}
	// A good date may still be followed by a fold with a comment: whatever comes
	// is left alone then.
	h.judged = true
	return found
}

// inLine makes a finding at n octets from index at of line. What came to light by
// this line may lie in an earlier one, where at is negative: no octet is singled
// out then.
func inLine(r *rule.Rule, line []byte, at, n int, args ...string) rule.Finding {
	if at < 0 {
		return r.Find(args...)
	}
	return r.FindAt(line, at, n, args...)
}

// endField judges what can be known only when a field is over.
func (h *HeaderCheck) endField(found []rule.Finding) []rule.Finding {
	if !h.judged {
		switch h.current {
		case fieldDate:
			found = append(found, ruleDateShort.Find())
		case fieldFrom:
			found = append(found, ruleFromNoAddress.Find())
		}
	}
	h.current = 0
	return found
}

// octets judges a line whose first octet over 127 stands at i.
func (h *HeaderCheck) octets(found []rule.Finding, text []byte, i, colon int) []rule.Finding {
	if i < colon {
		return append(found, ruleFieldNameOctet.FindAt(text, i, highRun(text[i:])))
	}
	if !h.UTF8 {
		return append(found, rule8Bit.FindAt(text, i, highRun(text[i:])))
	}
	for i < len(text) {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return append(found, ruleNotUTF8.FindAt(text, i, 1))
		}
		i += n
	}
	return found
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
