package main

import (
	"regexp"
	"strings"

	"mailtool/trace/term"
)

// digits are a line that is a fingerprint: 32 octets.
var digits = regexp.MustCompile(`^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$`)

// halfDigits is how many columns 16 octets of a fingerprint take, the last colon included.
const halfDigits = 48

// fit divides a line of ours for a terminal of that many columns. 0 is no terminal: there
// a line stays one, for programs that look for lines. A fingerprint is divided in the
// middle, so that it lies alike on each screen. A line with another word that is too long
// for the terminal, such as a path, is left to it, so that it can be copied whole.
func fit(line string, columns int) []string {
	if columns <= 0 || term.Columns(line) <= columns {
		return []string{line}
	}
	if digits.MatchString(line) {
		return []string{line[:halfDigits], line[halfDigits:]}
	}
	for word := range strings.FieldsSeq(line) {
		if len(word) == term.Columns(word) && len(word) > columns {
			return []string{line}
		}
	}
	return term.Wrap(line, columns)
}

// A pair is a command and words about it. One of them may be missing.
type pair struct{ command, words string }

// A layout is how pairs stand: side by side in two columns, where there is room.
type layout struct {
	head         string // begins the first line; the others are indented like it
	commandFirst bool
	gap          int // between the columns
	columns      int // of the terminal, 0 for none
}

// belowIndent stands before what would stand at the right if there were room.
const belowIndent = "    "

// lines lays pairs out. Where one would be too long for the terminal, what is on the right
// of each pair stands below. Words are divided there; a command never is, so that it can be
// copied.
func (l layout) lines(pairs []pair) []string {
	indent := term.Columns(l.head)
	widest, longest := 0, 0
	for _, p := range pairs {
		if left, right := l.sides(p); right != "" {
			widest = max(widest, term.Columns(left))
		}
	}
	for _, p := range pairs {
		_, right := l.sides(p)
		longest = max(longest, indent+widest+l.gap+term.Columns(right))
	}
	var all []string
	for _, p := range pairs {
		left, right := l.sides(p)
		switch {
		case right == "":
			for line := range strings.SplitSeq(left, "\n") {
				all = append(all, l.divided(line, p.command == "", indent)...)
			}
		case l.columns > 0 && longest > l.columns:
			all = append(all, l.divided(left, !l.commandFirst, indent)...)
			for _, line := range l.divided(right, l.commandFirst, indent+len(belowIndent)) {
				all = append(all, belowIndent+line)
			}
		default:
			gap := widest - term.Columns(left) + l.gap
			if gap == 1 && strings.HasSuffix(left, "：") { // that brings its own space
				gap = 0
			}
			all = append(all, left+strings.Repeat(" ", gap)+right)
		}
	}
	for i := range all {
		if i == 0 {
			all[i] = l.head + all[i]
		} else {
			all[i] = strings.Repeat(" ", indent) + all[i]
		}
	}
	return all
}

// sides are what stands on the left and on the right.
func (l layout) sides(p pair) (left, right string) {
	left, right = p.words, p.command
	if l.commandFirst {
		left, right = right, left
	}
	if left == "" {
		return right, ""
	}
	return left, right
}

// divided is text behind indent columns: in several lines if it may be divided.
func (l layout) divided(text string, may bool, indent int) []string {
	if !may || l.columns <= 0 {
		return []string{text}
	}
	return fit(text, max(l.columns-indent, 1))
}
