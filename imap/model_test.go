package imap

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A picture is what a client knows of the mailbox that it has selected, from what the server told
// it and from nothing else.
type picture struct {
	c        *talker
	readOnly bool
	aware    bool
	uids     []UID // 0 where it was not told yet
	flags    []string
	modSeqs  []uint64
	keywords map[string]bool
	wrong    []string
}

func (p *picture) blame(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// take takes in what the server told while a command was under way.
func (p *picture) take(verb string, data []string) {
	for _, d := range data {
		if rest, ok := strings.CutPrefix(d, "FLAGS ("); ok {
			for _, w := range strings.Fields(strings.TrimSuffix(rest, ")")) {
				p.keywords[w] = true
			}
			continue
		}
		number, rest, _ := strings.Cut(d, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue // OK
		}
		what, rest, _ := strings.Cut(rest, " ")
		switch what {
		case "EXISTS":
			if n < len(p.uids) {
				p.blame("%s: %s, but there were %d", verb, d, len(p.uids))
			}
			for len(p.uids) < n {
				p.uids, p.flags = append(p.uids, 0), append(p.flags, "?")
				p.modSeqs = append(p.modSeqs, 0)
			}
		case "EXPUNGE":
			if slices.Contains([]string{"STORE", "FETCH", "SEARCH"}, verb) || n < 1 || n > len(p.uids) {
				p.blame("%s: %s, of %d", verb, d, len(p.uids))
				continue
			}
			p.uids = slices.Delete(p.uids, n-1, n)
			p.flags = slices.Delete(p.flags, n-1, n)
			p.modSeqs = slices.Delete(p.modSeqs, n-1, n)
		case "FETCH":
			if n < 1 || n > len(p.uids) {
				p.blame("%s: %s, of %d", verb, d, len(p.uids))
				continue
			}
			p.fetched(verb, n-1, rest)
		}
	}
}

// fetched takes in "(UID 7 MODSEQ (9) FLAGS (\Seen))".
func (p *picture) fetched(verb string, i int, items string) {
	s := scanner{text: []byte(items)}
	sequence := false
	s.list(func() {
		switch item := s.upper(); item {
		case "UID":
			s.sp()
			uid := s.nzNumber()
			if p.uids[i] != 0 && p.uids[i] != uid {
				p.blame("%s: message %d was UID %d: %s", verb, i+1, p.uids[i], items)
			}
			p.uids[i] = uid
		case "MODSEQ":
			s.sp()
			s.list(func() {
				m := uint64(s.number64())
				if m < p.modSeqs[i] {
					p.blame("%s: message %d had %d: %s", verb, i+1, p.modSeqs[i], items)
				}
				p.modSeqs[i], sequence = m, true
			})
		case "FLAGS":
			s.sp()
			var words []string
			s.listOrNone(func() { words = append(words, s.run("a flag", isFlagChar)) })
			p.flags[i] = p.normal(words)
			for _, w := range words {
				if w[0] != '\\' && !p.keywords[w] {
					p.blame("%s: FLAGS had no %s", verb, w)
				}
			}
		case "BODY[TEXT":
			s.expect(']')
			s.sp()
			s.str()
		default:
			s.fail("one of those")
		}
	})
	if s.end(); s.err != nil {
		p.blame("%s: %s: %v", verb, items, s.err)
	}
	if sequence != p.aware && !strings.HasSuffix(verb, "FETCH") { // that may have asked for less
		p.blame("%s: aware is %v: %s", verb, p.aware, items)
	}
	if strings.HasPrefix(verb, "UID") && !strings.Contains(items, "UID ") {
		p.blame("%s: no UID: %s", verb, items)
	}
}

// normal are flags that can be compared; \Recent is each session's own.
func (p *picture) normal(words []string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == `\Recent` })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// run says a command, and takes in what comes.
func (p *picture) run(verb, args string) string {
	data, result := p.c.do(verb + args)
	if result == "" {
		p.blame("%s%s: no result", verb, args)
	}
	p.take(verb, data)
	return result
}

// silently does what STORE with .SILENT does to the picture, by itself, before the server
// is heard; what is not silent the server tells.
func (p *picture) silently(places []int, change FlagChange) {
	for _, i := range places {
		var flags Flags
		var words []string
		for _, w := range strings.Fields(p.flags[i]) {
			if f, k, _ := ParseFlag(w); k != "" {
				words = append(words, k)
			} else {
				flags |= f
			}
		}
		flags, words = change.Apply(flags, words)
		p.flags[i] = p.normal(append(strings.Fields(strings.Trim(flags.String(), "()")), words...))
	}
}

// step does something to the mailbox.
func (p *picture) step(r *rand.Rand) {
	n := len(p.uids)
	one := func() int { return 1 + r.IntN(n) }
	switch what := r.IntN(20); {
	case n == 0 || what == 0:
		p.run("NOOP", "")
	case what < 9:
		p.store(r, one(), one())
	case what < 12:
		p.expunge(r)
	case what < 14:
		p.run([]string{"COPY", "MOVE"}[r.IntN(2)], fmt.Sprintf(" %d %s", one(),
			[]string{"INBOX", "Lists"}[r.IntN(2)]))
	case what < 15:
		p.run("UID MOVE", fmt.Sprintf(" %d:%d INBOX", 1+r.IntN(20), 1+r.IntN(40)))
	case what < 17:
		tag := p.c.begin("IDLE")
		if got := p.c.next(); got != "+ idling" {
			p.blame("IDLE: %s", got)
		}
		p.c.send("DONE\r\n")
		data, _ := p.c.end(tag)
		p.take("IDLE", data)
	case what < 18:
		p.look(r, one(), one())
	case what < 19 && r.IntN(4) == 0:
		p.enter([]string{"SELECT INBOX", "EXAMINE INBOX", "SELECT INBOX (CONDSTORE)"}[r.IntN(3)])
	default:
		p.run("CHECK", "")
	}
}

func (p *picture) expunge(r *rand.Rand) {
	verb := []string{"EXPUNGE", "UID EXPUNGE"}[r.IntN(2)]
	args := ""
	if verb == "UID EXPUNGE" {
		args = fmt.Sprintf(" %d:%d", 1+r.IntN(40), 1+r.IntN(80))
	}
	p.run(verb, args)
}

// store changes flags: whatever the client has sent by its numbers is meant by them.
func (p *picture) store(r *rand.Rand, from, to int) {
	if from > to {
		from, to = to, from
	}
	change := FlagChange{Mode: StoreMode(r.IntN(3)), Flags: Flags(r.IntN(32))}
	if r.IntN(3) == 0 {
		change.Keywords = []string{[]string{"lab", "$Forwarded", "x", "y"}[r.IntN(4)]}
	}
	c := &StoreCommand{Set: MessageSet{Numbers: Set{{uint32(from), uint32(to)}}}, FlagChange: change,
		Silent: r.IntN(2) == 0}
	if r.IntN(5) == 0 && !p.readOnly {
		c.Conditional, c.UnchangedSince, c.Silent = true, uint64(1+r.IntN(1000)), false
		p.aware = true
	}
	var places []int
	for i := from - 1; i < to; i++ {
		if p.flags[i] != "?" {
			places = append(places, i)
		}
	}
	w := writer{}
	c.print(&w)
	if c.Silent && !p.readOnly {
		p.silently(places, change)
	}
	p.run("STORE", string(w.b))
}

// look asks for something, by numbers or UIDs.
func (p *picture) look(r *rand.Rand, from, to int) {
	switch r.IntN(4) {
	case 0:
		p.run("FETCH", fmt.Sprintf(" %d:%d (UID FLAGS)", from, to))
	case 1:
		p.run("FETCH", fmt.Sprintf(" %d:%d BODY[TEXT]", from, to)) // marks as read
	case 2:
		p.run("UID FETCH", " 1:* FLAGS")
	case 3:
		p.run([]string{"SEARCH", "UID SEARCH"}[r.IntN(2)], " SEEN")
	}
}

// enter selects the mailbox, and asks for what is there, or for nothing.
func (p *picture) enter(command string) {
	p.aware = p.aware || strings.HasSuffix(command, ")")
	p.readOnly = strings.HasPrefix(command, "EXAMINE")
	p.uids, p.flags, p.modSeqs, p.keywords = nil, nil, nil, map[string]bool{}
	data, result := p.c.do(command)
	if !strings.HasPrefix(result, "OK") {
		p.blame("%s: %s", command, result)
	}
	p.take("SELECT", data)
	if len(p.uids)%2 == 0 && len(p.uids) > 0 {
		p.run("UID FETCH", " 1:* FLAGS")
	}
}

// compare compares the picture with the truth.
func (p *picture) compare(truth []*Message) {
	p.run("NOOP", "")
	if len(p.uids) != len(truth) {
		p.blame("%d messages, and there are %d", len(p.uids), len(truth))
		return
	}
	for i, x := range truth {
		flags := strings.Fields(strings.Trim(x.Flags.String(), "()"))
		want := p.normal(append(flags, x.Keywords...))
		if p.uids[i] != 0 && p.uids[i] != x.UID || p.flags[i] != "?" && p.flags[i] != want ||
			p.modSeqs[i] > x.ModSeq {
			p.blame("message %d is UID %d (%s) %d, and not UID %d (%s) %d", i+1, x.UID, want, x.ModSeq,
				p.uids[i], p.flags[i], p.modSeqs[i])
		}
	}
}

// Ten clients do what they like in one mailbox, and mail arrives meanwhile. Afterwards each knows
// the truth, and nothing that it was told was wrong.
func TestTenClients(t *testing.T) {
	rounds, steps := 20, 40
	if testing.Short() {
		rounds = 4
	}
	for round := range rounds {
		s, m := bobs(20)
		m.deliver("bob@lab.test", "Lists", sample(1), 0)
		var all [10]*picture
		for i := range all {
			all[i] = &picture{c: talkTo(t, s)}
			all[i].c.must("LOGIN bob sesame")
			all[i].enter("SELECT INBOX")
		}
		var busy sync.WaitGroup
		for i, p := range all {
			busy.Add(1)
			go func() {
				defer busy.Done()
				r := rand.New(rand.NewPCG(uint64(round), uint64(i)))
				for range steps {
					if r.IntN(10) == 0 {
						m.deliver("bob@lab.test", Inbox, sample(1), Flags(r.IntN(32)), "new")
					}
					p.step(r)
				}
			}()
		}
		busy.Wait()
		for i, p := range all {
			p.compare(m.accounts["bob@lab.test"].folders[Inbox].messages)
			for _, w := range p.wrong {
				t.Errorf("round %d, client %d: %s", round, i, w)
			}
			p.c.close()
		}
		if t.Failed() {
			return
		}
		if m.boxes != 0 || m.stores != 0 {
			t.Errorf("%d mailboxes and %d stores are open", m.boxes, m.stores)
		}
	}
}

// Ten clients expunge all that they have marked, at once: each message is gone once for each.
func TestTenExpunge(t *testing.T) {
	s, m := bobs(500)
	var all [10]*picture
	for i := range all {
		all[i] = &picture{c: talkTo(t, s)}
		all[i].c.must("LOGIN bob sesame")
		all[i].enter("SELECT INBOX")
	}
	var busy sync.WaitGroup
	for i, p := range all {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for k := 0; k < 50 && len(p.uids) > 0; k++ {
				p.run("STORE", fmt.Sprintf(` %d +FLAGS.SILENT (\Deleted)`, 1+(k*7+i)%len(p.uids)))
				p.run("EXPUNGE", "")
			}
		}()
	}
	busy.Wait()
	for i, p := range all {
		p.flags = slices.Repeat([]string{"?"}, len(p.flags))
		p.compare(m.accounts["bob@lab.test"].folders[Inbox].messages)
		if len(p.wrong) > 0 {
			t.Errorf("client %d: %s", i, strings.Join(p.wrong, "\n"))
		}
	}
}

// Of many who change a flag under a condition, one succeeds: RFC 7162 §3.1.3.
func TestTenConditionalStores(t *testing.T) {
	s, m := bobs(1)
	var all [10]*talker
	for i := range all {
		all[i] = selecting(t, s, Inbox)
	}
	for range 50 {
		last := m.accounts["bob@lab.test"].folders[Inbox].messages[0].ModSeq
		results := make(chan string, len(all))
		for i, c := range all {
			go func() {
				_, result := c.do(fmt.Sprintf(`STORE 1 (UNCHANGEDSINCE %d) FLAGS (winner-%d-%d)`, last, i, last))
				results <- result
			}()
		}
		won := 0
		for range all {
			if result := <-results; result == "OK Changed" {
				won++
			} else if !strings.HasPrefix(result, "OK [MODIFIED 1]") {
				t.Error(result)
			}
		}
		if won != 1 {
			t.Fatalf("%d have won", won)
		}
	}
}

// What clients pipeline without waiting is answered in order, and no number moves under it.
func TestTenPipeline(t *testing.T) {
	s, m := bobs(40)
	var busy sync.WaitGroup
	for i := range 10 {
		c := selecting(t, s, Inbox)
		busy.Add(1)
		go func() {
			defer busy.Done()
			for k := range 20 {
				text := ""
				for n := range 5 {
					text += fmt.Sprintf("p%d.%d STORE 1 +FLAGS (\\Seen)\r\nq%d.%d NOOP\r\n", k, n, k, n)
				}
				c.send(text)
				for n := range 5 {
					for _, letter := range "pq" {
						data, result := c.end(fmt.Sprintf("%c%d.%d", letter, k, n))
						if !strings.HasPrefix(result, "OK") {
							t.Errorf("client %d: %s", i, result)
						}
						for _, d := range data {
							if strings.HasSuffix(d, "EXPUNGE") && (letter == 'p' || n < 4) {
								t.Errorf("client %d: %c%d: %s", i, letter, n, d)
							}
						}
					}
				}
			}
		}()
	}
	st, _ := m.open(context.Background(), Peer{}, "bob@lab.test")
	box, err := st.Select(context.Background(), Inbox, false)
	if err != nil {
		t.Fatal(err)
	}
	for uid := UID(40); uid > 5; uid-- { // message 1 stays
		if _, err := box.Store(context.Background(), []UID{uid}, FlagChange{Flags: FlagDeleted}); err != nil {
			t.Fatal(err)
		}
		if err := box.Expunge(context.Background(), []UID{uid}); err != nil {
			t.Fatal(err)
		}
	}
	busy.Wait()
	box.Close()
	st.Close()
}
