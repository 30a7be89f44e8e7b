package imap

import (
	"errors"
	"net"
	"reflect"
	"testing"
)

// clientOf is a client of a server, logged in as bob.
func clientOf(t *testing.T, s *Server) *Client {
	ours, theirs := net.Pipe()
	ended := make(chan bool)
	go func() { s.ServeConn(theirs); close(ended) }()
	c := NewClient(ours)
	t.Cleanup(func() { c.Close(); <-ended })
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login("bob", "sesame"); err != nil {
		t.Fatal(err)
	}
	return c
}

// What our client asks for, our server answers, and the client has all of it.
func TestMailboxClient(t *testing.T) {
	s, m := bobs(2)
	s.ID = []string{"name", "mailtool"}
	m.limit = Quota{MessagesLimit: 10}
	c := clientOf(t, s)
	did := func(_ *Response, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	same := func(got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
	did(c.Create("工作/R&D"))
	did(c.Create("out", `\Sent`))
	did(c.Rename("out", "Sent {3}"))
	did(c.Create("gone"))
	did(c.Delete("gone"))
	did(c.Subscribe("工作"))
	did(c.Subscribe("nowhere"))
	did(c.Unsubscribe("nowhere"))
	for _, utf8 := range []bool{false, true} {
		if utf8 {
			enabled, err := c.Enable("UTF8=ACCEPT", "X-BOGUS")
			same(enabled, Capabilities{"UTF8=ACCEPT"})
			same(err, nil)
		}
		names, err := c.List("", "*")
		same(err, nil)
		same(names, []*ListData{
			{Attributes: []string{HasNoChildren}, Delimiter: "/", Name: Inbox},
			{Attributes: []string{`\Sent`, HasNoChildren}, Delimiter: "/", Name: "Sent {3}"},
			{Attributes: []string{HasChildren}, Delimiter: "/", Name: "工作"},
			{Attributes: []string{HasNoChildren}, Delimiter: "/", Name: "工作/R&D"}})
		names, err = c.LSub("", "*")
		same(err, nil)
		same(names, []*ListData{{LSub: true, Delimiter: "/", Name: "工作"}})
		names, status, err := c.ListExtended(&List{Select: SelectSubscribed,
			Patterns: []string{"工*", "x"},
			Return:   ReturnChildren, Status: []StatusItem{StatusMessages}})
		same(err, nil)
		same(names, []*ListData{{Attributes: []string{Subscribed, HasChildren}, Delimiter: "/",
			Name: "工作"}})
		same(status, map[string]*StatusData{"工作": {"工作", []StatusValue{{Item: StatusMessages}}}})
		st, err := c.Status(Inbox, StatusMessages, StatusUIDNext)
		same(err, nil)
		same(st, &StatusData{Inbox, []StatusValue{{StatusMessages, 2, false}, {StatusUIDNext, 3,
			false}}})
	}
	spaces, err := c.Namespace()
	same(err, nil)
	same(spaces, &NamespaceData{Personal: []Namespace{{"", "/"}}})
	theirs, err := c.ID(ID{{Name: "name", Value: "test"}})
	same(err, nil)
	same(theirs, ID{{Name: "name", Value: "mailtool"}})
	roots, quotas, err := c.QuotaRoot(Inbox)
	same(err, nil)
	same(roots, []string{""})
	same(quotas, []*QuotaData{{"", []QuotaResource{{QuotaMessage, 2, 10}}}})
	m.mu.Lock()
	m.limit = Quota{}
	m.mu.Unlock()
	roots, quotas, err = c.QuotaRoot(Inbox)
	same(err, nil)
	same(len(roots)+len(quotas), 0)

	var r *Response
	_, err = c.Status("nowhere", StatusMessages)
	if !errors.As(err, &r) || r.Code.Name != CodeNonexistent {
		t.Errorf("of a mailbox that is not there: %v", err)
	}
	if _, err := c.Create("a\r\nb"); err == nil {
		t.Error("a line ending in a name is sent")
	}
	c.Capabilities = Capabilities{rev1}
	var missing *NotOfferedError
	if _, err := c.Create("x", `\Sent`); !errors.As(err, &missing) {
		t.Errorf("USE that was not offered: %v", err)
	}
	_, _, err = c.ListExtended(&List{Return: ReturnChildren, Patterns: []string{"*"}})
	if !errors.As(err, &missing) {
		t.Errorf("LIST-EXTENDED that was not offered: %v", err)
	}
}

// A server may have names that are no modified UTF-7: they are taken as they came, and the others
// with them. What a client sends must be right.
func TestNamesAsTheyCame(t *testing.T) {
	for _, utf8 := range []bool{false, true} {
		for line, want := range map[string]string{
			`* LIST () "/" &x`:                   "&x",
			`* LIST () "/" "B&W"`:                "B&W",
			"* LIST () \"/\" \"caf\xe9\"":        "caf\xe9",
			"* LIST () \"/\" \"gr\u00fcn\"":      "gr\u00fcn",
			"* LIST () \"/\" {4}\r\ncaf\xe9":     "caf\xe9",
			`* LSUB () "/" "&Jjo!"`:              "&Jjo!",
			`* LIST () "/" INBOX/&x`:             "INBOX/&x",
			`* STATUS "B&W" (MESSAGES 3)`:        "B&W",
			`* NAMESPACE (("B&W/" "/")) NIL NIL`: "B&W/",
		} {
			d, err := parseUntagged([]byte(line), utf8)
			got := ""
			switch d := d.(type) {
			case *ListData:
				got = d.Name
			case *StatusData:
				got = d.Mailbox
			case *NamespaceData:
				got = d.Personal[0].Prefix
			}
			if err != nil || got != want {
				t.Errorf("%q: %q, %v", line, got, err)
			}
			again, unread := ParseData(AppendData(nil, d))
			if unread != nil || !reflect.DeepEqual(again, d) {
				t.Errorf("%q, written and read: %#v, %v", line, again, unread)
			}
		}
	}
	s := scanner{text: []byte("B&W")}
	if s.mailbox(); s.err == nil {
		t.Error("a server takes any name")
	}
}
