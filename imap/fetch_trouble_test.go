package imap

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A troubled store hands out bodies that are not what they should be.
type troubled struct {
	Store
	body func(Body) (Body, error)
}

func (s troubled) Select(ctx context.Context, name string, readOnly bool) (Mailbox, error) {
	box, err := s.Store.Select(ctx, name, readOnly)
	return troubledBox{box, s.body}, err
}

type troubledBox struct {
	Mailbox
	body func(Body) (Body, error)
}

func (b troubledBox) Body(ctx context.Context, m *Message) (Body, error) {
	body, err := b.Mailbox.Body(ctx, m)
	if err == nil && m.UID == 2 {
		return b.body(body)
	}
	return body, err
}

func (b troubledBox) Structure(ctx context.Context, m *Message) (*Structure, error) {
	if _, err := b.Body(ctx, m); err != nil {
		return nil, err
	}
	return b.Mailbox.Structure(ctx, m)
}

// troubledBobs is bobs where something is wrong with the second message.
func troubledBobs(n int, body func(Body) (Body, error)) *Server {
	s, _ := bobs(n)
	open := s.Open
	s.Open = func(ctx context.Context, p Peer, account string) (Store, error) {
		store, err := open(ctx, p, account)
		return troubled{store, body}, err
	}
	return s
}

// A short body ends before its end.
type shortBody struct {
	Body
	size, left int64
}

func (b shortBody) Size() int64 { return b.size }

func (b shortBody) WriteTo(w io.Writer) (int64, error) {
	n, _ := io.Copy(w, io.LimitReader(endless{}, b.left))
	return n, errors.New("the disk is broken")
}

func (b shortBody) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > b.left {
		return 0, errors.New("the disk is broken")
	}
	return len(p), nil
}

// endless is one x after the other.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	copy(p, strings.Repeat("x", len(p)))
	return len(p), nil
}

// A message that another session has expunged is told as far as it is there; what is not is NIL,
// and the result says why.
func TestFetchExpunged(t *testing.T) {
	s := troubledBobs(3, func(Body) (Body, error) {
		return nil, Refuse(CodeExpungeIssued, "The message is gone")
	})
	c := selecting(t, s, Inbox)
	c.expect("FETCH 2:3 (UID BODY.PEEK[TEXT]<0.4>)", "2 FETCH (UID 2 BODY[TEXT]<0> NIL)",
		"3 FETCH (UID 3 BODY[TEXT]<0> "+counted("This")+")", "NO [EXPUNGEISSUED] ...")
	c.expect("FETCH 2 (BODY.PEEK[] BINARY.SIZE[] BINARY.PEEK[1] BODY.PEEK[HEADER.FIELDS (a)])",
		"2 FETCH (BODY[] NIL BINARY[1] NIL BODY[HEADER.FIELDS (a)] NIL)", "NO [EXPUNGEISSUED] ...")
	c.expect("FETCH 1:2 ENVELOPE", "1 FETCH (ENVELOPE ...", "NO [EXPUNGEISSUED] ...")
	c.expect("FETCH 2 (BODYSTRUCTURE FLAGS)", `2 FETCH (FLAGS (\Recent))`, "NO [EXPUNGEISSUED] ...")
	c.expect("FETCH 1 FLAGS", `1 FETCH (FLAGS (\Recent))`, "OK ...")
}

// What another session expunges keeps its number until this one is told.
func TestFetchKeepsNumbers(t *testing.T) {
	s, _ := bobs(3)
	c, other := selecting(t, s, Inbox), selecting(t, s, Inbox)
	other.must(`STORE 2 +FLAGS.SILENT (\Deleted)`)
	other.must("EXPUNGE")
	c.expect("FETCH 2:3 (UID BODY.PEEK[TEXT]<15.1>)", "2 FETCH (UID 2 BODY[TEXT]<15> "+counted("2")+")",
		"3 FETCH (UID 3 BODY[TEXT]<15> "+counted("3")+")", "OK ...")
	c.expect("FETCH 2 BODY[TEXT]<15.1>", "2 FETCH (BODY[TEXT]<15> "+counted("2")+")", "OK ...")
	c.expect("UID FETCH 2:3 BODY.PEEK[TEXT]<15.1>", "2 FETCH (UID 2 BODY[TEXT]<15> "+counted("2")+")",
		"3 FETCH (UID 3 BODY[TEXT]<15> "+counted("3")+")", "2 EXPUNGE", "OK ...")
}

// What is announced follows, or the session is over: a body that fails after some of it has left
// is nothing that a client could be told of.
func TestFetchBodyFails(t *testing.T) {
	for _, row := range []struct {
		size, left int64
		cut        bool
	}{{5000, 100, false}, {5000, 5000, false}, {1 << 20, 100, false}, {1 << 20, 100_000, true}} {
		s := troubledBobs(3, func(b Body) (Body, error) { return shortBody{b, row.size, row.left}, nil })
		c := selecting(t, s, Inbox)
		if row.cut {
			c.begin("FETCH 1:3 BODY.PEEK[]")
			c.next()
			if got := c.next(); got != "" {
				t.Errorf("%d of %d octets: %.50q", row.left, row.size, got)
			}
			continue
		}
		want, result := "2 FETCH (BODY[] NIL)", "NO [SERVERBUG] ..."
		if row.size == row.left {
			want, result = "2 FETCH (BODY[] {5000}...", "OK ..."
		}
		c.expect("FETCH 1:3 BODY.PEEK[]", "1 FETCH ...", want, "3 FETCH ...", result)
	}
}

// A header larger than what is kept is read twice, and a message is never held as a whole.
func TestFetchLarge(t *testing.T) {
	m := newMemory()
	s := serverOver(m)
	header := strings.Repeat("X-A: "+strings.Repeat("a", 60)+"\r\nX-B: b\r\n", 2000) + "\r\n"
	text := header + strings.Repeat("a line of the body\r\n", 100_000)
	m.deliver("bob@lab.test", Inbox, text, 0)
	c := selecting(t, s, Inbox)
	as := strings.Repeat("X-A: "+strings.Repeat("a", 60)+"\r\n", 2000) + "\r\n"
	for item, want := range map[string]string{
		"BODY[]": text, "BODY[HEADER]": header, "BODY[HEADER.FIELDS (x-a)]": as,
		"BODY[HEADER.FIELDS (x-a)]<40000>": as[40000:90000],
		"BODY[HEADER.FIELDS.NOT (x-a)]":    strings.Repeat("X-B: b\r\n", 2000) + "\r\n",
		"BODY[TEXT]":                       text[len(header):],
		"BODY[]<1000000>":                  text[1000000:1050000],
	} {
		ask := strings.Replace(item, "BODY[", "BODY.PEEK[", 1)
		ask = strings.Replace(ask, ">", ".50000>", 1)
		c.expect("FETCH 1 "+ask, "1 FETCH ("+item+" "+counted(want)+")", "OK ...")
	}
}

// A reader that is slow is waited for as long as it reads, one that stops is not.
func TestFetchSlowReader(t *testing.T) {
	t.Parallel()
	m := newMemory()
	s := serverOver(m)
	s.Limits.Write = time.Second
	pace := time.NewTicker(40 * time.Millisecond) // of a client that does something else besides
	defer pace.Stop()
	m.deliver("bob@lab.test", Inbox, sample(1)+strings.Repeat("a line of the body\r\n", 30_000), 0)
	for _, stops := range []bool{false, true} {
		ours, theirs := net.Pipe()
		ended := make(chan bool)
		go func() { s.ServeConn(theirs); close(ended) }()
		go io.WriteString(ours, "a LOGIN bob sesame\r\nb SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\nd LOGOUT\r\n")
		got, begun, piece := 0, time.Now(), make([]byte, 20_000)
		for {
			n, err := io.ReadFull(ours, piece)
			if got += n; err != nil {
				break
			}
			if stops && got > 100_000 {
				break
			}
			<-pace.C
		}
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatal("the session goes on without its client")
		}
		if !stops && (got < 600_000 || time.Since(begun) < s.Limits.Write) {
			t.Errorf("%d octets in %v", got, time.Since(begun))
		}
		ours.Close()
	}
	if m.boxes != 0 || m.stores != 0 {
		t.Error("something is open")
	}
}
