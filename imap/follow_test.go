package imap

import (
	"context"
	"errors"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
)

// A turnOf is a command of a script and all that belongs to it.
type turnOf struct {
	tag     string
	command string // with its literals, without what was said later, as DONE
	later   []string
	data    []string
	result  string
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
			t.later = append(t.later, step.Text)
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
func follow(t *testing.T, c *Client, script *talk.Script) {
	t.Helper()
	for _, turn := range turnsOf(script) {
		var got []string
		take := func(d Data) error {
			got = append(got, string(AppendData(nil, d)))
			return nil
		}
		r, err := turn.say(t, c, take)
		refusal := (*Response)(nil)
		if errors.As(err, &refusal) {
			r, err = refusal, nil
		}
		if err != nil || r == nil {
			t.Fatalf("%s: %v", turn.command, err)
		}
		if r.Error() != turn.result {
			t.Errorf("%s: %s, want %s", turn.command, r.Error(), turn.result)
		}
		if told := strings.Join(got, ""); told != strings.Join(turn.data, "") {
			t.Errorf("%s: data\n%swant\n%s", turn.command, told, strings.Join(turn.data, ""))
		}
	}
}

// say has the client say a command by the method that it has for it, or else by Do.
func (x *turnOf) say(t *testing.T, c *Client, take func(Data) error) (*Response, error) {
	_, cmd, err := ParseCommand([]byte(x.command))
	if err != nil {
		t.Fatalf("%q: %v", x.command, err)
	}
	switch cmd := cmd.(type) {
	case *LoginCommand:
		return c.Login(cmd.User, cmd.Password)
	case Simple:
		switch cmd.Name {
		case "IDLE":
			return x.idle(t, c, take)
		case "LOGOUT":
			c.Unasked = func(d Data) { take(d) }
			return c.Logout()
		}
	}
	return c.Do(cmd, take)
}

// idle is in IDLE until all data of the script has come.
func (x *turnOf) idle(t *testing.T, c *Client, take func(Data) error) (*Response, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := len(x.data)
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
