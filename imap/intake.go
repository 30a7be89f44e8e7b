package imap

import (
	"bytes"

	"mailtool/internal/wire"
)

// An intake is what a message goes through on its way into a Draft. A message whose lines do not
// end in CRLF would be another one to the next program, so it is refused, or with lenient made
// one. 8-bit octets stay as they are (RFC 3501 §6.3.11), in the header, too: RFC 6855 §4 has such
// refused unless the client has enabled UTF8=ACCEPT, but then mail that came so could not be kept
// elsewhere. It never returns an error: the literal has to be read to its end.
type intake struct {
	draft   Draft
	lenient bool  // CRs and LFs that stand alone become CRLF
	most    int64 // octets of a message, once they have

	err   error // the Draft's
	size  int64 // octets that the Draft was given
	lines wire.LineScanner
	n     int // which line it is, from 0
	last  byte
	bad   wire.Line // the first that is none, if it has anomalies
	badAt int
}

func (in *intake) Write(p []byte) (int, error) {
	if in.lenient {
		in.normalise(p)
	} else {
		in.pass(p)
	}
	in.last = p[len(p)-1]
	for rest := p; len(rest) > 0 && in.bad.Anomalies == 0; {
		n, done := in.lines.Scan(rest)
		rest = rest[n:]
		if l := in.lines.Line(); l.Anomalies&in.unfit() != 0 {
			in.bad, in.badAt = l, in.n
		}
		if done {
			in.n++
		}
	}
	return len(p), nil
}

// unfit is what lines of a message may not have.
func (in *intake) unfit() wire.Anomaly {
	if in.lenient {
		return wire.NUL
	}
	return wire.BareCR | wire.BareLF | wire.NUL
}

// pass hands p on, which is as it is to be kept.
func (in *intake) pass(p []byte) {
	if in.size += int64(len(p)); in.err == nil && in.size <= in.most {
		_, in.err = in.draft.Write(p)
	}
}

// normalise makes CRLF of every lone CR and LF. A CR at the end of p waits for what follows it.
func (in *intake) normalise(p []byte) {
	if in.last == '\r' {
		in.pass(crlf)
		if p[0] == '\n' {
			p = p[1:]
		}
	}
	for len(p) > 0 {
		k := bytes.IndexAny(p, "\r\n")
		if k < 0 {
			in.pass(p)
			return
		}
		in.pass(p[:k])
		last := p[k]
		if p = p[k+1:]; last == '\r' {
			if len(p) == 0 {
				return
			}
			if p[0] == '\n' {
				p = p[1:]
			}
		}
		in.pass(crlf)
	}
}

var crlf = []byte("\r\n")

// finish is called at the message's end. It says why the message cannot be kept, nil if it can.
func (in *intake) finish() *Response {
	if in.lenient && in.last == '\r' {
		in.pass(crlf)
	}
	switch a := in.bad.Anomalies; {
	case in.err != nil:
		return responseTo(in.err, CodeServerBug)
	case a&wire.NUL != 0: // RFC 3516 §4.4
		return Refuse(CodeUnknownCTE, "There is a NUL in line %d of the message", in.badAt+1)
	case a&wire.BareLF != 0:
		return in.unended("ends in LF alone")
	case a&wire.BareCR != 0:
		return in.unended("has a CR without LF")
	case in.last == '\r' && !in.lenient:
		return Refuse("", "The message ends in the middle of a CRLF: send the LF, too")
	case in.size > in.most:
		return tooBig(in.most)
	}
	return nil
}

// unended says what is wrong with a line, and what to do.
func (in *intake) unended(what string) *Response {
	return Refuse("", "Line %d of the message %s: end each line with CRLF, and count the octets "+
		"after that", in.badAt+1, what)
}

func tooBig(most int64) *Response {
	return Refuse(CodeTooBig, "A message may have %d octets", most)
}
