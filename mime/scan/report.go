package scan

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"mailtool/trace/rule"
)

// A Finding is a broken rule and its place in a message. Off counts from the start of the
// message; where At is 0 it is the start of the line that is meant.
type Finding struct {
	rule.Finding
	// Line is the number of the line in the message, from 1. It is 0 where something is
	// missing, or the message as a whole is meant.
	Line int64 `json:"line,omitempty"`
	// Part is the section number of the part (see Part.Section), "" for the message itself.
	Part string `json:"part,omitempty"`
	// More is how many further places there are that break the rule and are not listed.
	More int `json:"more,omitempty"`
}

// listed is how many places of one rule are listed in a report: a file of a million wrong
// lines has one fault, and is to be reported in bounded memory.
const listed = 5

// A Report collects what is found in a message. The zero value is ready.
type Report struct {
	found []Finding
	last  map[string]int // where in found the last listed place of a rule stands
	count map[string]int // how often a rule was broken
}

// Add finds r broken by n octets at offset off of the message, in part p. With n of 0 the
// whole line is meant that holds off.
func (r *Report) Add(p *Part, broken *rule.Rule, off, n int64, args ...string) {
	f := broken.Find(args...)
	f.Off, f.Len = off, n
	r.add(p, f, off)
}

// Missing finds something missing, or what is about the message as a whole: it belongs to no
// line.
func (r *Report) Missing(p *Part, broken *rule.Rule, args ...string) {
	r.add(p, broken.Find(args...), -1)
}

// add keeps a finding. One without a place has an offset below 0.
func (r *Report) add(p *Part, f rule.Finding, off int64) {
	if r.count == nil {
		r.last, r.count = make(map[string]int), make(map[string]int)
	}
	r.count[f.ID]++
	if r.count[f.ID] > listed {
		r.found[r.last[f.ID]].More++
		return
	}
	r.last[f.ID] = len(r.found)
	f.Off = off
	found := Finding{Finding: f}
	if p != nil && p.Depth > 1 {
		found.Part = p.Section
	}
	r.found = append(r.found, found)
}

// Findings returns what was found, in the order of the message, with lines and octets filled
// in from the message itself, which in reads from its start. What is missing comes last. The
// error is that of reading.
func (r *Report) Findings(in io.Reader) ([]Finding, error) {
	slices.SortStableFunc(r.found, func(a, b Finding) int {
		if (a.Off < 0) != (b.Off < 0) {
			return cmp.Compare(b.Off, a.Off)
		}
		return cmp.Compare(a.Off, b.Off)
	})
	todo := r.found
	for len(todo) > 0 && todo[len(todo)-1].Off < 0 {
		todo[len(todo)-1].Off = 0
		todo = todo[:len(todo)-1]
	}
	line, begin, pos := int64(1), int64(0), int64(0)
	buffer := make([]byte, 32<<10)
	for len(todo) > 0 {
		n, err := in.Read(buffer)
		b := buffer[:n]
		for len(todo) > 0 && (todo[0].Off < pos+int64(n) || err != nil) {
			f := &todo[0]
			at := min(max(f.Off-pos, 0), int64(len(b)))
			line, begin = advance(line, begin, pos, b[:at])
			b, pos = b[at:], pos+at
			n = len(b)
			f.place(line, begin, b)
			todo = todo[1:]
		}
		line, begin = advance(line, begin, pos, b)
		pos += int64(len(b))
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return r.found, nil
}

// advance passes over b, which begins at offset pos.
func advance(line, begin, pos int64, b []byte) (int64, int64) {
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		return line + int64(bytes.Count(b, []byte("\n"))), pos + int64(i) + 1
	}
	return line, begin
}

// place fills in where f lies: in this line, which begins at offset begin; b begins at f.
func (f *Finding) place(line, begin int64, b []byte) {
	f.Line = line
	if f.Len == 0 {
		f.Off = begin
		return
	}
	f.At = int(f.Off-begin) + 1
	if len(b) > 0 {
		f.Byte = int(b[0])
	}
}
