package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// A turnOf is a command of a script and all that belongs to it.
type turnOf struct {
	tag     string
	command string // with its literals, without what was said later, as DONE
	later   []string
	data    []string
	before  int    // how much of the data comes before the last of later
	result  string // "" where there is none, since the server has said BYE
}

// turnsOf divides a script into commands, each of which is answered before the next.
func turnsOf(script *talk.Script) (all []*turnOf) {
	var t *turnOf
	asked := false // the server has said "+"
	for _, step := range script.Steps {
		text := step.Text
		if step.Kind == talk.Line {
			text += "\r\n"
		}
		switch {
		case step.Kind != talk.Line && step.Kind != talk.Raw:
		case step.End == 'C' && t == nil:
			tag, _, _ := strings.Cut(text, " ")
			t = &turnOf{tag: tag, command: text}
			all = append(all, t)
		case step.End == 'C' && asked && !strings.HasSuffix(t.command, "}\r\n"):
			t.later, t.before = append(t.later, step.Text), len(t.data)
		case step.End == 'C':
			t.command += text
		case t == nil: // the greeting
		case strings.HasPrefix(text, "+"):
			asked = true
		case strings.HasPrefix(text, t.tag+" "):
			t.result = step.Text
			t, asked = nil, false
		default:
			t.data = append(t.data, text)
		}
	}
	return all
}

// follow has the client say the commands of a script, and compares what it understood of the
// answers, printed again, with what the script says.
func follow(t *testing.T, c *Client, script *talk.Script, cfg *tls.Config) {
	t.Helper()
	for _, turn := range turnsOf(script) {
		var got []string
		take := func(d Data) error {
			got = append(got, string(AppendData(nil, d)))
			return nil
		}
		r, err := turn.say(t, c, take, cfg)
		refusal, bye := (*Response)(nil), (*ByeError)(nil)
		switch {
		case errors.As(err, &refusal):
			r, err = refusal, nil
		case errors.As(err, &bye):
			take(bye.Response)
			r, err = &Response{}, nil
		case errors.Is(err, sasl.ErrCancelled):
			r, err = &Response{Tag: turn.tag, Status: BAD, Text: "cancelled"}, nil
		}
		if err != nil || r == nil {
			t.Fatalf("%s: %v", turn.command, err)
		}
		if turn.result != "" && r.Error() != turn.result {
			t.Errorf("%s: %s, want %s", turn.command, r.Error(), turn.result)
		}
		if told := strings.Join(got, ""); told != strings.Join(turn.data, "") {
			t.Errorf("%s: data\n%swant\n%s", turn.command, told, strings.Join(turn.data, ""))
		}
	}
}

// say has the client say a command by the method that it has for it, or else by Do, or as it is
// written, where there is another way to print it.
func (x *turnOf) say(t *testing.T, c *Client, take func(Data) error, cfg *tls.Config) (*Response,
	error) {
	_, cmd, err := ParseCommand([]byte(x.command))
	if err != nil {
		cmd = nil
	}
	c.Unasked = func(d Data) { take(d) }
	_, written, _ := strings.Cut(x.command, " ")
	if said, octets, _ := strings.Cut(written, "\r\n"); strings.HasPrefix(said, "APPEND ") {
		l, _ := wire.FindLiteral([]byte(said))
		name := strings.TrimSpace(said[len("APPEND "):l.At]) // without flags and date
		return c.Append(name, nil, time.Time{}, l.Size, strings.NewReader(octets))
	}
	switch cmd := cmd.(type) {
	case *LoginCommand:
		if !strings.Contains(x.command, "{") {
			return c.Login(cmd.User, cmd.Password)
		}
	case *Authenticate:
		return c.Auth(x.reciter(cmd))
	case Simple:
		switch cmd.Name {
		case "IDLE":
			return x.idle(t, c, take)
		case "LOGOUT":
			return c.Logout()
		case "STARTTLS":
			done, _ := ParseResponse([]byte(x.result))
			return done, c.StartTLS(t.Context(), cfg)
		}
	}
	if said := AppendCommand(nil, x.tag, orNoop(cmd)); string(said) != x.command {
		return c.Raw(written, take, nil)
	}
	return c.Do(cmd, take)
}

// orNoop is a command where there is none.
func orNoop(cmd Command) Command {
	if cmd == nil {
		return Simple{"NOOP"}
	}
	return cmd
}

// reciter says what the session's client says in an exchange.
func (x *turnOf) reciter(cmd *Authenticate) *reciter {
	says := x.later
	if cmd.Initial != "" {
		says = append([]string{cmd.Initial}, says...)
	}
	return &reciter{cmd.Mechanism, says, cmd.Initial != "" || cmd.Mechanism == sasl.Plain}
}

// A reciter says what is written down, whatever it is asked.
type reciter struct {
	mechanism string
	says      []string
	first     bool // it speaks first
}

func (x *reciter) Mechanism() string { return x.mechanism }

func (x *reciter) Start() ([]byte, error) {
	if !x.first {
		return nil, nil
	}
	return x.Next(nil)
}

func (x *reciter) Next([]byte) ([]byte, error) {
	said := x.says[0]
	x.says = x.says[1:]
	return sasl.Decode([]byte(strings.TrimPrefix(said, "=")))
}

// idle is in IDLE until all data of the script has come that comes before DONE.
func (x *turnOf) idle(t *testing.T, c *Client, take func(Data) error) (*Response, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := x.before
	if left == 0 {
		cancel()
	}
	return c.Idle(ctx, func(d Data) {
		take(d)
		if left--; left == 0 {
			cancel()
		}
	})
}
