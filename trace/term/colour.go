package term

import (
	"fmt"
	"strings"

	"github.com/fatih/color"
)

// UseColour decides whether a stream is written in colour. when is the word of --color:
// auto, always or never; getenv reads the environment. Each stream is asked about by
// itself, since one may be a terminal and the other a file.
//
// In auto, NO_COLOR (https://no-color.org) goes before CLICOLOR_FORCE, and both before
// what the stream is.
func UseColour(when string, isTerminal bool, getenv func(string) string) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
	default:
		return false, fmt.Errorf("--color is auto, always or never, not %q", when)
	}
	if getenv("NO_COLOR") != "" {
		return false, nil
	}
	if force := getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true, nil
	}
	return isTerminal && getenv("TERM") != "dumb", nil
}

// A Role is what a piece of a line means. Colour follows it, and is never the only sign
// of anything: refusals have their flag, our own lines their #, findings their level.
type Role int

// The roles.
const (
	Plain    Role = iota
	Client        // what the client says
	Server        // what the server says
	GoOn          // a reply 3yz, or +: go on
	ForNow        // a reply 4yz: refused for now
	ForGood       // a reply 5yz: refused for good
	Note          // our words
	Phase         // the rule above a phase
	MustSign      // the caret of a finding, by its level
	ShouldSign
)

// A Piece is a part of a line that has one role.
type Piece struct {
	Role Role
	Text string
}

// A Line is a line of the screen, without its line ending.
type Line []Piece

// String is the line without colour.
func (l Line) String() string {
	var b strings.Builder
	for _, p := range l {
		b.WriteString(p.Text)
	}
	return b.String()
}

// A palette colours the lines of one writer, in the 16 colours that every terminal has
// and lets its user choose.
type palette map[Role]*color.Color

// newPalette returns a palette that colours or does not. The package color decides for
// the whole process, by what stdout is; so each colour is told by itself.
func newPalette(on bool) palette {
	p := palette{
		Client:     color.New(color.FgBlue, color.Bold),
		Server:     color.New(color.FgCyan),
		GoOn:       color.New(color.Bold),
		ForNow:     color.New(color.FgYellow),
		ForGood:    color.New(color.FgRed),
		Note:       color.New(color.Faint),
		Phase:      color.New(color.Bold),
		MustSign:   color.New(color.FgRed),
		ShouldSign: color.New(color.FgYellow),
	}
	for _, c := range p {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return p
}

// paint colours the pieces, each by itself: the end of an inner colour would end an
// outer one too.
func (p palette) paint(l Line) string {
	var b strings.Builder
	for _, piece := range l {
		if c := p[piece.Role]; c != nil && piece.Text != "" {
			b.WriteString(c.Sprint(piece.Text))
		} else {
			b.WriteString(piece.Text)
		}
	}
	return b.String()
}
