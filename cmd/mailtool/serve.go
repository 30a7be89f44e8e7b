package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/term"
)

// serveText is what serve says, beside what all commands say.
var serveText = sentence.New(textFiles, "text/serve")

// A serving is one run of "mailtool serve".
type serving struct {
	*program
	d       display
	o       sandbox.Options
	record  string
	print   string
	profile string
	save    string
	accept  string
	maxSize string
	follow  string
	room    string // --class
}

// grace is how long a session that is in the middle of a message may take to end after
// the first Ctrl-C.
const grace = 30 * time.Second

// newServe is the mail server on this machine.
func (p *program) newServe() *cobra.Command {
	s := &serving{program: p}
	c := p.command("serve", func(c *cobra.Command, _ []string) error {
		if s.room == "" && c.Flags().Changed("class") { // an empty word opens no class by itself
			return classSize(s.room)
		}
		return s.run(c.Context())
	})
	fs := c.Flags()
	fs.StringVar(&s.o.Dir, "dir", "", "")
	fs.BoolVar(&s.o.Temp, "temp", false, "")
	fs.BoolVar(&s.o.Fresh, "fresh", false, "")
	for _, server := range s.servers() {
		fs.StringVar(server.asked, server.name, "", "")
	}
	fs.BoolVar(&s.o.AnySender, "allow-any-sender", false, "")
	fs.StringVar(&s.o.LegacyAuth, "legacy-auth", "", "")
	fs.StringVar(&s.o.Cert, "cert", "", "")
	fs.StringVar(&s.o.Key, "key", "", "")
	fs.StringVar(&s.room, "class", "", "")
	fs.BoolVar(&s.o.RequireTLS, "require-tls", false, "")
	fs.StringVar(&s.o.Host, "host", "", "")
	fs.IntVar(&s.o.PortOffset, "port-offset", 0, "")
	fs.BoolVar(&s.o.StandardPorts, "standard-ports", false, "")
	fs.StringVar(&s.o.Domain, "domain", sandbox.DefaultDomain, "")
	fs.StringVar(&s.accept, "accept", "", "")
	fs.StringVar(&s.o.CatchAll, "catch-all", "", "")
	fs.Lookup("catch-all").NoOptDefVal = "alice"
	fs.StringVar(&s.maxSize, "max-size", "", "")
	fs.BoolVar(&s.o.Lenient, "lenient", false, "")
	fs.StringVar(&s.profile, "profile", string(sandbox.Normal), "")
	fs.StringVar(&s.print, "print", printAuto, "")
	fs.StringVar(&s.follow, "follow", "", "")
	fs.StringVar(&s.record, "record", "on", "")
	fs.StringVar(&s.save, "save", "", "")
	s.d.flags(fs)
	return c
}

// run serves until ctx ends, which is the normal end.
func (s *serving) run(ctx context.Context) error {
	shown, err := s.options(&s.d, s.out)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	shown.Vantage = trace.AtServer
	oneThreadMore()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	out := term.NewQueue(s.out, screenful, s.lang)
	defer s.closeScreen(out)
	watchers, err := s.watchers(shown, out)
	if err != nil {
		return err
	}
	var begun atomic.Bool
	s.o.Trouble = func(err error) {
		key := "serve/trouble"
		if begun.Load() { // there is a certificate, and a new one cannot be had
			key = "serve/trouble/later"
		}
		s.note(out, key, "why", s.whyNoTLS(err))
	}
	box, err := sandbox.Start(ctx, s.o)
	begun.Store(true)
	switch {
	case err != nil && ctx.Err() != nil: // Ctrl-C came before all was open
		return nil
	case err != nil:
		return s.startProblem(err)
	}
	defer box.Close()
	s.banner(out, box) // before the first session: clients may be there already
	watchers.begin(box)
	<-ctx.Done()
	if !s.d.quiet {
		s.note(out, "serve/ending")
	}
	patience, enough := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer enough()
	go second(patience, signals, enough)
	switch {
	case box.Stop(patience) == nil:
	case errors.Is(patience.Err(), context.Canceled): // by the second signal
		s.note(out, "serve/cut/asked")
	default:
		s.note(out, "serve/cut")
	}
	watchers.end()
	if s.o.Temp {
		s.note(out, "serve/ended/temp", "count", s.counts(box))
	} else {
		s.note(out, "serve/ended", "count", s.counts(box), "dir", s.o.Dir)
	}
	return box.Close()
}

// second calls enough at the second signal to end. With the third the program ends as the
// system ends it, whatever it is at.
func second(patience context.Context, signals chan os.Signal, enough func()) {
	for range 2 {
		select {
		case <-signals:
		case <-patience.Done():
			return
		}
	}
	signal.Stop(signals)
	enough()
}

// check looks at the flags before anything is opened.
func (s *serving) check() error {
	if err := s.words(); err != nil {
		return err
	}
	if s.follow != "" && s.print == printNone {
		return twoFlags("--follow", "--print none")
	}
	if s.o.StandardPorts && s.o.PortOffset != 0 {
		return twoFlags("--standard-ports", "--port-offset")
	}
	if s.maxSize != "" {
		n, ok := octets(s.maxSize)
		if !ok {
			return fail(exitUsage, "error/serve/size", "word", s.maxSize)
		}
		s.o.Limits.Size = n
	}
	if (s.o.Cert == "") != (s.o.Key == "") {
		return fail(exitUsage, "error/serve/cert-pair")
	}
	if s.o.Profile == sandbox.Textbook { // which has neither TLS nor log-ins
		for _, server := range s.servers() {
			if server.needsTLS && *server.asked != "" && *server.asked != sandbox.Off {
				return twoFlags("--profile textbook", "--"+server.name)
			}
		}
		switch {
		case s.o.Cert != "":
			return twoFlags("--profile textbook", "--cert")
		case s.o.RequireTLS:
			return twoFlags("--profile textbook", "--require-tls")
		}
	}
	// Whoever takes everybody's mail must not be reached by everybody.
	onlyHere := s.o.Host == "" || isLoopback(s.o.Host)
	for _, server := range s.servers() {
		onlyHere = onlyHere && onLoopback(*server.asked)
	}
	if s.o.AcceptAll && !onlyHere {
		return fail(exitUsage, "error/serve/accept-beyond").
			hint("hint/serve/catch-all", "mailtool serve --catch-all")
	}
	var err error
	if s.o.Dir, err = s.directory(s.o.Dir); err != nil {
		return err
	}
	return s.classroom()
}

// onLoopback says that a server for which addr was asked is for this machine only.
func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil { // no colon: a port, or a host that needs one
		if _, number := strconv.Atoi(addr); number == nil {
			return true
		}
		host = addr
	}
	return host == "" || addr == sandbox.Off || addr == sandbox.On || isLoopback(host)
}

// octets reads a size: 1000, 500k, 10M, 1G; k, M and G are powers of 1024.
func octets(text string) (int64, bool) {
	digits := strings.TrimRight(text, "kKmMgGiIbB")
	shift, ok := map[string]uint{"": 0, "b": 0, "k": 10, "m": 20, "g": 30}[strings.TrimSuffix(
		strings.TrimSuffix(strings.ToLower(text[len(digits):]), "b"), "i")]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n <= 0 || n > 1<<40>>shift {
		return 0, false
	}
	return n << shift, true
}

// words checks the flags that take certain words only.
func (s *serving) words() error {
	switch s.print {
	case printAuto, printFull, printLines, printNone:
	default:
		return s.choice("print", s.print, "auto, full, lines, none")
	}
	switch s.accept {
	case "":
	case "all":
		s.o.AcceptAll = true
	default:
		return s.choice("accept", s.accept, "all")
	}
	switch s.record {
	case "on":
	case "off":
		s.o.Unrecorded = true
		if s.save != "" {
			return fail(exitUsage, "error/serve/save-unrecorded")
		}
	default:
		return s.choice("record", s.record, "on, off")
	}
	switch s.o.LegacyAuth {
	case "", sandbox.On, sandbox.Off:
	default:
		return s.choice("legacy-auth", s.o.LegacyAuth, "on, off")
	}
	switch s.o.Profile = sandbox.Profile(s.profile); s.o.Profile {
	case sandbox.Textbook, sandbox.Normal, sandbox.Full:
		return nil
	}
	return s.choice("profile", s.profile, "textbook, normal, full")
}

// watchers are who gets the events: the screen and the files.
type watchers struct {
	printer *printer
	shown   func(*sandbox.Session) trace.Sink // to the printer: all sessions, or those of --follow
	saver   *saver
}

func (s *serving) watchers(shown term.Options, out *term.Queue) (*watchers, error) {
	w := &watchers{}
	if s.save != "" {
		if err := os.MkdirAll(s.save, 0o755); err != nil {
			return nil, err
		}
		w.saver = newSaver(s.program, s.save)
	}
	if s.print != printNone && !s.d.quiet {
		w.printer = newPrinter(s.program, s.print, shown, out)
		w.shown = w.printer.watch
		if s.follow != "" {
			w.shown = (&follower{s.follow, s.o.Domain, w.printer.watch}).sink
		}
	}
	s.o.Now, s.o.Watch = s.Now, w.watch
	return w, nil
}

// watch is told of each session, and gives the sink for its events. There is none where
// nobody wants them: a recorder copies each event for a sink.
func (w *watchers) watch(session *sandbox.Session) trace.Sink {
	var sinks []trace.Sink
	if w.shown != nil {
		sinks = append(sinks, w.shown(session))
	}
	if w.saver != nil {
		sinks = append(sinks, w.saver.watch(session))
	}
	switch len(sinks) {
	case 0:
		return nil
	case 1:
		return sinks[0]
	}
	return func(events []*trace.Event) {
		for _, sink := range sinks {
			sink(events)
		}
	}
}

func (w *watchers) begin(box *sandbox.Sandbox) {
	if w.printer != nil {
		go w.printer.run(box)
	}
	if w.saver != nil {
		go w.saver.run()
	}
}

// end waits until all that was recorded is shown and written.
func (w *watchers) end() {
	if w.printer != nil {
		w.printer.end()
	}
	if w.saver != nil {
		w.saver.end()
	}
}
