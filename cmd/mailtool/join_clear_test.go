package main

import (
	"bufio"
	"cmp"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

// A bare server speaks SMTP without TLS and takes any log-in. It keeps all that it hears.
type bareServer struct {
	offset int

	mu    sync.Mutex
	heard strings.Builder
}

// newBareServer listens where a class's submission server does.
func newBareServer(t *testing.T, greeting string) *bareServer {
	t.Helper()
	for range 20 {
		b := &bareServer{offset: 10000 + rand.IntN(18000)}
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(sandbox.SubmissionPort+b.offset))
		if err != nil {
			continue
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for nc, err := l.Accept(); err == nil; nc, err = l.Accept() {
				go b.serve(nc, greeting)
			}
		}()
		return b
	}
	t.Fatal("there is no free port")
	return nil
}

func (b *bareServer) serve(nc net.Conn, greeting string) {
	defer nc.Close()
	replies := map[string]string{"EHLO": "250-mail.class.test\r\n250 AUTH PLAIN", "AUTH": "235 in",
		"QUIT": "221 bye"}
	nc.Write([]byte("220 mail.class.test ESMTP " + greeting + "\r\n"))
	for in := bufio.NewScanner(nc); in.Scan(); {
		b.mu.Lock()
		b.heard.WriteString(in.Text() + "\n")
		b.mu.Unlock()
		verb, _, _ := strings.Cut(in.Text(), " ")
		nc.Write([]byte(cmp.Or(replies[verb], "500 what?") + "\r\n"))
		if verb == "QUIT" {
			return
		}
	}
}

func (b *bareServer) log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard.String()
}

// TestJoinClear: a server without TLS gets a password only if it says that this is a lesson,
// and a person agrees.
func TestJoinClear(t *testing.T) {
	homeless(t)
	const asks = "send your password in clear, for this lesson? [y/N] "
	for _, row := range []struct {
		name, greeting string
		person         bool
		answer, asked  string
		status         int
	}{
		{"no lesson", "hello", true, "y\n", "", exitNoConnection},
		{"nobody to be asked", sandbox.LessonWords, false, "y\n", "", exitUsage},
		{"no", sandbox.LessonWords, true, "n\n", asks, exitNoConnection},
		{"yes", "mailtool " + sandbox.LessonWords, true, "y\n", asks, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBareServer(t, row.greeting)
			p := testProgram(sentence.English)
			p.in = strings.NewReader(row.answer)
			j := &joining{program: p, person: row.person, offset: b.offset,
				who: credentials{password: "sesame", said: func(f string) bool { return f == "password" }}}
			err := j.run(t.Context(), "127.0.0.1", "s001")
			asked := p.err.(*strings.Builder).String()
			if statusOf(err) != row.status || asked != row.asked {
				t.Errorf("%v: %q", err, asked)
			}
			if told := strings.Contains(b.log(), "AUTH"); told != (row.status == 0) {
				t.Errorf("the server heard\n%s", b.log())
			}
			r := kept(t)
			if (r != nil) != (row.status == 0) {
				t.Fatalf("%+v", r)
			}
			if r != nil && (r.TLS || !r.Lesson || r.Authority != "" || r.Domain != "class.test") {
				t.Errorf("%+v", r)
			}
		})
	}
}
