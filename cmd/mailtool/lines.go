package main

import (
	"bufio"
	"io"
)

// shownLine is how much of a line is shown, in octets: a legal one is never longer.
const shownLine = 998

// A textLine is one line of a message, as it came.
type textLine struct {
	text []byte // without its ending, and of a long line no more than shownLine
	size int64  // octets, with the ending
	end  string // "\r\n", "\n", or "" where the piece ends within the line
}

// cut is how many octets of the line are not in text.
func (l textLine) cut() int64 { return l.size - int64(len(l.text)+len(l.end)) }

// eachLine hands over the lines of r one after the other, until do has enough. Their text is
// good until the next. The memory that it takes does not depend on r.
func eachLine(r io.Reader, do func(textLine) bool) error {
	in := bufio.NewReaderSize(r, 4096)
	for {
		var l textLine
		var held [shownLine + 2]byte
		kept, last := 0, byte(0) // last is the octet before the newest piece
		var before byte
		for {
			piece, err := in.ReadSlice('\n')
			if n := len(piece); n > 0 {
				before = last
				if n > 1 {
					before = piece[n-2]
				}
				last = piece[n-1]
			}
			kept += copy(held[kept:], piece)
			l.size += int64(len(piece))
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil && err != io.EOF {
				return err
			}
			break
		}
		if l.size == 0 {
			return nil
		}
		switch {
		case last == '\n' && before == '\r':
			l.end = "\r\n"
		case last == '\n':
			l.end = "\n"
		}
		l.text = held[:min(int64(kept), l.size-int64(len(l.end)), shownLine)]
		if !do(l) {
			return nil
		}
	}
}
