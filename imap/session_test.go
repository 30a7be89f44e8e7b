package imap

import (
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/trace/tracetest"
)

// sessionServer is a server as a script's settings want it. Without any, bob has three samples
// in his INBOX, and an empty mailbox Trash.
func sessionServer(t testing.TB, settings map[string]string) (*Server, *memory) {
	m := newMemory()
	s := serverOver(m)
	number := func(v string) int {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	samples := 3
	for key, v := range settings {
		switch key {
		case "samples":
			samples = number(v)
		case "mail": // as Go's string, beside the samples
			text, err := strconv.Unquote(`"` + v + `"`)
			if err != nil {
				t.Fatal(err)
			}
			defer m.deliver("bob@lab.test", Inbox, text, 0)
		case "banner":
			s.Banner = v
		case "offers":
			s.Capabilities = strings.Fields(v)
		case "rfc3501":
			s.Capabilities = nil
		case "tls", "implicit":
			s.TLS, _ = secured(t)
			s.Implicit = key == "implicit"
		case "login":
			s.Login = &desk{strings.Fields(v)}
		case "errors":
			s.Limits.Errors = number(v)
		case "literals":
			s.Limits.Literals = int64(number(v))
		case "message":
			s.Limits.Message = int64(number(v))
		case "quota":
			m.limit.OctetsLimit = int64(number(v))
		case "refuse":
			s.Intercept = interceptor(t, v)
		default:
			t.Fatalf("unknown setting %q", key)
		}
	}
	for i := range samples {
		m.deliver("bob@lab.test", Inbox, sample(i+1), 0)
	}
	m.deliver("bob@lab.test", "Trash", "", 0)
	f := m.accounts["bob@lab.test"].folders["Trash"]
	f.messages, f.next, f.modSeq = nil, 1, 1
	return s, m
}

func secured(t testing.TB) (server, client *tls.Config) {
	return talk.Certificates(t, "mail.lab.test")
}

// interceptor answers verbs as "VERB NO text; VERB ..." says.
func interceptor(t testing.TB, v string) func(State, Command) *Response {
	responses := map[string]*Response{}
	for _, one := range strings.Split(v, "; ") {
		verb, line, _ := strings.Cut(one, " ")
		r, err := ParseResponse([]byte("* " + line))
		if err != nil {
			t.Fatal(err)
		}
		responses[verb] = r
	}
	return func(_ State, c Command) *Response { return responses[c.Verb()] }
}

// content is what is in an account in the end: a line for each mailbox, and one for each message
// that has flags or is not a sample.
func (m *memory) content(account string) string {
	var b strings.Builder
	a := m.account(account)
	for _, name := range slices.Sorted(maps.Keys(a.folders)) {
		f := a.folders[name]
		fmt.Fprintf(&b, "%s %d next=%d modseq=%d", name, f.validity, f.next, f.modSeq)
		if f.use != "" {
			fmt.Fprintf(&b, " %s", f.use)
		}
		b.WriteString("\n")
		for _, x := range f.messages {
			fmt.Fprintf(&b, "  %d %s %d", x.UID, AppendFlags(nil, x.Flags, x.Keywords), x.Octets)
			if text := m.texts[x.Key]; !strings.HasPrefix(text, sample(0)[:20]) {
				fmt.Fprintf(&b, " %.40q", text)
			}
			b.WriteString("\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.subscribed)) {
		fmt.Fprintf(&b, "subscribed %s\n", name)
	}
	return b.String()
}

// TestServerSessions plays the client of every session to the server, whole and in single octets,
// and compares what is in the mailboxes then with the end of the file.
func TestServerSessions(t *testing.T) {
	talk.Each(t, []string{"both", "server"}, func(t *testing.T, s *talk.Session) {
		server, m := sessionServer(t, s.Settings)
		p := talk.Player{Patience: 31 * time.Minute, ByOctet: s.ByOctet,
			TLS: &tls.Config{InsecureSkipVerify: true}}
		if err := p.Call(s.Script, server.ServeConn); err != nil {
			t.Error(err)
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if m.drafts != 0 || m.stores != 0 || m.boxes != 0 {
			t.Errorf("%d drafts, %d stores and %d mailboxes are open", m.drafts, m.stores, m.boxes)
		}
		s.Check(t, m.content("bob@lab.test"), *tracetest.Update)
	})
}

// TestClientSessions plays the server of every session that both ends can have to the client,
// whole and in single octets.
func TestClientSessions(t *testing.T) {
	talk.Each(t, []string{"both", "client"}, func(t *testing.T, s *talk.Session) {
		server, client := secured(t)
		p := talk.Player{Patience: 31 * time.Minute, ByOctet: s.ByOctet, TLS: server}
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
