package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"mailtool/sandbox"
	"mailtool/trace"
)

// A saver writes a file for each session of a server. One goroutine writes: no session
// waits for a disk.
type saver struct {
	p      *program
	dir    string
	news   chan savable
	octets atomic.Int64
	stop   chan struct{}
	done   chan struct{}
	open   map[*saved]bool
	failed bool // it was said that a file could not be written
}

// A savable is a piece of a session, to be written.
type savable struct {
	s      *saved
	events []*trace.Event
	size   int64
}

// A saved is a session in a file.
type saved struct {
	session *sandbox.Session
	behind  atomic.Bool // the disk was too slow: the file ends here

	file *os.File
	buf  *bufio.Writer
	out  *trace.FileWriter
	last int // number of the event that was written last
	over bool
}

// savable events that may wait for the disk, in pieces and in octets.
const (
	saveBuffer = 16 << 10
	saveOctets = 64 << 20
)

func newSaver(p *program, dir string) *saver {
	return &saver{p: p, dir: dir, news: make(chan savable, saveBuffer),
		stop: make(chan struct{}), done: make(chan struct{}), open: map[*saved]bool{}}
}

func (v *saver) watch(session *sandbox.Session) trace.Sink {
	s := &saved{session: session}
	return func(events []*trace.Event) {
		if s.behind.Load() {
			return
		}
		n := savable{s: s, events: trace.Clones(events)}
		for _, ev := range events {
			n.size += int64(len(ev.Raw)) + 256
		}
		if v.octets.Add(n.size) <= saveOctets {
			select {
			case v.news <- n:
				return
			default:
			}
		}
		v.octets.Add(-n.size)
		s.behind.Store(true)
	}
}

func (v *saver) run() {
	defer close(v.done)
	for {
		select {
		case n := <-v.news:
			v.write(n)
		case <-v.stop:
			v.drain()
			return
		}
	}
}

// drain writes what is left and closes the files.
func (v *saver) drain() {
	for {
		select {
		case n := <-v.news:
			v.write(n)
			continue
		default:
		}
		break
	}
	for s := range v.open {
		v.finish(s)
	}
}

func (v *saver) end() {
	close(v.stop)
	<-v.done
}

func (v *saver) write(n savable) {
	v.octets.Add(-n.size)
	s := n.s
	if s.over {
		return
	}
	err := v.begin(s)
	for _, ev := range n.events {
		if err != nil {
			break
		}
		err = s.out.Write(ev)
		s.last = ev.N
		if ev.Kind == trace.Closed && ev.Text != "fin" {
			v.finish(s)
			return
		}
	}
	if err == nil && s.behind.Load() {
		v.finish(s)
	}
	if err != nil {
		v.complain(err)
		s.over = true
		if s.file != nil {
			delete(v.open, s)
			s.file.Close()
		}
	}
}

// begin makes the file: its name begins with the time, so that the next run adds to the
// directory and overwrites nothing.
func (v *saver) begin(s *saved) error {
	if s.file != nil {
		return nil
	}
	h := s.session.Header
	h.Tool = "mailtool " + version()
	name := fmt.Sprintf("%s-%04d.ndjson", h.Start.Format("20060102-150405"), s.session.Number)
	f, err := os.OpenFile(filepath.Join(v.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	s.file, s.buf = f, bufio.NewWriter(f)
	v.open[s] = true
	s.out, err = trace.NewFileWriter(s.buf, h)
	return err
}

// finish closes a file. Where the session goes on without it, a gap says so.
func (v *saver) finish(s *saved) {
	if s.over {
		return
	}
	s.over = true
	delete(v.open, s)
	var err error
	if s.behind.Load() {
		for _, end := range []trace.End{trace.Client, trace.Server} {
			s.last++
			err = errors.Join(err, s.out.Write(&trace.Event{N: s.last, End: end, Kind: trace.Gap,
				Session: s.session.Header.Session}))
		}
	}
	err = errors.Join(err, s.buf.Flush(), s.file.Close())
	if err != nil {
		v.complain(err)
	}
}

// complain tells once that files cannot be written; the sessions go on.
func (v *saver) complain(err error) {
	if !v.failed {
		v.failed = true
		v.p.report(err)
	}
}
