package main

import (
	"bytes"
	"io"
	"unicode/utf8"

	"mailtool/trace/term"
)

// octetsOut is where octets go that a command makes: the file of -o, a pipe, or a screen, on
// which they are made harmless.
func (p *program) octetsOut(output string) (io.Writer, func() error, error) {
	if output == "" && isTerminal(p.out) {
		s := &safeWriter{w: p.out}
		return s, s.end, nil
	}
	return p.result(output)
}

// A safeWriter shows text of a stranger on a screen: nothing in it acts on the terminal.
// Lines are those of the text; one that does not end is held up to a limit.
type safeWriter struct {
	w    io.Writer
	held []byte
}

// heldLine is how much of a line is held for its end, in octets.
const heldLine = 4096

func (s *safeWriter) Write(p []byte) (int, error) {
	s.held = append(s.held, p...)
	for {
		i := bytes.IndexByte(s.held, '\n')
		switch {
		case i >= 0:
			if err := s.put(bytes.TrimSuffix(s.held[:i], []byte("\r")), "\n"); err != nil {
				return 0, err
			}
			s.held = s.held[i+1:]
		case len(s.held) > heldLine:
			n := heldLine
			for n > heldLine-utf8.UTFMax && !utf8.RuneStart(s.held[n]) {
				n--
			}
			if err := s.put(s.held[:n], ""); err != nil {
				return 0, err
			}
			s.held = s.held[n:]
		default:
			return len(p), nil
		}
	}
}

func (s *safeWriter) put(text []byte, ending string) error {
	_, err := io.WriteString(s.w, term.Escape(text)+ending)
	return err
}

// end writes the line that does not end.
func (s *safeWriter) end() error {
	if len(s.held) == 0 {
		return nil
	}
	return s.put(s.held, "\n")
}
