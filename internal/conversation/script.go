// Package conversation plays dialogues that are written down as the RFCs write them, in
// lines that begin with C: and S:. It takes the part of one end and checks the other. It
// knows no protocol, so the same text is a test of a server and of a client.
package conversation

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Script is a dialogue.
type Script struct {
	// Settings are what the test is asked to arrange beforehand.
	Settings map[string]string
	Steps    []Step
	// Rest is what stands below a line of dashes: what should have come of it all.
	Rest string
}

// A Kind is what a step is.
type Kind uint8

// The kinds of steps.
const (
	Line  Kind = iota + 1 // a line, which ends in CRLF
	Raw                   // octets as they are
	Close                 // the end closes the connection
	Wait                  // the end is silent for a while
	TLS                   // the end begins TLS, and what follows is in it
)

// A Step is one thing that an end does.
type Step struct {
	End  byte // 'C' or 'S'
	Kind Kind
	Text string // of a Line without CRLF
	Wait time.Duration
	At   int // line number in the script
}

// Parse reads a script. A line of it is one of
//
//	C: EHLO a.test      a line of the client; S: of the server
//	C| a\n.\nb          octets as they are, with Go's escapes
//	C* 1000 x\r\n       the same, so many times
//	C~ close            the client closes the connection
//	C~ wait 5m          the client is silent for so long
//	C~ tls              both ends begin TLS
//	-- key value        a setting
//	----                the end; the rest of the text is kept in Rest
//
// An empty line, or one that begins with #, is passed over. Where a line is checked and
// not said, "..." in it stands for any text.
func Parse(text string) (*Script, error) {
	s := &Script{Settings: make(map[string]string)}
	text, s.Rest, _ = strings.Cut(text, "\n----\n")
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if setting, ok := strings.CutPrefix(line, "-- "); ok {
			key, value, _ := strings.Cut(setting, " ")
			s.Settings[key] = value
			continue
		}
		step, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", i+1, line, err)
		}
		step.At = i + 1
		s.Steps = append(s.Steps, step)
	}
	return s, nil
}

func parseStep(line string) (Step, error) {
	if len(line) < 2 || line[0] != 'C' && line[0] != 'S' {
		return Step{}, fmt.Errorf("neither C nor S")
	}
	step := Step{End: line[0], Kind: Line, Text: strings.TrimPrefix(line[2:], " ")}
	var err error
	switch line[1] {
	case ':':
	case '|':
		step.Kind = Raw
		step.Text, err = unescape(step.Text)
	case '*':
		step.Kind = Raw
		times, text, _ := strings.Cut(step.Text, " ")
		var n int
		if n, err = strconv.Atoi(times); err != nil {
			return step, err
		}
		text, err = unescape(text)
		step.Text = strings.Repeat(text, n)
	case '~':
		return directive(step)
	default:
		return step, fmt.Errorf("%q is no mark", line[1])
	}
	return step, err
}

func unescape(s string) (string, error) {
	return strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
}

func directive(step Step) (Step, error) {
	word, arg, _ := strings.Cut(step.Text, " ")
	var err error
	switch word {
	case "close":
		step.Kind = Close
	case "tls":
		step.Kind = TLS
	case "wait":
		step.Kind = Wait
		step.Wait, err = time.ParseDuration(arg)
	default:
		err = fmt.Errorf("%q is no directive", word)
	}
	return step, err
}

// octets is what the step puts on the wire.
func (s Step) octets() string {
	switch s.Kind {
	case Line:
		return s.Text + "\r\n"
	case Raw:
		return s.Text
	}
	return ""
}
