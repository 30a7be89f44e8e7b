// Package svg draws a session: the screen of trace/term as a picture that stands in a
// page, in light and dark.
package svg

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"mailtool/trace"
	"mailtool/trace/term"
)

// The picture, in pixels. A column is 0.6 of the size of the letters, as in most fonts
// of fixed width; each piece is set to its exact width, whatever the font is.
const (
	fontSize   = 14
	column     = 8.4
	lineHeight = 20
	margin     = 16
	maxColumns = 120 // longer lines are cut
)

// style gives each role its colour: those of the screen, dark enough on white and light
// enough on black.
const style = `
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono CJK SC",monospace;` +
	`white-space:pre;fill:#1f2328}
.paper{fill:#fff;stroke:#d0d7de}
.client{fill:#0550ae;font-weight:bold}
.server{fill:#0b6e7f}
.go-on,.phase{font-weight:bold}
.for-now,.should{fill:#7d4e00}
.for-good,.must{fill:#b3261e}
.note{fill:#59636e}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.paper{fill:#0d1117;stroke:#30363d}
.client{fill:#79c0ff}
.server{fill:#56d4dd}
.for-now,.should{fill:#e3b341}
.for-good,.must{fill:#ff7b72}
.note{fill:#9198a1}
}
`

var classes = map[term.Role]string{
	term.Client: "client", term.Server: "server", term.GoOn: "go-on", term.ForNow: "for-now",
	term.ForGood: "for-good", term.Note: "note", term.Phase: "phase",
	term.MustSign: "must", term.ShouldSign: "should",
}

// Write draws the events of a session as the screen with the options o shows them, and
// under them the summary with verdict, if there is one.
func Write(w io.Writer, o term.Options, events []*trace.Event, verdict string) error {
	var lines []term.Line
	o.Room = maxColumns
	s := term.NewLines(o, func(l term.Line) { lines = append(lines, l) })
	for _, ev := range events {
		s.Event(ev)
	}
	if verdict != "" {
		s.Summary(verdict)
	}
	return draw(w, lines)
}

func draw(w io.Writer, lines []term.Line) error {
	widest := 40
	for _, l := range lines {
		widest = max(widest, min(term.Columns(l.String()), maxColumns))
	}
	width := int(float64(widest)*column) + 2*margin + 1
	height := len(lines)*lineHeight + 2*margin
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`viewBox="0 0 %d %d" role="img">`, width, height, width, height)
	fmt.Fprintf(out, "\n<style>%s</style>\n", style)
	fmt.Fprintf(out, `<rect class="paper" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>`+"\n",
		width-1, height-1)
	for i, l := range lines {
		drawLine(out, l, margin+i*lineHeight+fontSize)
	}
	fmt.Fprint(out, "</svg>\n")
	return out.Flush()
}

// drawLine writes the pieces of a line, each at its own place: spaces at the ends of a
// piece, which programs treat in different ways, are not drawn.
func drawLine(out *bufio.Writer, l term.Line, y int) {
	col := 0
	for _, p := range l {
		text := p.Text
		if room := maxColumns - col; term.Columns(text) > room {
			text = cut(text, room)
		}
		bare := strings.TrimLeft(text, " ")
		x := margin + float64(col+len(text)-len(bare))*column
		col += term.Columns(text)
		bare = strings.TrimRight(bare, " ")
		if bare == "" {
			continue
		}
		fmt.Fprintf(out, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve"`,
			x, y, float64(term.Columns(bare))*column)
		if c := classes[p.Role]; c != "" {
			fmt.Fprintf(out, ` class="%s"`, c)
		}
		out.WriteByte('>')
		xml.EscapeText(out, []byte(bare)) // bufio keeps the error for Flush
		out.WriteString("</text>\n")
	}
}

// cut shortens text to room columns, the last three of which say that it was cut.
func cut(text string, room int) string {
	col := 0
	for i, r := range text {
		if col += term.Columns(string(r)); col > room-3 {
			return text[:i] + "..."[:max(0, min(3, room))]
		}
	}
	return text
}
