package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/trace/term"
)

// newMIMEDiff is "mime diff A B": what one message has that the other has not.
func (p *program) newMIMEDiff() *cobra.Command {
	var dir string
	c := p.command("diff FILE FILE", func(c *cobra.Command, args []string) error {
		return p.openFor(c.Context(), dir, args[0], func(a *opened) error {
			return p.openFor(c.Context(), dir, args[1], func(b *opened) error {
				return p.diff(a, b)
			})
		})
	})
	c.Args = p.words("FILE", "FILE")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// diff compares the lines of two messages, header and body, then what they come to.
func (p *program) diff(a, b *opened) error {
	var sides [2]sideOfDiff
	for i, m := range []*opened{a, b} {
		if err := sides[i].measure(m); err != nil {
			return err
		}
	}
	p.note(p.out, "mime/diff/header")
	added := p.diffLines(sides[0].header, sides[1].header, maxDiff)
	p.note(p.out, "mime/diff/body")
	p.diffLines(sides[0].body, sides[1].body, wholeBody)
	if sides[0].more || sides[1].more {
		p.note(p.out, "mime/diff/more")
	}
	rows := [][]string{{"", p.fileName(a.name), p.fileName(b.name)}}
	for _, row := range []struct {
		key string
		of  func(sideOfDiff) int64
	}{
		{"octets", func(s sideOfDiff) int64 { return s.octets }},
		{"header-lines", func(s sideOfDiff) int64 { return int64(len(s.header)) }},
		{"body-octets", func(s sideOfDiff) int64 { return s.bodyOctets }},
		{"over", func(s sideOfDiff) int64 { return s.over }},
		{"longest", func(s sideOfDiff) int64 { return s.longest }},
	} {
		rows = append(rows, []string{p.say("mime/diff/" + row.key),
			number(row.of(sides[0])), number(row.of(sides[1]))})
	}
	if err := writeTable(p.out, rows); err != nil {
		return err
	}
	if added > 0 {
		p.note(p.out, "mime/diff/added", "n", strconv.Itoa(added))
	}
	same, err := sameContent(a.Message, b.Message)
	switch {
	case err != nil:
		return err
	case same:
		p.note(p.out, "mime/diff/same")
	default:
		p.note(p.out, "mime/diff/differ")
	}
	return nil
}

// How many lines of each message are compared.
const maxDiff = 1000

// A sideOfDiff is what is compared of a message.
type sideOfDiff struct {
	header, body []string // lines, without their endings
	more         bool     // that not all lines of the body are here
	octets       int64
	bodyOctets   int64
	over         int64 // octets that do not fit 7 bits
	longest      int64 // line, in octets without CRLF
}

func (s *sideOfDiff) measure(m *opened) error {
	s.octets, s.bodyOctets = m.Tree.Size, m.Root.BodyEnd-m.Root.BodyStart
	at := int64(0)
	return eachLine(m.Reader(0, m.Tree.Size), func(l textLine) bool {
		list := &s.header
		if at >= m.Root.BodyStart {
			list = &s.body
		}
		at += l.size
		switch {
		case at == m.Root.BodyStart && m.Root.Blank: // the empty line divides, and is of neither
		case len(*list) < maxDiff:
			*list = append(*list, string(l.text))
		default:
			s.more = true
		}
		s.over += int64(over7(l.text))
		s.longest = max(s.longest, l.size-int64(len(l.end)))
		return true
	})
}

// diffLines writes the lines that both have, and those of one alone behind "-" or "+", up to
// a limit. It returns how many more lines b has.
func (p *program) diffLines(a, b []string, most int) int {
	shown, left := 0, 0
	for _, line := range compareLines(a, b) {
		if shown == most {
			left++
			continue
		}
		shown++
		fmt.Fprintf(p.out, "%c %s\n", line.sign, term.Escape([]byte(line.text)))
	}
	if left > 0 {
		p.note(p.out, "mime/diff/lines", "n", strconv.Itoa(left))
	}
	return len(b) - len(a)
}

// A diffLine is a line of both messages (' '), of the first ('-') or of the second ('+').
type diffLine struct {
	sign byte
	text string
}

// compareLines finds the longest sequence of lines that both have, and what stands between.
func compareLines(a, b []string) []diffLine {
	// longest[i][j] is how long that sequence is for a[i:] and b[j:].
	longest := make([][]int32, len(a)+1)
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []diffLine
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			out = append(out, diffLine{'-', a[i]})
			i++
		default:
			out = append(out, diffLine{'+', b[j]})
			j++
		}
	}
	return out
}

// sameContent says that a reader sees the same text and gets the same files.
func sameContent(a, b *mime.Message) (bool, error) {
	textsA, textsB := a.Readable(), b.Readable()
	if len(textsA) != len(textsB) {
		return false, nil
	}
	for i, text := range textsA {
		if same, err := sameOctets(readable(text), readable(textsB[i])); !same {
			return false, err
		}
	}
	filesA, filesB := attachments(a, false), attachments(b, false)
	if len(filesA) != len(filesB) {
		return false, nil
	}
	for i, file := range filesA {
		if file.FileName() != filesB[i].FileName() {
			return false, nil
		}
		if same, err := sameOctets(file.Reader(), filesB[i].Reader()); !same {
			return false, err
		}
	}
	return true, nil
}

// sameOctets compares what two readers read, to the end or to the first fault of an
// encoding. Line endings do not count: CRLF is as good as LF.
func sameOctets(a, b io.Reader) (bool, error) {
	var sums [2][]byte
	for i, r := range []io.Reader{a, b} {
		h := sha256.New()
		_, err := io.Copy(withoutCR{h}, r)
		if err != nil && !mime.IsFault(err) {
			return false, err
		}
		sums[i] = h.Sum(nil)
	}
	return bytes.Equal(sums[0], sums[1]), nil
}

// withoutCR writes all octets but CRs.
type withoutCR struct{ w io.Writer }

func (w withoutCR) Write(p []byte) (int, error) {
	if _, err := w.w.Write(bytes.ReplaceAll(p, []byte("\r"), nil)); err != nil {
		return 0, err
	}
	return len(p), nil
}
