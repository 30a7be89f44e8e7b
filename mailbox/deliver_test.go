package mailbox

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOneBodyForManyRecipients(t *testing.T) {
	s := newStore(t, fixture{})
	var to []FolderID
	for _, name := range []string{"carol", "bob", "alice"} {
		to = append(to, must[User](t)(s.AddUser(background, name)).Inbox)
	}
	to[0], to[2] = to[2], to[0] // not in rising order
	for _, size := range []int{1000, 3 * pieceSize} {
		places := s.deliver(t, letter(size), to...)
		var body BodyID
		for i, p := range places {
			m := must[Message](t)(s.Message(background, to[i], p.UID))
			if p.Folder != to[i] || body != 0 && m.Body != body {
				t.Errorf("place %+v has body %d, want %d", p, m.Body, body)
			}
			body = m.Body
		}
	}
	if n := count(t, s, "SELECT COUNT(*) FROM bodies"); n != 2 {
		t.Errorf("%d bodies, want 2", n)
	}
	if n := count(t, s, "SELECT COUNT(*) FROM envelopes"); n != 2 {
		t.Errorf("%d envelopes, want 2", n)
	}
}

func TestDeliverToAllOrNone(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	gone := must[Folder](t)(s.CreateFolder(background, bob.ID, "gone", ""))
	// As DeleteFolder does it, but the sweeper does not know yet.
	check(t, s.do(background, 0, func(t *tx) error { return t.exec(deleteName, gone.ID) }))
	for _, size := range []int{1000, 2*pieceSize + 9} {
		d := s.draft(t, letter(size))
		to := []FolderID{bob.Inbox, gone.ID}
		if _, err := d.Deliver(background, Delivery{To: to}); !errors.Is(err, ErrNoFolder) {
			t.Errorf("%d octets: %v", size, err)
		}
		if f := must[Folder](t)(s.FolderByID(background, bob.Inbox)); f.Messages != 0 || f.UIDNext != 1 {
			t.Errorf("%d octets: %+v", size, f)
		}
		d.Discard()
	}
	check(t, s.Sweep(background))
	leftovers(t, s)
}

// The same folder twice, as of bob and BOB, gets one copy.
func TestDeliverOnceToAFolder(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	places := s.deliver(t, "\r\n", bob.Inbox, bob.Inbox)
	if len(places) != 2 || places[0] != places[1] {
		t.Errorf("places %v", places)
	}
	if f := must[Folder](t)(s.FolderByID(background, bob.Inbox)); f.Messages != 1 {
		t.Errorf("%d messages", f.Messages)
	}
}

func TestEnvelope(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	want := Envelope{Sender: "<>", Parameters: "SIZE=12 RET=HDRS ENVID=q+2B1",
		Recipients: []Recipient{{"<bob@lab.test>", "NOTIFY=FAILURE ORCPT=rfc822;b@x"},
			{"<学生@lab.test>", ""}},
		Peer: "[::1]:5000", Hello: "[IPv6:::1]", Protocol: "ESMTPSA", Account: "alice",
		TLS: "TLS 1.3", Session: "17", Received: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)}
	p := must[[]Place](t)(s.draft(t, "\r\n").Deliver(background,
		Delivery{Envelope: want, To: []FolderID{bob.Inbox}}))
	m := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID))
	got := must[Envelope](t)(s.Envelope(background, m.Envelope))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("envelope\n%+v, want\n%+v", got, want)
	}
	if _, err := s.Envelope(background, 0); !errors.Is(err, ErrNoMessage) {
		t.Errorf("no envelope: %v", err)
	}
}

func TestDates(t *testing.T) {
	c := newClock()
	s := newStore(t, fixture{now: c.Now})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, "\r\n", bob.Inbox)
	given := time.Date(1996, 7, 17, 2, 44, 25, 0, time.FixedZone("", -(7*3600+30*60)))
	must[[]Place](t)(s.Append(background, bob.Inbox,
		Appended{Draft: s.draft(t, "\r\n"), Internal: given}))
	list := must[[]Message](t)(s.List(background, bob.Inbox, 0, 0))
	if m := list[0]; !m.Internal.Equal(c.Now()) || !m.Saved.Equal(c.Now()) {
		t.Errorf("delivered: %v, %v", m.Internal, m.Saved)
	}
	if got := list[1].Internal.Format(time.RFC3339); got != "1996-07-17T02:44:25-07:30" {
		t.Errorf("INTERNALDATE %s", got)
	}
	c.forward(time.Hour)
	other := must[Folder](t)(s.CreateFolder(background, bob.ID, "other", ""))
	must[Copied](t)(s.Copy(background, bob.Inbox, []UID{2}, other.ID))
	copied := must[Message](t)(s.Message(background, other.ID, 1))
	if !copied.Internal.Equal(given) || !copied.Saved.Equal(c.Now()) {
		t.Errorf("a copy: %v, %v", copied.Internal, copied.Saved)
	}
}

// MULTIAPPEND (RFC 3502): all or none.
func TestAppendSeveral(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	bad, good := s.draft(t, "a\nb"), s.draft(t, "a\r\n")
	_, err := s.Append(background, bob.Inbox, Appended{Draft: good}, Appended{Draft: bad})
	if !errors.Is(err, ErrLines) {
		t.Errorf("%v", err)
	}
	places := must[[]Place](t)(s.Append(background, bob.Inbox, Appended{Draft: good},
		Appended{Draft: s.draft(t, letter(2*pieceSize)), Flags: Seen | DraftFlag}))
	if len(places) != 2 || places[0].UID != 1 || places[1].UID != 2 {
		t.Errorf("places %v", places)
	}
	if m := must[Message](t)(s.Message(background, bob.Inbox, 2)); m.Flags != Seen|DraftFlag {
		t.Errorf("flags %b", m.Flags)
	}
}

func TestListPages(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	for range 25 {
		s.deliver(t, "\r\n", bob.Inbox)
	}
	var got []UID
	for after := UID(0); ; {
		page := must[[]Message](t)(s.List(background, bob.Inbox, after, 10))
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			got = append(got, m.UID)
		}
		after = got[len(got)-1]
	}
	want := must[[]UID](t)(s.UIDs(background, bob.Inbox))
	if len(got) != 25 || !reflect.DeepEqual(got, want) {
		t.Errorf("pages %v, all %v", got, want)
	}
	if _, err := s.Message(background, bob.Inbox, 26); !errors.Is(err, ErrNoMessage) {
		t.Errorf("message 26: %v", err)
	}
	if _, err := s.Body(background, 999_999); !errors.Is(err, ErrNoBody) {
		t.Errorf("no body: %v", err)
	}
}

// Deliveries, lists, flags, expunges and sweeps at once: nothing is lost, and what a list
// shows can be read.
func TestAllAtOnce(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	const writers, each = 6, 40
	var all, others sync.WaitGroup
	stop := make(chan bool)
	for w := range writers {
		all.Go(func() {
			for i := range each {
				size := 200
				if i%20 == 7 {
					size = pieceSize + 1000*w
				}
				s.deliver(t, letter(size), bob.Inbox)
			}
		})
	}
	expunged := map[UID]bool{}
	others.Go(func() {
		for running := true; running; {
			select {
			case <-stop:
				running = false
			default:
			}
			list := must[[]Message](t)(s.List(background, bob.Inbox, 0, 0))
			for i, m := range list {
				if i > 0 && m.UID <= list[i-1].UID {
					t.Errorf("%d after %d", m.UID, list[i-1].UID)
				}
				if !strings.HasPrefix(s.text(t, m.Body), "Date: ") {
					t.Errorf("%d is no letter", m.UID)
				}
			}
			if len(list) > 3 {
				uids := []UID{list[0].UID, list[2].UID}
				must[[]UID](t)(s.StoreFlags(background, bob.Inbox, uids,
					FlagChange{Mode: AddFlags, Flags: Deleted}))
				for _, uid := range must[[]UID](t)(s.ExpungeDeleted(background, bob.Inbox, uids)) {
					expunged[uid] = true
				}
			}
			check(t, s.Sweep(background))
		}
	})
	all.Wait()
	close(stop)
	others.Wait()
	left := must[[]UID](t)(s.UIDs(background, bob.Inbox))
	if len(left)+len(expunged) != writers*each {
		t.Errorf("%d left and %d expunged of %d", len(left), len(expunged), writers*each)
	}
	if f := must[Folder](t)(s.FolderByID(background, bob.Inbox)); f.Messages != len(left) {
		t.Errorf("the folder counts %d", f.Messages)
	}
	leftovers(t, s)
}
