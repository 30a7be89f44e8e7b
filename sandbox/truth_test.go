package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/smtp"
	"mailtool/trace"
)

// A witness lies below a tap and keeps what passes: the truth that the record is held
// against. It shares nothing with the trace.
type witness struct {
	*net.TCPConn
	mu         sync.Mutex
	wrote, got []byte
}

func (w *witness) Read(p []byte) (int, error) {
	n, err := w.TCPConn.Read(p)
	w.mu.Lock()
	w.got = append(w.got, p[:n]...)
	w.mu.Unlock()
	return n, err
}

func (w *witness) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.wrote = append(w.wrote, p...)
	w.mu.Unlock()
	return w.TCPConn.Write(p)
}

// A told is what a recorder told of a session.
type told struct {
	mu     sync.Mutex
	events []*trace.Event
	closed chan bool
}

func newTold() *told { return &told{closed: make(chan bool)} }

func (o *told) sink(events []*trace.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, trace.Clones(events)...)
	if last := events[len(events)-1]; last.Kind == trace.Closed && last.Text != "fin" {
		close(o.closed)
	}
}

// stream is what the events say that an end sent. It fails where they leave a gap, lie
// one over the other, or do not say all.
func (o *told) stream(end trace.End) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []byte
	for i, ev := range o.events {
		if ev.N != i+1 {
			return nil, fmt.Errorf("event %d has number %d", i+1, ev.N)
		}
		if ev.End != end {
			continue
		}
		if ev.Off != int64(len(all)) || ev.Len != int64(len(ev.Raw)) || ev.Secrets != nil {
			return nil, fmt.Errorf("event %d: offset %d, length %d with %d octets, after %d octets",
				ev.N, ev.Off, ev.Len, len(ev.Raw), len(all))
		}
		all = append(all, ev.Raw...)
	}
	return all, nil
}

// TestTruth holds random sessions over real sockets against what each end sent and
// received, in the records of both ends.
func TestTruth(t *testing.T) {
	const sessions, atOnce = 1000, 16
	records := make(chan *told, atOnce) // of the server, in the order of its sessions
	b, err := New(t.Context(), Options{ShowSecrets: true, Limits: smtp.Limits{Idle: 5 * time.Second},
		Watch: func(*Session) trace.Sink {
			o := newTold()
			records <- o
			return o.sink
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var pick sync.Mutex // a connection, its witness and its record belong together
	var wg sync.WaitGroup
	slots := make(chan bool, atOnce)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	kinds := make([]int, len(ends))
	for i := range sessions {
		rng := rand.New(rand.NewPCG(uint64(i), 5321))
		slots <- true
		pick.Lock()
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		theirs := &witness{TCPConn: server.(*net.TCPConn)}
		served := make(chan bool)
		go func() {
			defer close(served)
			b.ServeConn(theirs)
		}()
		record := <-records
		pick.Unlock()
		how := rng.IntN(len(ends))
		kinds[how]++
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			ours := &witness{TCPConn: client.(*net.TCPConn)}
			o := converse(ours, rng, ends[how])
			<-served
			<-record.closed
			if err := compare(ours, theirs, o, record); err != nil {
				t.Errorf("session %d, ended by %s: %v", i, ends[how], err)
			}
		}()
	}
	wg.Wait()
	for how, n := range kinds {
		if n == 0 {
			t.Errorf("no session was ended by %s", ends[how])
		}
	}
	if b.Count("bob") == 0 {
		t.Error("no message came through: the sessions are not random, they are noise")
	}
}

// compare holds both records against both witnesses.
func compare(ours, theirs *witness, client, server *told) error {
	for _, v := range []struct {
		at      string
		o       *told
		end     trace.End
		witness []byte
	}{
		{"the client, what it sent", client, trace.Client, ours.wrote},
		{"the client, what it received", client, trace.Server, ours.got},
		{"the server, what it sent", server, trace.Server, theirs.wrote},
		{"the server, what it received", server, trace.Client, theirs.got},
	} {
		said, err := v.o.stream(v.end)
		if err != nil {
			return fmt.Errorf("at %s: %w", v.at, err)
		}
		if !bytes.Equal(said, v.witness) {
			return fmt.Errorf("at %s: the events hold %d octets, %d passed\n%.200q\n%.200q",
				v.at, len(said), len(v.witness), said, v.witness)
		}
	}
	if !bytes.HasPrefix(ours.wrote, theirs.got) || !bytes.HasPrefix(theirs.wrote, ours.got) {
		return fmt.Errorf("TCP itself lost octets: the test is wrong")
	}
	return nil
}

// ends are the ways in which the sessions of TestTruth end.
var ends = []string{"QUIT", "FIN", "close", "reset", "cut"}

// converse is the client: it says random things in random pieces through a tap, reads
// whatever comes, and leaves.
func converse(ours *witness, rng *rand.Rand, how string) *told {
	o := newTold()
	rec := trace.NewRecorder(smtp.NewDissector("c"), trace.Opening{Protocol: trace.SMTP,
		Vantage: trace.AtClient, ShowSecrets: true}, nil, o.sink)
	tap := trace.NewTap(ours, rec, trace.Client)
	ours.SetDeadline(time.Now().Add(15 * time.Second))
	read := make(chan bool)
	go func() {
		defer close(read)
		io.Copy(io.Discard, onlyReader{tap})
	}()
	said := script(rng)
	switch how {
	case "QUIT":
		said += "\r\n.\r\nQUIT\r\n"
	case "cut":
		said = said[:rng.IntN(len(said)+1)]
	}
	lockstep := rng.IntN(3) == 0
	for len(said) > 0 {
		n := 1 + rng.IntN(min(len(said), 1+rng.IntN(2000)))
		if lockstep { // line by line, and the other end has time to answer
			if i := strings.IndexByte(said, '\n'); i >= 0 {
				n = i + 1
			}
			time.Sleep(time.Duration(rng.IntN(300)) * time.Microsecond)
		}
		if _, err := tap.Write([]byte(said[:n])); err != nil {
			break
		}
		said = said[n:]
	}
	switch how {
	case "close", "cut", "reset":
		// A program closes when it does not read any more: what a read brings after the
		// close is in no record.
		ours.SetReadDeadline(time.Unix(1, 0))
		<-read
		if how == "reset" {
			ours.SetLinger(0)
		}
	case "FIN":
		tap.CloseWrite()
		<-read
	case "QUIT":
		<-read
	}
	tap.Close()
	<-read
	return o
}

// onlyReader hides what else a Tap can do from io.Copy.
type onlyReader struct{ io.Reader }

// script is what a client says: mostly right, sometimes wrong in one of many ways.
func script(rng *rand.Rand) string {
	var b strings.Builder
	pick := func(lines ...string) { b.WriteString(lines[rng.IntN(len(lines))]) }
	pick("EHLO a.test\r\n", "EHLO [127.0.0.1]\r\n", "HELO a.test\r\n", "HELO Alice B\r\n",
		"ehlo a.test \r\n", "\r\nEHLO a.test\r\n", "")
	for range rng.IntN(4) {
		pick("MAIL FROM:<a@a.test>\r\n", "MAIL FROM: <a@a.test>\r\n", "MAIL FROM:a@a.test\r\n",
			"MAIL FROM:<a@a.test> SIZE=99\r\n", "MAIL FROM:<> BODY=8BITMIME\r\n",
			"MAIL FROM:<\xc3\xa4@a.test>\r\n")
		for range 1 + rng.IntN(3) {
			pick("RCPT TO:<bob@lab.test>\r\n", "RCPT TO:<alice@lab.test>\r\n", "RCPT TO:<no@lab.test>\r\n",
				"RCPT TO:<bob@elsewhere.test>\r\n", "RCPT TO:<bob@lab.test>\n", "RCPT\r\n")
		}
		pick("", "", "NOOP\r\n", "RSET\r\n", noise(rng), "AUTH PLAIN AGEAc2VzYW1l\r\n",
			"AUTH LOGIN\r\nYQ==\r\n", "STARTTLS\r\n", "BDAT 3\r\nabc", "VRFY bob\r\n",
			"HELP\r\n", strings.Repeat("x", 3000)+"\r\n")
		pick("DATA\r\n", "DATA\r\n", "data\r\n", "DATA \r\n", "DATA\n")
		for range rng.IntN(30) {
			pick("Subject: x\r\n", "\r\n", "text\r\n", "..dots\r\n", ".dot\r\n", "a\nb\r\n", "a\rb\r\n",
				"\n.\n", "\r.\r", "\xe4\xbd\xa0\r\n", "\x00\r\n",
				strings.Repeat("long ", 500)+"\r\n", noise(rng))
		}
		pick("\r\n.\r\n", "\r\n.\r\n", "\r\n.\r\n", "\n.\n", "\r\n.\n", "")
	}
	return b.String()
}

// noise is any octets.
func noise(rng *rand.Rand) string {
	b := make([]byte, rng.IntN(60))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}
