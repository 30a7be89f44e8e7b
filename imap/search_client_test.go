package imap

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

// clientIn is a client of a server, logged in as bob, with INBOX selected.
func clientIn(t *testing.T, s *Server) *Client {
	c := clientOf(t, s)
	if _, err := c.Do(&Select{Mailbox: Inbox}, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// Our client finds what there is at our server.
func TestClientSearches(t *testing.T) {
	s, _ := searchable(t)
	c := clientIn(t, s)
	for _, k := range []struct {
		keys []Key
		want []uint32
	}{
		{nil, []uint32{1, 2, 3, 4, 5}},
		{[]Key{Containing("from", "alice")}, []uint32{1}},
		{[]Key{Containing("SUBJECT", "gr\u00fc\u00dfe")}, []uint32{3}}, // in a literal, with CHARSET
		{[]Key{Or(Flagged("seen"), Flagged("deleted")), Not(InNumbers(MessageSet{Numbers: Set{{2, 2}}}))},
			[]uint32{1}},
		{[]Key{Header("X-Empty", "")}, []uint32{2}},
		{[]Key{Dated("SENTON", 19940201)}, []uint32{2}},
		{[]Key{Containing("BODY", "line\r\nend")}, nil},
	} {
		got, err := c.Search(false, k.keys...)
		if err != nil || !slices.Equal(got.Numbers, k.want) {
			t.Errorf("%+v: %+v, %v, want %d", k.keys, got, err, k.want)
		}
	}
	got, err := c.Search(true, Sized("modseq", 5))
	if want := (&SearchData{[]uint32{4, 5}, 6}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := c.Search(false, Containing("FROM", "\xff")); err == nil {
		t.Errorf("%+v is found by what is no UTF-8", got)
	}
}

func TestClientSearchesForMore(t *testing.T) {
	s, _ := searchable(t)
	c := clientIn(t, s)
	c.Capability()
	got, err := c.ExtendedSearch(true, ReturnMin|ReturnCount, Flagged("unseen"))
	if err != nil || got.Min != 2 || got.Count != 4 || !got.UID || !got.Counted || got.All != nil {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = c.ExtendedSearch(false, 0, Flagged("unseen"))
	if err != nil || got.All.String() != "2:5" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = c.ExtendedSearch(true, ReturnSave, InUIDs(MessageSet{Numbers: Set{{4, 0}}})); err != nil {
		t.Error(err)
	}
	if found, err := c.Search(false, InNumbers(MessageSet{Saved: true})); err != nil ||
		!slices.Equal(found.Numbers, []uint32{4, 5}) {
		t.Errorf("%+v, %v after %+v", found, err, got)
	}
	sorted, err := c.Sort(false, []SortKey{{By: SortDate, Reverse: true}}, InNumbers(MessageSet{Numbers: Set{{1, 2}}}))
	if err != nil || !slices.Equal(sorted.Numbers, []uint32{1, 2}) {
		t.Errorf("%+v, %v", sorted, err)
	}
	forest, err := c.Thread(true, References)
	if err != nil || forest.String() != "(1 2)(3)(4)(5)" {
		t.Errorf("%s, %v", forest, err)
	}
	c.Capabilities = Capabilities{"IMAP4rev1"}
	missing := (*NotOfferedError)(nil)
	if _, err := c.ExtendedSearch(false, ReturnMin); !errors.As(err, &missing) || missing.Keyword != "ESEARCH" {
		t.Error(err)
	}
	c.Capabilities = Capabilities{"ESEARCH"}
	if _, err := c.ExtendedSearch(false, ReturnSave); !errors.As(err, &missing) || missing.Keyword != "SEARCHRES" {
		t.Error(err)
	}
}

// Servers answer in several lines, or in none, or as if nobody had asked for more.
func TestClientSearchesElsewhere(t *testing.T) {
	c, _ := to(t, hello+"* SEARCH 1 2\r\n* 3 EXISTS\r\n* SEARCH 7 \r\na001 OK done\r\n|a002 OK done\r\n|"+
		"* SEARCH 0\r\na003 OK done\r\n|* THREAD (1\r\na004 OK done\r\n|a005 NO [BADCHARSET (US-ASCII)] no\r\n")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	var unasked []Data
	c.Unasked = func(d Data) { unasked = append(unasked, d) }
	got, err := c.Search(false)
	if err != nil || !slices.Equal(got.Numbers, []uint32{1, 2, 7}) || len(unasked) != 1 {
		t.Errorf("%+v, %v, unasked %v", got, err, unasked)
	}
	if got, err := c.Search(false); err != nil || len(got.Numbers) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	wrong := (*DataError)(nil)
	if got, err := c.Search(false); !errors.As(err, &wrong) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Thread(false, References); !errors.As(err, &wrong) {
		t.Errorf("%+v, %v", got, err)
	}
	refusal := (*Response)(nil)
	if got, err := c.Search(false, Flagged("ALL")); !errors.As(err, &refusal) || refusal.Status != NO {
		t.Errorf("%+v, %v", got, err)
	}
}
