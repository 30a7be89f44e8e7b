package imap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// TestClient plays the server of every session that both ends can have to the client, whole and in
// single octets, and compares what the client hands out with what the server said.
func TestClient(t *testing.T) {
	files, err := filepath.Glob("testdata/client/*.session")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".session"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, err := talk.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, byOctet := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					server, client := secured(t)
					c, done := played(script, byOctet, server)
					if err := c.Greet(); err != nil {
						t.Fatal(err)
					}
					follow(t, c, script, client)
					c.Close()
					if err := <-done; err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// played returns a client to which the server of a script is played.
func played(script *talk.Script, byOctet bool, cfg *tls.Config) (*Client, chan error) {
	c, s := net.Pipe()
	done := make(chan error, 1)
	go func() {
		p := talk.Player{Conn: s, ByOctet: byOctet, Patience: 20 * time.Minute, TLS: cfg}
		done <- p.Play(script, 'S')
		s.Close()
	}()
	return NewClient(c), done
}

// A turn is a command of a script and all that belongs to it.
type turn struct {
	tag    string
	said   string   // by the client, without the tag
	lines  []string // the same, as the script has it
	data   string   // untagged responses
	before int      // how many of them come before the last line of the client
	result string   // "" where there is none
}

// turns divides a script. What the server says is put together to responses, since a literal may
// be steps of its own.
func turns(script *talk.Script) (all []turn) {
	var at *turn
	for _, step := range script.Steps {
		text := step.Text
		if step.Kind == talk.Line {
			text += "\r\n"
		}
		switch {
		case step.Kind == talk.Close || step.Kind == talk.TLS || step.Kind == talk.Wait:
		case step.End == 'C' && (at == nil || at.result != ""):
			tag, rest, _ := strings.Cut(text, " ")
			all = append(all, turn{tag: tag, said: rest, lines: []string{strings.TrimSuffix(rest, "\r\n")}})
			at = &all[len(all)-1]
		case step.End == 'C':
			at.said += text
			at.lines = append(at.lines, strings.TrimSuffix(text, "\r\n"))
			at.before = strings.Count(at.data, "\r\n")
		case at == nil || strings.HasPrefix(text, "+"):
		case strings.HasPrefix(text, at.tag+" "):
			at.result = text
		default:
			at.data += text
		}
	}
	return all
}

// follow calls the client's methods in the order of the script's commands.
func follow(t *testing.T, c *Client, script *talk.Script, cfg *tls.Config) {
	for _, turn := range turns(script) {
		var data []byte
		c.Unasked = func(d Data) { data = AppendData(data, d) }
		r, err := perform(t, c, turn, cfg)
		if turn.result == "" {
			if !errors.As(err, new(*ByeError)) {
				t.Errorf("%s: %v, where there was no result", turn.said, err)
			}
			return
		}
		if refused := !strings.HasPrefix(turn.result, turn.tag+" OK"); (err != nil) != refused {
			t.Errorf("%s: %v, after %q", turn.said, err, turn.result)
		}
		if r != nil && string(r.Append(nil)) != turn.result {
			t.Errorf("%s: %q, want %q", turn.said, r.Append(nil), turn.result)
		}
		if string(data) != turn.data {
			t.Errorf("%s: data %q, want %q", turn.said, data, turn.data)
		}
	}
}

// perform calls the client's method for a command: one of its own where there is one, or else Raw.
// Nothing is taken, so that all data is told to Unasked.
func perform(t *testing.T, c *Client, turn turn, cfg *tls.Config) (*Response, error) {
	verb, args, _ := strings.Cut(turn.lines[0], " ")
	switch verb {
	case "NOOP":
		return c.Noop()
	case "LOGOUT":
		return c.Logout()
	case "STARTTLS":
		return nil, c.StartTLS(t.Context(), cfg)
	case "LOGIN":
		_, cmd, err := ParseCommand([]byte("a " + turn.said))
		if cmd, ok := cmd.(*LoginCommand); ok && err == nil && len(turn.lines) == 1 {
			return c.Login(cmd.User, cmd.Password)
		}
	case "AUTHENTICATE":
		mechanism, initial, first := strings.Cut(args, " ")
		x := &reciter{mechanism: mechanism, says: turn.lines[1:], first: first || mechanism == sasl.Plain}
		if first {
			x.says = append([]string{initial}, x.says...)
		}
		return c.Auth(x)
	case "APPEND":
		_, octets, _ := strings.Cut(turn.said, "}\r\n")
		if name, literal, _ := strings.Cut(args, " "); literal[0] == '{' {
			l, _ := wire.FindLiteral([]byte(literal))
			return c.Append(name, nil, time.Time{}, l.Size, strings.NewReader(octets))
		}
	case "IDLE":
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told, unasked := 0, c.Unasked
		if turn.before == 0 {
			cancel()
		}
		return c.Idle(ctx, func(d Data) {
			unasked(d)
			if told++; told == turn.before {
				cancel()
			}
		})
	}
	return c.Raw(turn.said, nil, nil)
}

// A reciter says what the session's client says in an exchange.
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

// A command written by hand goes as it was written; the client waits where it has to.
func TestRaw(t *testing.T) {
	for _, row := range []struct {
		text  string
		said  string // by the server
		heard string
		want  string // of the error
	}{
		{"NOOP", "|a001 OK\r\n|", "a001 NOOP\r\n", ""},
		{"noop\r\n", "|a001 OK\r\n|", "a001 noop\r\n", ""},
		{"FOO bar", "|* X\r\na001 BAD no\r\n|", "a001 FOO bar\r\n", "a001 BAD no"},
		{"LOGIN {3}\r\nbob {6}\r\nsesame", "|+ \r\n|+ \r\n|a001 OK\r\n|", "a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {3}\nbob {6}\nsesame\n", "|+ \r\n|+ \r\n|a001 OK\r\n|", "a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {}\nbob\n {}\nsesame", "|+ \r\n|+ \r\n|a001 OK\r\n|", "a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {3+}\nbob {+}\nsesame", "|a001 OK\r\n|", "a001 LOGIN {3+}\r\nbob {6+}\r\nsesame\r\n", ""},
		{"APPEND x {0}\n", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x {0}\r\n\r\n", ""},
		{"APPEND x ~{}\na\x00b", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x ~{3}\r\na\x00b\r\n", ""},
		{"APPEND x {4}\na\r\nb", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x {4}\r\na\r\nb\r\n", ""},
		{"LOGIN {3}\nbob {6}\nsesame", "|+ \r\n|a001 NO no\r\n|", "a001 LOGIN {3}\r\nbob {6}\r\n", "a001 NO no"},
		{"LOGIN {3}\nbo", "|", "", `the octets of a literal are missing: behind "{3}"`},
		{"LOGIN {3}", "|", "", `missing: behind "{3}"`},
		{"LOGIN {}", "|", "", `missing: behind "{}"`},
		{"NOOP\nx LOGOUT", "|", "", "must not hold CR"},
		{"NOOP\x00", "|", "", "must not hold CR"},
		{"NO\rOP", "|", "", "must not hold CR"},
		{"starttls", "|", "", "a method of its own"},
		{"COMPRESS DEFLATE", "|", "", "a method of its own"},
		{"IDLE", "|+ idling\r\n* 1 EXISTS\r\n|a001 OK\r\n|", "a001 IDLE\r\n<idling>\r\n", ""},
		{"AUTHENTICATE X", "|+ \r\n|+ end\r\n|a001 BAD\r\n|", "a001 AUTHENTICATE X\r\n<>\r\n*\r\n", "enough"},
		{"LOGOUT", "|* BYE\r\na001 OK\r\n", "a001 LOGOUT\r\n", ""},
	} {
		c, heard := to(t, "* OK\r\n"+row.said)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		_, err := c.Raw(row.text, nil, func(prompt string) (string, error) {
			if prompt == "end" {
				return "", errors.New("enough")
			}
			return "<" + prompt + ">", nil
		})
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v, want %s", row.text, err, row.want)
		}
		if heard.String() != row.heard {
			t.Errorf("%q: said %q", row.text, heard)
		}
		if in := strings.HasPrefix(row.text, "LOGIN") && row.want == ""; c.LoggedIn() != in {
			t.Errorf("%q: logged in: %v", row.text, !in)
		}
		if over := row.text == "LOGOUT"; (c.over != nil) != over {
			t.Errorf("%q: over: %v", row.text, c.over)
		}
	}
}

// A section of a message goes where it is wanted, and to memory where it is not; what stands
// behind it is read on.
func TestInto(t *testing.T) {
	const said = "* 3 FETCH (UID 7 BODY[1.2.HEADER.FIELDS (DATE)]<0> {5}\r\nab\r\n! RFC822 {2}\r\nxy)\r\n" +
		"* 4 FETCH (ENVELOPE ({3}\r\nabc) BINARY[] ~{4}\r\n\x00\x01)( body[] {0}\r\n)\r\na001 OK\r\n|"
	c, _ := to(t, hello+said)
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	x := &exchange{into: func(n uint32, item string, size int64) io.Writer {
		if item == "RFC822" {
			return nil
		}
		got.WriteString("\n" + decimal(int64(n)) + " " + item + " " + decimal(size) + ": ")
		return &got
	}}
	if _, err := c.do(Simple{"FETCH"}, x); err != nil {
		t.Fatal(err)
	}
	if want := "\n3 BODY[1.2.HEADER.FIELDS (DATE)]<0> 5: ab\r\n!\n4 BINARY[] 4: \x00\x01)(\n4 BODY[] 0: "; got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}
