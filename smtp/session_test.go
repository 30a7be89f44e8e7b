package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/trace/tracetest"
)

// An office is what the servers of the tests deliver to.
type office struct {
	users map[string]bool
	names map[string][]string // for VRFY and EXPN
	mu    sync.Mutex
	mail  strings.Builder // what was delivered, envelopes and messages
	open  int             // messages that are on their way
}

func (o *office) recipient(_ context.Context, t *Transaction, to Path) error {
	switch addr := to.Mailbox.String(); {
	case strings.HasPrefix(addr, "full@"):
		return NewReply(452, "4.2.2", "%s: the mailbox is full", to)
	case o.users[strings.ToLower(addr)]:
		return nil
	case strings.EqualFold(to.Domain, "lab.test"), strings.EqualFold(to.Domain, "foo.com"):
		return NewReply(550, "5.1.1", "%s: no such user here", to)
	}
	return NewReply(550, "5.7.1", "%s: no mail for that domain is taken here", to)
}

// deliver begins a message. What is written is kept only when it is committed.
func (o *office) deliver(_ context.Context, t *Transaction) (Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open++
	return &parcel{office: o, t: t}, nil
}

// A parcel is a message on its way into the office.
type parcel struct {
	office *office
	t      *Transaction
	text   bytes.Buffer
	over   bool
}

func (l *parcel) Write(p []byte) (int, error) {
	if l.over {
		panic("a write after the end")
	}
	if l.t.To[0].Local == "small" && l.text.Len()+len(p) > 500 {
		return 0, ErrFull
	}
	return l.text.Write(p)
}

func (l *parcel) Discard() { l.end() }

// end is reached once, by Commit or by Discard.
func (l *parcel) end() {
	if l.over {
		panic("two ends of a message")
	}
	l.over = true
	l.office.mu.Lock()
	l.office.open--
	l.office.mu.Unlock()
}

func (l *parcel) Commit(context.Context) error {
	l.end()
	t, o := l.t, l.office
	switch t.To[0].Local {
	case "trouble":
		return errors.New("the disk is full of secrets")
	case "spamtrap":
		return NewReply(554, "5.7.1", "We do not like this")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	text := strings.ReplaceAll(l.text.String(), "\r\n", "\n")
	if t.Peer.TLS != nil { // which suite is agreed on hangs on the processor
		text = strings.Replace(text, tls.CipherSuiteName(t.Peer.TLS.CipherSuite), "TLS_SUITE", 1)
	}
	fmt.Fprintf(&o.mail, "from %s to %v body=%s utf8=%v size=%d\n", t.From, t.To, t.Body, t.UTF8,
		t.Size)
	if t.wantsReports() {
		fmt.Fprintf(&o.mail, "return %s of %q, notices %v\n", t.Return, t.EnvID, t.Notices)
	}
	fmt.Fprint(&o.mail, strings.ReplaceAll(text, "\r", "<CR>"))
	return nil
}

func (o *office) verify(_ context.Context, name string) ([]string, error) {
	return o.names[name], nil
}

// testServer is a server as a script's settings want it.
func testServer(t *testing.T, script *talk.Script) (*Server, *office) {
	o := &office{users: map[string]bool{}, names: map[string][]string{}}
	s := &Server{Domain: "mail.lab.test", Extensions: StandardExtensions(),
		Recipient: o.recipient, Deliver: o.deliver,
		Now: func() time.Time {
			return time.Date(2026, 11, 23, 10, 15, 2, 0, time.FixedZone("", 8*3600))
		}}
	users := "alice@lab.test bob@lab.test small@lab.test trouble@lab.test spamtrap@lab.test 李四@lab.test"
	number := func(v string) int {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for key, v := range script.Settings {
		switch key {
		case "domain":
			s.Domain = v
		case "banner":
			s.Banner = v
		case "users":
			users = v
		case "offers":
			s.Extensions = nil
			for _, k := range strings.Fields(v) {
				s.Extensions.Add(k)
			}
		case "size":
			s.Limits.Size = int64(number(v))
		case "hops":
			s.Limits.Hops = number(v)
		case "recipients":
			s.Limits.Recipients = number(v)
		case "tls", "implicit":
			s.TLS, _ = secured(t)
			s.Implicit = key == "implicit"
		case "login":
			clear, secure, _ := strings.Cut(v, ";")
			s.Login = &desk{clear: strings.Fields(clear), secure: strings.Fields(secure),
				challenge: script.Settings["challenge"]}
		case "challenge":
		case "needs-login":
			s.NeedsLogin = true
		case "errors":
			s.Limits.Errors = number(v)
		case "commands":
			s.Limits.Commands = number(v)
		case "strict":
			s.Strict = true
		case "lenient":
			s.Lenient = true
		case "names":
			for _, n := range strings.Split(v, ";") {
				name, list, _ := strings.Cut(n, "=")
				o.names[name] = strings.Split(list, ", ")
			}
			s.Verify, s.Expand = o.verify, o.verify
		case "refuse":
			s.Intercept = interceptor(v)
		default:
			t.Fatalf("unknown setting %q", key)
		}
	}
	for _, u := range strings.Fields(users) {
		o.users[strings.ToLower(u)] = true
	}
	return s, o
}

// interceptor answers verbs as "VERB code enhanced text; VERB ..." says.
func interceptor(v string) func(State, Command) *Reply {
	replies := map[string]*Reply{}
	for _, r := range strings.Split(v, "; ") {
		w := strings.SplitN(r, " ", 4)
		code, _ := strconv.Atoi(w[1])
		replies[w[0]] = NewReply(code, w[2], "%s", w[3])
	}
	return func(_ State, c Command) *Reply { return replies[c.Verb] }
}

// TestServer plays the client of every session to the server, whole and in single
// octets, and compares what was delivered with the end of the file.
func TestServer(t *testing.T) {
	talk.Each(t, []string{"both", "server"}, func(t *testing.T, s *talk.Session) {
		server, office := testServer(t, s.Script)
		p := talk.Player{Patience: 6 * time.Minute, ByOctet: s.ByOctet,
			TLS: &tls.Config{InsecureSkipVerify: true}}
		if err := p.Call(s.Script, server.ServeConn); err != nil {
			t.Error(err)
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		s.Check(t, office.mail.String(), *tracetest.Update)
		if office.open != 0 {
			t.Errorf("%d messages were neither committed nor discarded", office.open)
		}
	})
}
