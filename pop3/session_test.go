package pop3

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/trace/tracetest"
)

// An office keeps the maildrops of the tests, one for each account.
type office struct {
	mail   []string // the messages of each account
	broken bool     // Update fails

	mu     sync.Mutex
	gone   map[string]map[int]bool // by account: messages that are removed
	locked map[string]bool
	log    strings.Builder // what happened
}

func newOffice(mail ...string) *office {
	return &office{mail: mail, gone: map[string]map[int]bool{}, locked: map[string]bool{}}
}

// lab is the mail of most tests.
var lab = []string{
	"Subject: one\r\n\r\nfirst\r\n.\r\n..dots\r\n.and text\r\nlast\r\n",
	"Subject: two\r\nFrom: alice@lab.test\r\n\r\n\r\nsecond\r\n",
	"Subject: no body\r\n",
}

func (o *office) note(format string, args ...any) {
	fmt.Fprintf(&o.log, format+"\n", args...)
}

func (o *office) open(_ context.Context, p Peer, account string) (Maildrop, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.locked[account]:
		return nil, Refuse(CodeInUse, "Another session has this maildrop")
	case strings.HasPrefix(account, "lost@"):
		return nil, errors.New("the disk is full of secrets")
	}
	o.locked[account] = true
	o.note("open %s utf8=%v tls=%v", account, p.UTF8, p.TLS != nil)
	b := &box{office: o, account: account}
	for i, text := range o.mail {
		if !o.gone[account][i] {
			b.mail = append(b.mail, i)
			b.list = append(b.list, Message{int64(len(text)), fmt.Sprintf("7.%d", i+1)})
		}
	}
	return b, nil
}

// A box is a maildrop that is open.
type box struct {
	office  *office
	account string
	mail    []int
	list    []Message
	closed  bool
}

func (b *box) Messages() []Message { return b.list }

func (b *box) Open(_ context.Context, n int) (io.WriterTo, error) {
	text := b.office.mail[b.mail[n-1]]
	if strings.HasPrefix(text, "X-Trouble:") {
		return nil, errors.New("the disk is full of secrets")
	}
	return bytes.NewReader([]byte(text)), nil
}

func (b *box) Update(_ context.Context, deleted []int) error {
	o := b.office
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note("update %v", deleted)
	if o.broken {
		return errors.New("the disk is full of secrets")
	}
	if o.gone[b.account] == nil {
		o.gone[b.account] = map[int]bool{}
	}
	for _, n := range deleted {
		o.gone[b.account][b.mail[n-1]] = true
	}
	return nil
}

func (b *box) Close() {
	o := b.office
	o.mu.Lock()
	defer o.mu.Unlock()
	if b.closed || !o.locked[b.account] {
		panic("two ends of a maildrop")
	}
	b.closed, o.locked[b.account] = true, false
	o.note("close")
}

// testServer is a server as a script's settings want it.
func testServer(t testing.TB, settings map[string]string) (*Server, *office) {
	o := newOffice(lab...)
	s := &Server{Domain: "mail.lab.test", Capabilities: StandardCapabilities(), Open: o.open,
		Login: &desk{clear: []string{"PLAIN"}},
		Now:   func() time.Time { return time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC) }}
	number := func(v string) int {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for key, v := range settings {
		switch key {
		case "banner":
			s.Banner = v
		case "stamp":
			s.Stamp = func() string { return v }
		case "octets": // messages of such sizes
			o.mail = nil
			for _, n := range strings.Fields(v) {
				o.mail = append(o.mail, strings.Repeat("x", number(n)-2)+"\r\n")
			}
		case "mail": // as Go's strings, one a word
			o.mail = nil
			for _, text := range strings.Fields(v) {
				text, err := strconv.Unquote(`"` + text + `"`)
				if err != nil {
					t.Fatal(err)
				}
				o.mail = append(o.mail, text)
			}
		case "broken":
			o.broken = true
		case "offers":
			s.Capabilities = nil
			for _, line := range strings.Split(v, "; ") {
				s.Capabilities.Add(line)
			}
		case "rfc1939":
			s.Capabilities = nil
		case "tls", "implicit":
			s.TLS, _ = secured(t)
			s.Implicit = key == "implicit"
		case "login":
			clear, secure, _ := strings.Cut(v, ";")
			s.Login.(*desk).clear, s.Login.(*desk).secure = strings.Fields(clear), strings.Fields(secure)
		case "no-login":
			s.Login = nil
		case "errors":
			s.Limits.Errors = number(v)
		case "refuse":
			s.Intercept = interceptor(v)
		default:
			t.Fatalf("unknown setting %q", key)
		}
	}
	return s, o
}

// interceptor answers verbs as "VERB -ERR text; VERB ..." says.
func interceptor(v string) func(State, Command) *Reply {
	replies := map[string]*Reply{}
	for _, r := range strings.Split(v, "; ") {
		verb, line, _ := strings.Cut(r, " ")
		reply := ParseReply([]byte(line))
		replies[verb] = &reply
	}
	return func(_ State, c Command) *Reply { return replies[c.Verb] }
}

// TestServer plays the client of every session to the server, whole and in single octets,
// and compares what happened to the maildrop with the end of the file.
func TestServer(t *testing.T) {
	talk.Each(t, []string{"both", "server"}, func(t *testing.T, s *talk.Session) {
		server, office := testServer(t, s.Settings)
		p := talk.Player{Patience: 11 * time.Minute, ByOctet: s.ByOctet,
			TLS: &tls.Config{InsecureSkipVerify: true}}
		if err := p.Call(s.Script, server.ServeConn); err != nil {
			t.Error(err)
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		s.Check(t, office.log.String(), *tracetest.Update)
		for account, locked := range office.locked {
			if locked {
				t.Errorf("%s is locked for ever", account)
			}
		}
	})
}
