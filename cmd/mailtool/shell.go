package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtool/pop3"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/term"
)

// newShell is "smtp shell": the person is the client. A line of input goes out as it is,
// with CRLF behind it, and everything is traced.
func (p *program) newShell() *cobra.Command {
	t := smtp.StandardTimeouts()
	return (&shell{p: p, begin: "shell/begin", handshake: t.Handshake, write: t.Block,
		reply: t.Other}).command()
}

// newPOP3Shell is "pop3 shell".
func (p *program) newPOP3Shell() *cobra.Command {
	t := pop3.UsualTimeouts()
	return (&shell{p: p, to: target{protocol: &pop3Protocol}, begin: "shell/begin/pop3",
		handshake: t.Handshake, write: t.Write, reply: t.Reply}).command()
}

func (s *shell) command() *cobra.Command {
	p := s.p
	c := p.command("shell", func(c *cobra.Command, _ []string) error { return s.run(c.Context()) })
	s.to.flags(c)
	s.lock.flags(c.Flags())
	c.RegisterFlagCompletionFunc("tls", cobra.FixedCompletions([]string{tlsAuto, tlsImplicit, tlsNone},
		cobra.ShellCompDirectiveNoFileComp))
	s.shown.liveFlags(c.Flags())
	return c
}

// A shell is one run of "smtp shell", "pop3 shell" or "imap shell".
type shell struct {
	p                       *program
	begin                   string        // key of what a person is told first
	handshake, write, reply time.Duration // how long the server is waited for

	to    target
	lock  secureFlags
	shown display

	typed  bool // a person types; else the lines come from a pipe or a file
	echoed bool // the terminal shows what is typed, and we can take it back
	live   *live
	scribe *imapScribe // what makes commands of lines; nil where lines go out as they are
	tap    *trace.Tap
	closed chan struct{} // is closed when the connection has ended,
	end    error         // and how: nil for an orderly end
}

func (s *shell) run(ctx context.Context) error {
	if err := s.lock.check(s.p); err != nil {
		return err
	}
	if s.lock.mode == tlsStart { // a person says what is said
		upgrade := s.to.speaks().upgrade
		return fail(exitUsage, "error/tls/shell", "upgrade", upgrade).
			hint("hint/tls/shell", "", "upgrade", upgrade).
			hint("hint/tls/shell/implicit", "--tls implicit")
	}
	s.to.tls, s.to.upgradable = s.lock.mode, true
	s.typed = isTerminal(s.p.in)
	s.echoed = s.typed && s.p.canErase(s.p.out)
	l, err := s.p.newLive(&s.shown, liveOptions{Protocol: s.to.speaks().name, Typed: s.typed})
	if err != nil {
		return err
	}
	l.upgrade = &upgrade{verb: s.to.speaks().upgrade}
	s.live = l
	if s.typed {
		l.note(s.begin)
	}
	return l.finish(s.connect(ctx))
}

func (s *shell) connect(ctx context.Context) error {
	conn, err := s.p.dial(ctx, &s.to, s.live.note)
	if err != nil {
		return err
	}
	defer conn.stop()
	conn.toClass(s.live, "")
	s.tap = s.live.connect(conn, s.to.speaks().dissector("1"), conn.opening())
	defer s.tap.Close()
	s.tap.Look = s.lock.look(s.p, conn)
	if conn.implicit {
		if err := s.secure(ctx, conn); err != nil {
			return err
		}
	}
	s.closed = make(chan struct{})
	go func() {
		s.end = s.listen(ctx, conn)
		close(s.closed)
	}()
	return s.talk(ctx, pieces(s.p.in))
}

// listen reads until the connection ends; the tap records it. Nobody else reads, so that TLS
// can be put below between two reads, where the server has agreed to it.
func (s *shell) listen(ctx context.Context, conn *line) error {
	b := make([]byte, 32<<10)
	for {
		_, err := s.tap.Read(b)
		switch {
		case err == io.EOF, ctx.Err() != nil:
			return nil
		case err != nil:
			return s.ended(err)
		}
		if s.tap.Recorder().Waiting().Client == "tls" {
			if err := s.startTLS(ctx, conn); err != nil {
				return err
			}
		}
	}
}

// A piece is a line of input, or a part of one that is very long.
type piece struct {
	text []byte // without its line ending
	whole,
	typed bool // the line ends here; a person pressed Enter
}

// pieces reads the input. What ends no line by itself ends one at the end of the input.
func pieces(in io.Reader) <-chan piece {
	out := make(chan piece)
	go func() {
		defer close(out)
		r := bufio.NewReaderSize(in, 64<<10)
		for {
			b, err := r.ReadSlice('\n')
			text, ended := bytes.CutSuffix(b, []byte("\n"))
			text = bytes.Clone(bytes.TrimSuffix(text, []byte("\r")))
			if len(b) > 0 {
				out <- piece{text, ended || errors.Is(err, io.EOF), ended}
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return
			}
		}
	}()
	return out
}

// talk passes lines on until one of the ends has enough.
func (s *shell) talk(ctx context.Context, in <-chan piece) error {
	for {
		var next piece
		var more bool
		select {
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return s.end
		case next, more = <-in:
		}
		if !s.typed {
			if over, err := s.turn(ctx); over {
				return err
			}
		}
		if !more {
			return nil
		}
		if s.echoed && next.typed {
			s.erase(next.text)
		}
		if over, err := s.pause(ctx); over {
			return err
		}
		if err := s.say(ctx, next); err != nil {
			return s.last(err)
		}
	}
}

// say sends a line.
func (s *shell) say(ctx context.Context, next piece) error {
	if s.scribe != nil && next.whole {
		return s.scribe.write(ctx, next.text)
	}
	text := next.text
	if next.whole {
		text = append(text, '\r', '\n')
	}
	return s.octets(text)
}

// octets sends what was typed.
func (s *shell) octets(text []byte) error {
	s.tap.SetWriteDeadline(time.Now().Add(s.write))
	_, err := s.tap.Write(text)
	return err
}

// turn waits until the server waits for us: lines from a file must not run ahead of the
// replies, nor of a handshake. over says that the session has ended.
func (s *shell) turn(ctx context.Context) (over bool, err error) {
	late := time.NewTimer(s.reply)
	defer late.Stop()
	over, err = s.until(ctx, late.C, func() bool {
		waits := s.tap.Recorder().Waiting().Server
		return waits != "" && waits != "tls"
	})
	if over || !s.live.dismissed() {
		return over, err
	}
	select {
	case <-s.closed:
		return true, s.end
	case <-time.After(parting):
		return false, nil
	}
}

// until waits for what the record will say. over says that the session has ended.
func (s *shell) until(
	ctx context.Context, late <-chan time.Time, said func() bool,
) (over bool, err error) {
	for !said() {
		select {
		case <-s.live.spoke:
		case <-s.closed:
			return true, s.end
		case <-ctx.Done():
			return true, nil
		case <-late:
			return true, cutProblem(s.p.say("what/reply"), os.ErrDeadlineExceeded)
		}
	}
	return false, nil
}

// parting is how long a server that said goodbye is given to close the connection.
const parting = time.Second

// last is the end after a line could not be sent: the server may have said why.
func (s *shell) last(err error) error {
	select {
	case <-s.closed:
		if s.end != nil {
			return s.end
		}
	case <-time.After(time.Second):
	}
	return s.ended(err)
}

// ended is what the end of the connection means: that the server closed it is for the
// person to judge, and no error of ours.
func (s *shell) ended(err error) error {
	return cutProblem(s.p.say("what/reply"), err)
}

// erase takes back the line that the terminal has shown while it was typed: the trace
// shows it again, with its number, and with secrets masked.
func (s *shell) erase(text []byte) {
	rows := 1
	if w := width(s.p.out); w > 0 {
		rows += max(0, term.Columns(string(text))-1) / w
	}
	io.WriteString(s.live, strings.Repeat("\x1b[A\x1b[2K", rows))
}

// canErase says that a stream is a terminal which understands the sequences that take a line
// back. Windows has no TERM to tell.
func (p *program) canErase(stream any) bool {
	terminal := p.Getenv("TERM")
	return isObedient(stream) && terminal != "dumb" &&
		(terminal != "" || runtime.GOOS == "windows")
}
