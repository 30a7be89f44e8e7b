package pop3

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// TestClient plays the server of every session that both ends can have to the client, whole
// and in single octets.
func TestClient(t *testing.T) {
	talk.Each(t, []string{"both", "client"}, func(t *testing.T, s *talk.Session) {
		server, client := secured(t)
		p := talk.Player{Patience: 20 * time.Minute, ByOctet: s.ByOctet, TLS: server}
		conn, done := p.Answer(s.Script)
		c := NewClient(conn)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		follow(t, c, s.Script, client)
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// An exchange is a command of a script and the lines of its answer.
type exchange struct {
	Command
	line   string
	answer []string
	octets string // behind the first line, byte-stuffing removed
}

func exchanges(script *talk.Script) (all []exchange) {
	for _, step := range script.Steps {
		switch {
		case step.End == 'C' && step.Kind == talk.Line:
			all = append(all, exchange{Command: ParseCommand([]byte(step.Text)), line: step.Text})
		case len(all) == 0 || step.Kind == talk.Close || step.Kind == talk.TLS:
		default:
			e, text := &all[len(all)-1], step.Text
			if step.Kind == talk.Line {
				text += crlf
			}
			if e.answer = append(e.answer, step.Text); len(e.answer) > 1 && text != ".\r\n" {
				e.octets += strings.TrimPrefix(text, ".")
			}
		}
	}
	return all
}

// follow calls the client's methods in the order of the script's commands, and compares what
// they return with what the script says.
func follow(t *testing.T, c *Client, script *talk.Script, cfg *tls.Config) {
	t.Helper()
	all := exchanges(script)
	for i := 0; i < len(all); i++ {
		e := all[i]
		if e.Verb == "USER" { // Pass says both
			i++
			_, err := c.Pass(e.Arg, all[i].Arg)
			judge(t, all[i], err)
			continue
		}
		if e.Verb == "AUTH" {
			x := &reciter{mechanism: e.Args()[0]}
			x.says = append(x.says, e.Args()[1:]...)
			for ; strings.HasPrefix(all[i].answer[0], Challenge+" "); i++ {
				x.says = append(x.says, all[i+1].line)
			}
			_, err := c.Auth(x)
			judge(t, all[i], err)
			continue
		}
		got, err := said(t, c, e, cfg)
		judge(t, e, err)
		if err == nil && got != e.octets {
			t.Errorf("%s %s: %q, want %q", e.Verb, e.Arg, got, e.octets)
		}
	}
}

// A reciter says what the session's client says in an exchange.
type reciter struct {
	mechanism string
	says      []string
}

func (x *reciter) Mechanism() string { return x.mechanism }

func (x *reciter) Start() ([]byte, error) {
	if x.mechanism != sasl.Plain {
		return nil, nil
	}
	return x.Next(nil)
}

func (x *reciter) Next([]byte) ([]byte, error) {
	response, err := sasl.Decode([]byte(x.says[0]))
	x.says = x.says[1:]
	return response, err
}

func judge(t *testing.T, e exchange, err error) {
	t.Helper()
	refused := strings.HasPrefix(e.answer[0], Err)
	if (err != nil) != refused || refused && !errors.As(err, new(*Reply)) {
		t.Errorf("%s %s: %v, after %q", e.Verb, e.Arg, err, e.answer[0])
	}
}

// said calls the client's method for a command, and returns the lines of the answer as the
// server says them.
func said(t *testing.T, c *Client, e exchange, cfg *tls.Config) (string, error) {
	var b strings.Builder
	var n, m int
	fmt.Sscan(e.Arg, &n, &m)
	switch e.Verb {
	case "CAPA":
		offered, err := c.Capa()
		for _, one := range offered {
			b.WriteString(one.String() + crlf)
		}
		return b.String(), err
	case "STLS":
		return "", c.StartTLS(t.Context(), cfg)
	case "APOP":
		if strings.HasPrefix(e.Arg, "mrose c4c9") { // the password's digest in RFC 1939 §7
			_, err := c.APOP("mrose", "tanstaaf")
			return "", err
		}
	case "STAT":
		got, err := c.Stat()
		if want := fmt.Sprintf("+OK %d %d", got.Messages, got.Octets); want != e.answer[0] {
			t.Errorf("STAT: %+v", got)
		}
		return "", err
	case "LIST":
		if e.Arg != "" {
			got, err := c.List(n)
			if err == nil && fmt.Sprintf("+OK %d %d", got.Number, got.Octets) != e.answer[0] {
				t.Errorf("LIST: %+v", got)
			}
			return "", err
		}
		list, err := c.ListAll()
		for _, l := range list {
			fmt.Fprintf(&b, "%d %d\r\n", l.Number, l.Octets)
		}
		return b.String(), err
	case "UIDL":
		if e.Arg != "" {
			got, err := c.UIDL(n)
			if err == nil && fmt.Sprintf("+OK %d %s", got.Number, got.UID) != e.answer[0] {
				t.Errorf("UIDL: %+v", got)
			}
			return "", err
		}
		list, err := c.UIDLAll()
		for _, l := range list {
			fmt.Fprintf(&b, "%d %s\r\n", l.Number, l.UID)
		}
		return b.String(), err
	case "RETR":
		got, err := c.Retrieve(n, &b)
		if err == nil && (got.Octets != int64(b.Len()) || got.Announced != got.Octets) {
			t.Errorf("RETR: %+v, %d octets", got, b.Len())
		}
		return b.String(), err
	case "TOP":
		if m > 0 || strings.HasSuffix(e.Arg, " 0") {
			got, err := c.Top(n, m, &b)
			if err == nil && (got.Octets != int64(b.Len()) || got.Announced != -1) {
				t.Errorf("TOP: %+v, %d octets", got, b.Len())
			}
			return b.String(), err
		}
	case "DELE":
		_, err := c.Delete(n)
		return "", err
	case "NOOP":
		_, err := c.Noop()
		return "", err
	case "RSET":
		_, err := c.Reset()
		return "", err
	case "QUIT":
		_, err := c.Quit()
		return "", err
	}
	_, err := c.Do(e.Command, &b)
	return b.String(), err
}

// connect returns a client that is served by s and has read the greeting.
func connect(t *testing.T, s *Server) *Client {
	ours, theirs := net.Pipe()
	go s.ServeConn(theirs)
	c := NewClient(ours)
	t.Cleanup(func() { c.Close() })
	if s.Implicit {
		if err := c.ImplicitTLS(t.Context(), &tls.Config{InsecureSkipVerify: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	return c
}
