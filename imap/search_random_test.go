package imap

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/mime/scan"
)

// naive says whether message n matches a key, as RFC 3501 §6.4.4 describes it and no faster.
func naive(s *session, n int, k *Key) bool {
	m := s.sel.messages[n-1]
	text := s.sel.box.(*memoryBox).m.texts[m.Key]
	words := memoryText{text, structureOf(text).Tree()}
	flag := func(f Flags) bool { return s.sel.flags(m)&f != 0 }
	keyword := slices.ContainsFunc(m.Keywords, func(w string) bool { return strings.EqualFold(w, k.Text) })
	came := DayOf(m.InternalDate())
	sent := Day(0)
	if date, err := scan.ParseDate([]byte(structureOf(text).Get("Date"))); err == nil {
		sent = DayOf(date)
	}
	age := s.srv.now().Unix() - m.Internal
	switch k.Name {
	case keyAnd:
		return !slices.ContainsFunc(k.Keys, func(k Key) bool { return !naive(s, n, &k) })
	case "OR":
		return slices.ContainsFunc(k.Keys, func(k Key) bool { return naive(s, n, &k) })
	case "NOT":
		return !naive(s, n, &k.Keys[0])
	case "ALL":
		return true
	case "ANSWERED", "UNANSWERED":
		return flag(FlagAnswered) == (k.Name == "ANSWERED")
	case "DELETED", "UNDELETED":
		return flag(FlagDeleted) == (k.Name == "DELETED")
	case "DRAFT", "UNDRAFT":
		return flag(FlagDraft) == (k.Name == "DRAFT")
	case "FLAGGED", "UNFLAGGED":
		return flag(FlagFlagged) == (k.Name == "FLAGGED")
	case "SEEN", "UNSEEN":
		return flag(FlagSeen) == (k.Name == "SEEN")
	case "RECENT", "OLD":
		return flag(FlagRecent) == (k.Name == "RECENT")
	case "NEW":
		return flag(FlagRecent) && !flag(FlagSeen)
	case "KEYWORD", "UNKEYWORD":
		return keyword == (k.Name == "KEYWORD")
	case "LARGER":
		return m.Octets > k.Number
	case "SMALLER":
		return m.Octets < k.Number
	case "OLDER":
		return age >= k.Number
	case "YOUNGER":
		return age <= k.Number
	case "MODSEQ":
		return m.ModSeq >= uint64(k.Number)
	case "BEFORE":
		return came < k.Day
	case "ON":
		return came == k.Day
	case "SINCE":
		return came >= k.Day
	case "SENTBEFORE":
		return sent != 0 && sent < k.Day
	case "SENTON":
		return sent != 0 && sent == k.Day
	case "SENTSINCE":
		return sent != 0 && sent >= k.Day
	case "HEADER":
		return words.Field(k.Field, k.Text)
	case "BODY":
		return words.InBody(k.Text)
	case "TEXT":
		return words.InText(k.Text)
	case keySet:
		return naiveSet(s, k.Set, uint32(n), uint32(len(s.sel.messages)), m.UID)
	case "UID":
		return naiveSet(s, k.Set, m.UID, s.sel.highestUID(), m.UID)
	}
	return words.Field(k.Name, k.Text)
}

func naiveSet(s *session, set MessageSet, n, highest uint32, uid UID) bool {
	for _, r := range set.Numbers {
		from, to := r.First, r.Last
		if from == 0 {
			from = highest
		}
		if to == 0 {
			to = highest
		}
		if min(from, to) <= n && n <= max(from, to) {
			return true
		}
	}
	return set.Saved && slices.Contains(slices.Collect(s.sel.saved.Numbers()), uid)
}

// randomMailbox is a session that has selected a mailbox of n letters of all kinds.
func randomMailbox(t testing.TB, r *rand.Rand, n int) *session {
	m := newMemory()
	begin := m.now()
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	for range n {
		zone := time.FixedZone("", (r.IntN(27)-12)*3600)
		ago := -time.Duration(r.IntN(5*86400)) * time.Second
		m.now = func() time.Time { return begin.Add(ago).In(zone) }
		text := "From: " + pick("alice", "bob", "carol") + "@lab.test\r\n" +
			pick("", "Cc: bob@lab.test\r\n") +
			pick("Subject: lunch\r\n", "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n", "") +
			pick("Date: Mon, 23 Nov 2026 23:15:02 -0800\r\n", "Date: Sun, 22 Nov 2026 00:15:02 +0200\r\n",
				"Date: never\r\n", "") +
			"\r\n" + pick("ketchup", "soup", "Alice") + strings.Repeat(".", r.IntN(50)) + "\r\n"
		m.deliver("bob@lab.test", Inbox, text, Flags(r.IntN(32)), pick("$Junk", "lab"))
	}
	m.now = func() time.Time { return begin }
	a := m.account("bob@lab.test")
	f := a.folders[Inbox]
	f.messages = slices.DeleteFunc(f.messages, func(*Message) bool { return r.IntN(4) == 0 })
	f.recent = UID(n / 2)
	srv := serverOver(m)
	store, _ := m.open(t.Context(), Peer{}, "bob@lab.test")
	box, err := store.Select(t.Context(), Inbox, false)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{srv: srv, ctx: t.Context(), store: store}
	s.out.server = true
	s.enter(box, false)
	for _, x := range s.sel.messages {
		if r.IntN(3) == 0 {
			s.sel.saved = append(s.sel.saved, Range{x.UID, x.UID})
		}
	}
	return s
}

// randomKey is a search key of any kind, that finds some letters of a randomMailbox.
func randomKey(r *rand.Rand, deep int) Key {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range keyArguments {
			if !yield(name) {
				return
			}
		}
	})
	name := names[r.IntN(len(names))]
	if r.IntN(3) == 0 {
		name = []string{"AND", "OR", "NOT"}[r.IntN(3)]
	}
	number := func() uint32 { return uint32(r.IntN(45)) } // 0 is "*"
	set := MessageSet{Numbers: Set{{number(), number()}, {number(), number()}}, Saved: r.IntN(3) == 0}
	switch argument := keyArguments[name]; argument {
	case argText, argField:
		text := []string{"alice", "BOB", "lunch", "ketchup", "GR\u00dc\u00dfE", "", "SOUP", "2026"}[r.IntN(8)]
		if argument == argField {
			return Header([]string{"date", "Subject"}[r.IntN(2)], text)
		}
		return Containing(name, text)
	case argKeyword:
		return HasKeyword(name, []string{"$junk", "LAB", "other"}[r.IntN(3)])
	case argDay:
		return Dated(name, Day(20261118+r.IntN(7)))
	case argSize:
		return Sized(name, int64(60+r.IntN(120)))
	case argInterval:
		return Sized(name, 1+int64(r.IntN(5*86400)))
	case argModSeq:
		return Sized(name, int64(r.IntN(50)))
	case argNone:
		return Flagged(name)
	case argUIDs:
		return InUIDs(set)
	}
	if name == keySet || deep == 0 {
		return InNumbers(set)
	}
	keys := []Key{randomKey(r, deep-1), randomKey(r, deep-1), randomKey(r, deep-1)}
	switch name {
	case "OR":
		return Or(keys[0], keys[1], keys[2:2+r.IntN(2)]...)
	case "NOT":
		return Not(keys[0])
	}
	return And(keys[:1+r.IntN(3)]...)
}

// Whatever is asked for, the answer is the naive one.
func TestSearchLikeTheNaiveOne(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := randomMailbox(t, r, 40)
		for range 50 {
			key := randomKey(r, 3)
			var want []int
			for n := range s.sel.messages {
				if naive(s, n+1, &key) {
					want = append(want, n)
				}
			}
			p := planner{s: s}
			q := query{s: s, test: p.all([]Key{key})}
			for _, c := range []struct {
				ends SearchReturn
				want []int
			}{{0, want}, {ReturnMin, want[:min(1, len(want))]}, {ReturnMax, want[max(0, len(want)-1):]}} {
				if got, err := q.find(c.ends); err != nil || !slices.Equal(got, c.want) {
					t.Fatalf("seed %d: %s: %d, %v, want %d", seed,
						AppendCommand(nil, "a", &SearchCommand{Criteria: Criteria{Keys: []Key{key}}}), got, err, c.want)
				}
			}
			ends, err := q.find(ReturnMin | ReturnMax)
			if err != nil || len(ends) != min(2, len(want)) || len(want) > 0 &&
				(ends[0] != want[0] || ends[len(ends)-1] != want[len(want)-1]) {
				t.Fatalf("seed %d: ends %d, want %d", seed, ends, want)
			}
		}
	}
}

// Random keys, printed and parsed, are the same.
func TestRandomKeysArePrintedAsTheyAreParsed(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		key := randomKey(r, 4)
		c := &SearchCommand{Criteria: Criteria{utf8Set, []Key{key}}}
		printed := AppendCommand(nil, "a", c)
		_, d, err := ParseCommand(printed)
		if err != nil {
			t.Fatalf("%s: %v", printed, err)
		}
		if got := AppendCommand(nil, "a", d); string(got) != string(printed) {
			t.Fatalf("%s, then %s", printed, got)
		}
	}
}

func FuzzSearchCommand(f *testing.F) {
	for _, text := range searchCommands {
		f.Add(text)
	}
	f.Add("SORT (SUBJECT REVERSE DATE) UTF-8 ALL")
	f.Add("UID THREAD REFERENCES US-ASCII TEXT \"gewp\"")
	f.Add("SEARCH CHARSET KOI8-R TEXT {4}\r\nXXXX")
	f.Fuzz(func(t *testing.T, text string) {
		_, c, err := ParseCommand([]byte("a " + text + "\r\n"))
		if err != nil {
			return
		}
		switch c := c.(type) {
		case *SearchCommand:
			if !c.knows() {
				return
			}
		case *SortCommand:
			if !c.knows() {
				return
			}
		case *ThreadCommand:
			if !c.knows() {
				return
			}
		default:
			return
		}
		again(t, c)
	})
}

func FuzzSearchData(f *testing.F) {
	for _, text := range append(searchResponses, "SORT 3 2", "THREAD (2)(3 6 (4 23)(44 7 96))") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, _, _ := strings.Cut(text, " ")
		if !slices.Contains([]string{"SEARCH", "ESEARCH", "SORT", "THREAD"}, strings.ToUpper(name)) {
			return
		}
		d, err := parseDataText(text)
		if err != nil {
			return
		}
		printed := AppendData(nil, d)
		e, err := parseDataText(strings.TrimSuffix(strings.TrimPrefix(string(printed), "* "), "\r\n"))
		if err != nil || !reflect.DeepEqual(d, e) {
			t.Errorf("%q: %+v, then %q: %+v, %v", text, d, printed, e, err)
		}
	})
}

// BenchmarkSearch looks for few of 10,000 messages by what is in memory.
func BenchmarkSearch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	s := randomMailbox(b, r, 100)
	few := s.sel.messages
	s.sel.messages = nil
	for n := range 10_000 {
		x := *few[n%len(few)]
		x.UID = UID(n + 1)
		s.sel.messages = append(s.sel.messages, &x)
	}
	for _, text := range []string{"ALL", "UNSEEN", "UNSEEN SINCE 21-Nov-2026 NOT KEYWORD $Junk LARGER 100",
		"UID 1:5000,7000:* OR SEEN FLAGGED", strings.Repeat("OR KEYWORD x ", 900) + "ANSWERED"} {
		_, c, err := ParseCommand([]byte("a SEARCH " + text))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%.60s", text), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p := planner{s: s}
				q := query{s: s, test: p.all(c.(*SearchCommand).Keys)}
				if _, err := q.find(0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
