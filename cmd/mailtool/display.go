package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"mailtool/trace/term"
)

// A display is what the flags of every command that shows a session ask for.
type display struct {
	explain bool
	show    []string
	data    string
	step    bool
	save    string
	secrets bool
	quiet   bool
}

// flags adds the flags that say how a session is shown.
func (d *display) flags(fs *pflag.FlagSet) {
	fs.BoolVarP(&d.explain, "explain", "e", false, "")
	fs.StringSliceVar(&d.show, "show", nil, "")
	fs.StringVar(&d.data, "data", "", "")
	fs.BoolVarP(&d.quiet, "quiet", "q", false, "")
}

// liveFlags adds those that only a session of our own has.
func (d *display) liveFlags(fs *pflag.FlagSet) {
	d.flags(fs)
	fs.StringVar(&d.save, "save", "", "")
	fs.BoolVar(&d.secrets, "show-secrets", false, "")
}

// options are what the screen on a stream is asked to show.
func (p *program) options(d *display, stream io.Writer) (term.Options, error) {
	o := term.Options{Lang: p.lang, Width: width(stream), Explain: d.explain, Quiet: d.quiet}
	var err error
	if o.Colour, err = p.colour(stream); err != nil {
		return o, err
	}
	switch d.data {
	case "", "auto":
	case "full", "head", "none":
		o.Data = term.DataMode(d.data)
	default:
		return o, p.choice("data", d.data, "full, head, none")
	}
	for _, column := range d.show {
		switch strings.TrimSpace(column) {
		case "time":
			o.Time = true
		case "state":
			o.State = true
		case "bytes":
			o.Bytes = true
		default:
			return o, p.choice("show", column, "time, state, bytes")
		}
	}
	return o, nil
}

// noteMore begins the second line of a note that is too long for the terminal.
const noteMore = "#   "

// note writes a line of ours, as it stands between wire lines: it begins with #.
func (p *program) note(w io.Writer, key string, args ...string) {
	for line := range strings.SplitSeq(p.sentence(key, args), "\n") {
		before, more := "# ", noteMore
		if digits.MatchString(line) {
			more = before
		}
		for _, l := range fit(line, max(width(w)-len(noteMore), 0)) {
			fmt.Fprintf(w, "%s%s\n", before, l)
			before = more
		}
	}
}
