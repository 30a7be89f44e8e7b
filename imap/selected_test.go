package imap

import (
	"slices"
	"testing"
)

// What happens twice before it is told is told once, as it is at last.
func TestLearn(t *testing.T) {
	at := func(uid UID, modSeq uint64) *Message { return &Message{UID: uid, ModSeq: modSeq} }
	m := &selected{messages: []*Message{at(2, 1), at(4, 1), at(6, 1), at(8, 1)}}
	m.learn(Changes{Messages: []*Message{at(4, 2), at(9, 2), at(10, 2)}, Expunged: []UID{1, 6}, Recent: 9,
		HighestModSeq: 2})
	m.learn(Changes{Messages: []*Message{at(2, 3), at(4, 3), at(11, 3)}, Expunged: []UID{2, 7, 10, 12},
		Recent: 11, HighestModSeq: 3})
	m.learn(Changes{})
	if want := []UID{2, 6}; !slices.Equal(m.gone, want) {
		t.Errorf("gone: %v, want %v", m.gone, want)
	}
	var news []UID
	for _, x := range m.news {
		news = append(news, x.UID)
		if x.UID == 4 && x.ModSeq != 3 {
			t.Errorf("%+v is not the last", x)
		}
	}
	if want := []UID{2, 4, 9, 11}; !slices.Equal(news, want) {
		t.Errorf("news: %v, want %v", news, want)
	}
	if m.newRecent != 9 || m.learned != 3 || m.removed {
		t.Errorf("%d, %d, %v", m.newRecent, m.learned, m.removed)
	}
	if fresh := m.takeFresh(); len(fresh) != 2 || fresh[0].UID != 9 || len(m.news) != 2 {
		t.Errorf("fresh: %v", fresh)
	}
	m.learn(Changes{Gone: true})
	if !m.removed || !m.isGone(6) || m.isGone(4) {
		t.Errorf("%+v", m)
	}
}

func TestMerge(t *testing.T) {
	same := func(u UID) UID { return u }
	for _, row := range [][3][]UID{
		{{}, {}, {}},
		{{1}, {}, {1}},
		{{}, {1}, {1}},
		{{1, 3}, {2, 3, 4}, {1, 2, 3, 4}},
		{{5, 6}, {1, 2}, {1, 2, 5, 6}},
		{{1, 2}, {5}, {1, 2, 5}},
	} {
		if got := merge(row[0], row[1], same); !slices.Equal(got, row[2]) {
			t.Errorf("%v and %v: %v", row[0], row[1], got)
		}
	}
}

// \Recent belongs to ranges of UIDs, of which some messages may be gone.
func TestCountRecent(t *testing.T) {
	m := viewOf(2, 4, 6, 8).sel
	for _, row := range []struct {
		recent []Range
		want   int
	}{
		{nil, 0}, {[]Range{{1, 1}}, 0}, {[]Range{{1, 2}}, 1}, {[]Range{{3, 7}}, 2}, {[]Range{{4, 9}}, 3},
		{[]Range{{2, 2}, {8, 8}}, 2}, {[]Range{{9, 20}}, 0},
	} {
		if m.recent = row.recent; m.countRecent() != row.want {
			t.Errorf("%v: %d", row.recent, m.countRecent())
		}
		n := 0
		for _, x := range m.messages {
			if m.flags(x)&FlagRecent != 0 {
				n++
			}
		}
		if n != row.want {
			t.Errorf("%v: %d are shown", row.recent, n)
		}
	}
}

// What arrives bit by bit is \Recent where no other session was told of it.
func TestArrive(t *testing.T) {
	m := viewOf().sel
	for _, row := range []struct {
		from, to, recent UID
		want             string
	}{
		{1, 3, 1, "1:3"}, {4, 4, 4, "1:4"}, {6, 8, 6, "1:8"}, {9, 12, 11, "1:8,11:12"}, {13, 14, 0, "1:8,11:12"},
		{15, 15, 15, "1:8,11:12,15"}, {16, 17, 16, "1:8,11:12,15:17"},
	} {
		var fresh []*Message
		for uid := row.from; uid <= row.to; uid++ {
			fresh = append(fresh, &Message{UID: uid})
		}
		m.newRecent = row.recent
		m.arrive(fresh)
		if got := Set(m.recent).String(); got != row.want || m.newRecent != 0 {
			t.Errorf("%d to %d: %s, want %s", row.from, row.to, got, row.want)
		}
	}
}

// Keywords that are new are told of once for all messages that changed or came, before any of them.
func TestKeywordsToldOnce(t *testing.T) {
	s, _ := bobs(2)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	other.must("STORE 1 +FLAGS (one)")
	other.must("STORE 2 +FLAGS (two one)")
	other.must("APPEND INBOX (three) {1+}\r\na")
	c.expect("NOOP", `FLAGS (\Answered \Flagged \Deleted \Seen \Draft one three two)`,
		`OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft one three two \*)] ...`,
		`1 FETCH (FLAGS (\Recent one))`, `2 FETCH (FLAGS (\Recent one two))`, "3 EXISTS", "2 RECENT", "OK ...")
	other.must("STORE 1:3 +FLAGS (two)")
	c.expect("NOOP", `1 FETCH (FLAGS (\Recent one two))`, `3 FETCH (FLAGS (three two))`, "OK ...")
}
