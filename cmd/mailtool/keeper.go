package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mailtool/trace"
	"mailtool/trace/session"
	"mailtool/trace/svg"
	"mailtool/trace/term"
)

// A keeper saves a session: as NDJSON, as text or as a picture, by the file's suffix.
// The file is made before the session begins, so that nobody works for nothing.
type keeper struct {
	file   *os.File
	write  writeSession
	events []*trace.Event
}

// A writeSession writes a whole session.
type writeSession func(w io.Writer, h trace.Header, o term.Options, events []*trace.Event,
	verdict string) error

// savers are the forms of a saved session, by suffix.
var savers = map[string]writeSession{
	".ndjson": writeNDJSON,
	".session": func(w io.Writer, h trace.Header, _ term.Options, events []*trace.Event,
		_ string) error {
		out := session.NewWriter(w, h)
		for _, ev := range events {
			if err := out.Event(ev); err != nil {
				return err
			}
		}
		return nil
	},
	".svg": func(w io.Writer, _ trace.Header, o term.Options, events []*trace.Event,
		verdict string) error {
		o.Width, o.Quiet = 0, false // of the picture, not of the terminal
		return svg.Write(w, o, events, verdict)
	},
}

func writeNDJSON(w io.Writer, h trace.Header, _ term.Options, events []*trace.Event,
	_ string) error {
	out, err := trace.NewFileWriter(w, h)
	for _, ev := range events {
		if err == nil {
			err = out.Write(ev)
		}
	}
	return err
}

// newKeeper makes the file; it returns nil where none is asked for.
func newKeeper(path string) (*keeper, error) {
	if path == "" {
		return nil, nil
	}
	write, ok := savers[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil, fail(exitUsage, "error/save/suffix", "file", path)
	}
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	return &keeper{file: f, write: write}, nil
}

// create makes a file. What is not there is its folder, then, and not the file.
func create(path string) (*os.File, error) {
	f, err := os.Create(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(exitLocal, "error/file/no-folder", "file", path,
			"dir", filepath.Dir(path)).because(err)
	}
	return f, err
}

// keep keeps events, which must be clones.
func (k *keeper) keep(events []*trace.Event) {
	if k != nil {
		k.events = append(k.events, events...)
	}
}

// discard removes the file again.
func (k *keeper) discard() error {
	if k == nil {
		return nil
	}
	k.file.Close() // it is empty
	return os.Remove(k.file.Name())
}

// finish writes the session and closes the file.
func (k *keeper) finish(h trace.Header, o term.Options, verdict string) error {
	if k == nil {
		return nil
	}
	out := bufio.NewWriter(k.file)
	err := k.write(out, h, o, k.events, verdict)
	if err == nil {
		err = out.Flush()
	}
	if closed := k.file.Close(); err == nil {
		err = closed
	}
	return err
}
