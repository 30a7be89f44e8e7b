package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/smtp"
	"mailtool/trace"
)

func TestDelivery(t *testing.T) {
	b := start(t, Options{})
	c := call(t, b)
	c.dialogue("", "220 mail.lab.test ", "EHLO a.test", "250 ", "MAIL FROM:<a@a.test>", "250 ",
		"RCPT TO:<Bob@LAB.test>", "250 ", "DATA", "354 ",
		"From: a@a.test\r\nSubject: x\r\n\r\n..dot\r\n.", "250 2.0.0 Ok, stored for", "QUIT", "221 ")
	all := mails(t, b, "bob")
	if len(all) != 1 || b.Count("bob") != 1 || b.Count("alice") != 0 {
		t.Fatalf("mails: %d for bob, %d for alice", b.Count("bob"), b.Count("alice"))
	}
	m, text := all[0], string(all[0].Data)
	if !strings.HasPrefix(text, "Return-Path: <a@a.test>\r\nReceived: from a.test ") ||
		!strings.HasSuffix(text, "\r\nFrom: a@a.test\r\nSubject: x\r\n\r\n.dot\r\n") ||
		m.From != "<a@a.test>" {
		t.Errorf("stored for %s:\n%s", m.From, text)
	}
}

// TestRecipients: who gets mail here, and in how many copies.
func TestRecipients(t *testing.T) {
	for _, test := range []struct {
		to         []string
		reply      string // to the last of them
		alice, bob int
	}{
		{[]string{"<alice@lab.test>", "<bob@lab.test>"}, "250", 1, 1},
		{[]string{"<bob@lab.test>", "<BOB@lab.test>"}, "250", 0, 1},
		{[]string{"<postmaster>"}, "250", 1, 0},
		{[]string{"<postmaster@lab.test>", "<alice@lab.test>"}, "250", 1, 0},
		{[]string{"<postmaster@mail.lab.test>"}, "250", 1, 0},
		{[]string{"<@relay.test:bob@lab.test>"}, "250", 0, 1},
		{[]string{"<bob@lab.test>", "<bbo@lab.test>"}, "550 5.1.1 <bbo@lab.test>: no such user here", 0, 1},
		{[]string{"<bob@lab.test>", "<bob@mail.lab.test>"}, "550 5.1.1", 0, 1},
		{[]string{"<bob@lab.test>", "<bob@elsewhere.test>"}, "550 5.7.1", 0, 1},
		{[]string{"<bob@lab.test>", "<postmaster@elsewhere.test>"}, "550 5.7.1", 0, 1},
		{[]string{"<bob@lab.test>", "<bob%elsewhere.test@lab.test>"}, "550 5.1.1", 0, 1},
	} {
		t.Run(strings.Join(test.to, ","), func(t *testing.T) {
			b := start(t, Options{})
			c := call(t, b)
			c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<>", "250")
			for i, to := range test.to {
				want := "250"
				if i == len(test.to)-1 {
					want = test.reply
				}
				c.dialogue("RCPT TO:"+to, want)
			}
			c.dialogue("DATA", "354", ".", "250", "QUIT", "221")
			if a, n := b.Count("alice"), b.Count("bob"); a != test.alice || n != test.bob {
				t.Errorf("alice has %d, bob %d, want %d and %d", a, n, test.alice, test.bob)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	b := start(t, Options{})
	call(t, b).dialogue("", "220", "EHLO a.test", "250", "VRFY bob", "250 2.1.5 <bob@lab.test>",
		"VRFY <alice@lab.test>", "250 2.1.5 <alice@lab.test>", "VRFY carol", "550", "EXPN all", "502")
}

// TestMemory: what arrives beyond the memory is refused for now, and what was begun in vain
// is given back.
func TestMemory(t *testing.T) {
	b := start(t, Options{Memory: 10_000})
	big := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 200)
	for range 3 {
		c := call(t, b)
		c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob@lab.test>", "250",
			"DATA", "354", big+".", "452 4.3.1", "QUIT", "221")
	}
	mail(t, b)
	if n := b.Count("bob"); n != 1 {
		t.Errorf("bob has %d mails, want the small one", n)
	}
}

func TestLetters(t *testing.T) {
	b := start(t, Options{Letters: true, Domain: "class.test"})
	letters := mails(t, b, "bob")
	if len(letters) != 2 || b.Count("alice") != 0 {
		t.Fatalf("bob has %d letters", len(letters))
	}
	for _, m := range letters {
		text := string(m.Data)
		if strings.Contains(text, "{") || !strings.Contains(text, "To: Bob <bob@class.test>\r\n") ||
			strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("letter %d:\n%s", m.UID, text)
		}
	}
}

func TestProfiles(t *testing.T) {
	for profile, want := range map[Profile]string{Textbook: "250 mail.lab.test greets a.test",
		Normal: "250 ENHANCEDSTATUSCODES", Full: "250 DSN"} {
		b := start(t, Options{Profile: profile})
		call(t, b).dialogue("", "220", "EHLO a.test", want)
	}
}

func TestDomain(t *testing.T) {
	for _, bad := range []string{"lab test", "lab..test", "[127.0.0.1]", "<lab.test>"} {
		if _, err := Start(t.Context(), Options{Domain: bad, SMTP: "0"}); !errors.Is(err, ErrDomain) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestSeveral: sessions at the same time, each with a mail.
func TestSeveral(t *testing.T) {
	b := start(t, Options{})
	var wg sync.WaitGroup
	for range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mail(t, b)
		}()
	}
	wg.Wait()
	all := mails(t, b, "bob")
	for i, m := range all {
		if int(m.UID) != i+1 {
			t.Errorf("mail %d has UID %d", i+1, m.UID)
		}
	}
	if len(all) != 40 {
		t.Errorf("bob has %d mails, want 40", len(all))
	}
	list := b.Ring().List()
	for i, s := range list {
		if s.Number != i+1 {
			t.Errorf("session %d has number %d", i+1, s.Number)
		}
	}
	if len(list) != 40 {
		t.Errorf("%d sessions in the ring, want 40", len(list))
	}
}

// TestWatch: who watches gets every event; without a record nobody is asked.
func TestWatch(t *testing.T) {
	for _, unrecorded := range []bool{false, true} {
		var mu sync.Mutex
		var commands []string
		closed := make(chan bool, 1)
		o := Options{Unrecorded: unrecorded, Watch: func(s *Session) trace.Sink {
			if s.Number != 1 || s.Header.ClientAddr == "" || s.Header.Vantage != trace.AtServer {
				t.Errorf("session %d, header %+v", s.Number, s.Header)
			}
			return func(events []*trace.Event) {
				mu.Lock()
				defer mu.Unlock()
				for _, ev := range events {
					if ev.Kind == trace.Command {
						commands = append(commands, ev.Verb)
					}
					if ev.Kind == trace.Closed && ev.Text != "fin" {
						closed <- true
					}
				}
			}
		}}
		b := start(t, o)
		mail(t, b)
		want := ""
		if !unrecorded {
			want = "EHLO MAIL RCPT DATA QUIT"
			<-closed
		}
		mu.Lock()
		if got := strings.Join(commands, " "); got != want {
			t.Errorf("unrecorded %v: watched %q", unrecorded, got)
		}
		mu.Unlock()
	}
}

// TestStop: idle clients are told, a message under way may finish, nobody new is let in.
func TestStop(t *testing.T) {
	b := start(t, Options{})
	idle, busy := call(t, b), call(t, b)
	idle.dialogue("", "220", "EHLO a.test", "250")
	busy.dialogue("", "220", "EHLO b.test", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob@lab.test>", "250",
		"DATA", "354")
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- b.Stop(ctx)
	}()
	idle.dialogue("", "421 4.3.2")
	if got := idle.reply(); got != "(EOF)" {
		t.Errorf("after 421: %s", got)
	}
	if nc, err := net.Dial("tcp", b.Addr()); err == nil {
		nc.Close()
		t.Error("a new client was let in")
	}
	busy.dialogue("Subject: x\r\n\r\nx\r\n.", "250", "", "421")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if b.Count("bob") != 1 {
		t.Error("the message was not kept")
	}
}

// TestStopCuts: whoever does not finish in time is cut, and nothing half is kept.
func TestStopCuts(t *testing.T) {
	b := start(t, Options{})
	c := call(t, b)
	c.dialogue("", "220", "EHLO b.test", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob@lab.test>", "250",
		"DATA", "354")
	c.send("Subject: x\r\n")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := b.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop: %v", err)
	}
	if got := c.reply(); !strings.HasPrefix(got, "(") {
		t.Errorf("after the cut: %s", got)
	}
	if b.Count("bob") != 0 {
		t.Error("half a message was kept")
	}
}

func TestPortsFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	b := start(t, Options{Dir: dir})
	p, err := ReadPorts(dir)
	if err != nil || p != (Ports{Process: os.Getpid(), Domain: "lab.test", SMTP: b.Addr(),
		Submission: b.SubmissionAddr(), Submissions: b.SubmissionsAddr(),
		POP3: b.POP3Addr(), POP3S: b.POP3SAddr(), IMAP: b.IMAPAddr(), IMAPS: b.IMAPSAddr()}) ||
		p.POP3 == "" || p.POP3S == "" || p.IMAP == "" || p.IMAPS == "" {
		t.Fatalf("ports %+v, %v", p, err)
	}
	for _, name := range []string{PortsFile, ControlFile, LockFile, DatabaseFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	b.Stop(context.Background())
	if _, err := os.Stat(filepath.Join(dir, PortsFile)); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

// TestPortsFileOfAnother: a sandbox removes only what it wrote.
func TestPortsFileOfAnother(t *testing.T) {
	dir := t.TempDir()
	first, second := start(t, Options{Dir: dir, Temp: true}), start(t, Options{Dir: dir})
	first.Stop(context.Background())
	if p, err := ReadPorts(dir); err != nil || p.SMTP != second.Addr() {
		t.Errorf("ports %+v, %v", p, err)
	}
}

func TestPortsParse(t *testing.T) {
	for _, p := range []Ports{{}, {Process: 1, Domain: "lab.test", SMTP: "127.0.0.1:2525"},
		{99, "a.b", "/tmp/a b", "[::1]:25", "[::1]:587", "[::1]:465", "[::1]:110", "[::1]:995", "[::1]:143", "[::1]:993"}} {
		got, err := ParsePorts(strings.NewReader(p.String()))
		if err != nil || got != p {
			t.Errorf("%+v became %+v, %v", p, got, err)
		}
	}
	if _, err := ParsePorts(strings.NewReader("domain a.test\nprocess many\n")); err == nil {
		t.Error("a process that is no number was read")
	}
}

func TestPortTaken(t *testing.T) {
	b := start(t, Options{})
	_, err := Start(t.Context(), Options{SMTP: b.Addr()})
	var l *ListenError
	if !errors.As(err, &l) || l.Trouble != PortTaken || l.Addr != b.Addr() {
		t.Errorf("a taken port: %v", err)
	}
}

func TestAddress(t *testing.T) {
	for _, test := range []struct {
		asked  string
		offset int
		want   string
	}{
		{"", 0, "127.0.0.1:2525"},
		{"", 100, "127.0.0.1:2625"},
		{"2526", 100, "127.0.0.1:2526"},
		{":2526", 0, "127.0.0.1:2526"},
		{"0", 0, "127.0.0.1:0"},
		{"0.0.0.0:25", 0, "0.0.0.0:25"},
		{"0.0.0.0", 1, "0.0.0.0:2526"},
		{"[::1]:2525", 0, "[::1]:2525"},
		{"", 70000, string(PortRange)},
		{"", -3000, string(PortRange)},
		{"99999", 0, string(PortRange)},
	} {
		o := Options{PortOffset: test.offset}
		got, err := o.address("smtp", test.asked, SMTPPort)
		if l := (*ListenError)(nil); errors.As(err, &l) {
			got = string(l.Trouble)
		}
		if got != test.want {
			t.Errorf("%q + %d: %q, want %q", test.asked, test.offset, got, test.want)
		}
	}
}

// TestListen: a server listens where it was asked to, and nowhere else.
func TestListen(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		l, err := listen("smtp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := net.SplitHostPort(l.Addr().String()); got != host {
			t.Errorf("asked for %s, listens on %s", host, l.Addr())
		}
		l.Close()
	}
}

func TestTrouble(t *testing.T) {
	for _, test := range []struct {
		err  error
		want Trouble
	}{
		{&net.OpError{Err: os.NewSyscallError("bind", winsockInUse)}, PortTaken},
		{&net.OpError{Err: os.NewSyscallError("bind", winsockReserved)}, PortReserved},
		{&net.OpError{Err: os.NewSyscallError("bind", winsockNotAvailable)}, NoSuchAddress},
		{&net.OpError{Err: os.ErrPermission}, PortReserved},
		{errors.New("other"), OtherTrouble},
	} {
		if got := trouble(test.err); got != test.want {
			t.Errorf("%v: %s, want %s", test.err, got, test.want)
		}
	}
	if _, err := listen("smtp", "192.0.2.1:2525"); trouble(err) != NoSuchAddress {
		t.Errorf("an address of nobody: %v", err)
	}
}

// TestPipe serves a connection that is no TCP.
func TestPipe(t *testing.T) {
	b, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	go b.ServeConn(theirs)
	c := smtp.NewClient(ours)
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Quit(); err != nil {
		t.Error(err)
	}
	if s, ok := b.Ring().Last(); !ok || s.Number != 1 || s.Commands != 1 {
		t.Errorf("recorded %+v", s)
	}
}

func TestIsLoopback(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1:25": true, "127.9.9.9:2525": true,
		"[::1]:25": true, "localhost:25": true, "0.0.0.0:25": false, "192.168.1.2:25": false, "": false} {
		if IsLoopback(addr) != want {
			t.Errorf("%q: %v", addr, !want)
		}
	}
}
