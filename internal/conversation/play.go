package conversation

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// A Player takes part in a conversation over Conn.
type Player struct {
	Conn net.Conn
	// Patience is how long the other end may take for a line; 10 s by default.
	Patience time.Duration
	// ByOctet sends every octet by itself.
	ByOctet bool
	// TLS is what the end that is played begins TLS with.
	TLS *tls.Config

	in   *bufio.Reader
	sent chan error // result of the write that is going on
}

// Play says the lines of one end, 'C' or 'S', and checks those of the other. What an end
// says without a pause is sent at once. The error quotes what came instead of what was
// expected.
func (p *Player) Play(s *Script, end byte) error {
	if p.Patience == 0 {
		p.Patience = 10 * time.Second
	}
	p.in = bufio.NewReader(p.Conn)
	for i := 0; i < len(s.Steps); {
		step := s.Steps[i]
		if step.Kind == TLS {
			if err := p.secure(end); err != nil {
				return fmt.Errorf("line %d: %w", step.At, err)
			}
			i++
			continue
		}
		if step.End != end {
			if err := p.check(step); err != nil {
				return fmt.Errorf("line %d: %w", step.At, err)
			}
			i++
			continue
		}
		var b strings.Builder
		for ; i < len(s.Steps) && s.Steps[i].End == end && s.Steps[i].octets() != ""; i++ {
			b.WriteString(s.Steps[i].octets())
		}
		if err := p.say(b.String()); err != nil {
			return fmt.Errorf("line %d: sending: %w", step.At, err)
		}
		if i < len(s.Steps) && s.Steps[i].End == end && s.Steps[i].Kind != TLS {
			if err := p.act(s.Steps[i]); err != nil {
				return err
			}
			i++
		}
	}
	return p.settle()
}

// say sends b while what the other end says is read: both may say much at once.
func (p *Player) say(b string) error {
	if b == "" {
		return nil
	}
	if err := p.settle(); err != nil {
		return err
	}
	p.sent = make(chan error, 1)
	go func() {
		size := len(b)
		if p.ByOctet {
			size = 1
		}
		for ; len(b) > 0; b = b[min(size, len(b)):] {
			if _, err := io.WriteString(p.Conn, b[:min(size, len(b))]); err != nil {
				p.sent <- err
				return
			}
		}
		p.sent <- nil
	}()
	return nil
}

// settle waits until all is sent.
func (p *Player) settle() error {
	if p.sent == nil {
		return nil
	}
	err := <-p.sent
	p.sent = nil
	return err
}

func (p *Player) act(step Step) error {
	if err := p.settle(); err != nil {
		return err
	}
	if step.Kind == Close {
		return p.Conn.Close()
	}
	time.Sleep(step.Wait)
	return nil
}

// secure begins TLS.
func (p *Player) secure(end byte) error {
	if err := p.settle(); err != nil {
		return err
	}
	if n := p.in.Buffered(); n > 0 {
		b, _ := p.in.Peek(n)
		return fmt.Errorf("in clear before TLS came %q", b)
	}
	conn := tls.Client(p.Conn, p.TLS)
	if end == 'S' {
		conn = tls.Server(p.Conn, p.TLS)
	}
	p.Conn, p.in = conn, bufio.NewReader(conn)
	conn.SetDeadline(time.Now().Add(p.Patience))
	defer conn.SetDeadline(time.Time{})
	return conn.Handshake()
}

// check reads what the other end should say now.
func (p *Player) check(step Step) error {
	p.Conn.SetReadDeadline(time.Now().Add(p.Patience))
	switch step.Kind {
	case Close:
		rest, err := io.ReadAll(p.in)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errors.New("the connection was not closed")
		case len(rest) > 0:
			return fmt.Errorf("the connection should be closed; instead came %q", rest)
		}
	case Raw:
		got := make([]byte, len(step.Text))
		n, err := io.ReadFull(p.in, got)
		if err != nil || string(got) != step.Text {
			return fmt.Errorf("got %q (%v), want %q", got[:n], err, step.Text)
		}
	case Line:
		got, err := p.in.ReadString('\n')
		if err != nil || !Match(step.Text+"\r\n", got) {
			return fmt.Errorf("got %q (%v), want %q", got, err, step.Text)
		}
	}
	return nil
}

// Match says whether text is what the pattern asks for, in which "..." stands for any
// text, or none.
func Match(pattern, text string) bool {
	parts := strings.Split(pattern, "...")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) || !strings.HasSuffix(text[len(first):], last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
