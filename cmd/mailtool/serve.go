package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
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
}

// grace is how long a session that is in the middle of a message may take to end after
// the first Ctrl-C.
const grace = 30 * time.Second

// newServe is the mail server on this machine.
func (p *program) newServe() *cobra.Command {
	s := &serving{program: p}
	c := p.command("serve", func(c *cobra.Command, _ []string) error { return s.run(c.Context()) })
	fs := c.Flags()
	fs.StringVar(&s.o.SMTP, "smtp", "", "")
	fs.IntVar(&s.o.PortOffset, "port-offset", 0, "")
	fs.StringVar(&s.o.Domain, "domain", sandbox.DefaultDomain, "")
	fs.StringVar(&s.o.Dir, "dir", "", "")
	fs.StringVar(&s.profile, "profile", string(sandbox.Normal), "")
	fs.StringVar(&s.print, "print", printAuto, "")
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
	if err := s.words(); err != nil {
		return err
	}
	shown.Protocol, shown.Vantage = trace.SMTP, trace.AtServer
	out := term.NewQueue(s.out, screenful, s.lang)
	defer s.closeScreen(out)
	watchers, err := s.watchers(shown, out)
	if err != nil {
		return err
	}
	box, err := sandbox.Start(s.o)
	if err != nil {
		return s.startProblem(err)
	}
	watchers.begin(box)
	s.banner(out, box)
	<-ctx.Done()
	if !s.d.quiet {
		s.note(out, "serve/ending")
	}
	patience, enough := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer enough()
	if box.Stop(patience) != nil {
		s.note(out, "serve/cut")
	}
	watchers.end()
	s.note(out, "serve/ended", "count", s.counts(box))
	return nil
}

// words checks the flags that take certain words only.
func (s *serving) words() error {
	switch s.print {
	case printAuto, printFull, printLines, printNone:
	default:
		return s.choice("print", s.print, "auto, full, lines, none")
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
	switch s.o.Profile = sandbox.Profile(s.profile); s.o.Profile {
	case sandbox.Textbook, sandbox.Normal, sandbox.Full:
		return nil
	}
	return s.choice("profile", s.profile, "textbook, normal, full")
}

// watchers are who gets the events: the screen and the files.
type watchers struct {
	printer *printer
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
	}
	s.o.Now, s.o.Watch = s.Now, w.watch
	return w, nil
}

// watch is told of each session, and gives the sink for its events. There is none where
// nobody wants them: a recorder copies each event for a sink.
func (w *watchers) watch(session *sandbox.Session) trace.Sink {
	var sinks []trace.Sink
	if w.printer != nil {
		sinks = append(sinks, w.printer.watch(session))
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

// banner says where the servers are, what becomes of the mail, and what to type.
func (s *serving) banner(out *term.Queue, box *sandbox.Sandbox) {
	if s.d.quiet {
		return
	}
	users := make([]string, 0, 2)
	for _, u := range box.Store().Users() {
		users = append(users, u+"@"+box.Domain())
	}
	addr := box.Addr()
	switch {
	case addr == "":
		s.note(out, "serve/no-server")
	case sandbox.IsLoopback(addr):
		s.note(out, "serve/loopback")
	default:
		s.note(out, "serve/everywhere")
	}
	if addr != "" {
		s.note(out, "serve/smtp", "addr", addr, "users", strings.Join(users, ", "))
		if _, port, err := net.SplitHostPort(addr); err == nil && port != "25" {
			s.note(out, "serve/port-25", "port", port)
		}
	}
	s.note(out, "serve/memory", "count", s.counts(box))
	if s.o.Unrecorded {
		s.note(out, "serve/unrecorded")
	}
	if s.save != "" {
		s.note(out, "serve/saving", "dir", s.save)
	}
	if addr != "" {
		s.next(out, serveOffers(addr))
	}
	s.note(out, "serve/how-to-end")
}

// serverFlag is the flag with which a client on this machine reaches a server that
// listens on addr. Nobody can connect to "every address": this machine is one of them.
func serverFlag(addr string) string {
	if host, port, err := net.SplitHostPort(addr); err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
	}
	if addr == "127.0.0.1:2525" {
		return ""
	}
	return " --server " + addr
}

// serveOffers are commands to copy into a second window.
func serveOffers(addr string) []offer {
	server := serverFlag(addr)
	return []offer{
		{"mailtool smtp send" + server, "serve/offer/send"},
		{"mailtool smtp send -e" + server, "serve/offer/explain"},
		{"mailtool smtp shell" + server, "serve/offer/shell"},
	}
}

// counts says how many mails lie in which mailbox.
func (p *program) counts(box *sandbox.Sandbox) string {
	var each []string
	for _, u := range box.Store().Users() {
		each = append(each, p.say("serve/count", "user", u,
			"n", strconv.Itoa(box.Store().Count(u))))
	}
	return strings.Join(each, p.say("serve/comma"))
}
