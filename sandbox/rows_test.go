package sandbox

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mailtool/imap"
)

// differences are what rows.since is to say, found by a look at each message.
func differences(old, now []*imap.Message) (changed []*imap.Message, gone []imap.UID) {
	was, is := make(map[*imap.Message]bool), make(map[imap.UID]bool)
	for _, m := range old {
		was[m] = true
	}
	for _, m := range now {
		is[m.UID] = true
		if !was[m] {
			changed = append(changed, m)
		}
	}
	for _, m := range old {
		if !is[m.UID] {
			gone = append(gone, m.UID)
		}
	}
	return changed, gone
}

// TestRowsModel changes rows at random. Those of each moment stay as they are, and what happened
// between any two is found.
func TestRowsModel(t *testing.T) {
	type moment struct {
		rows rows
		all  []*imap.Message
	}
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 7))
		var now moment
		var next imap.UID = 1
		past := []moment{now}
		for range 60 {
			var changed []*imap.Message
			var gone []imap.UID
			all := slices.Clone(now.all)
			for i := 0; i < len(all); i++ {
				switch n := random.IntN(40); {
				case n == 0, n < 30 && random.IntN(400) == 0 && i > 600: // now and then a whole stretch
					gone = append(gone, all[i].UID)
					if n == 0 {
						changed = append(changed, &imap.Message{UID: all[i].UID, ModSeq: 99}) // both
					}
					all = slices.Delete(all, i, i+1)
					i--
				case n == 1:
					m := &imap.Message{UID: all[i].UID, ModSeq: all[i].ModSeq + 1}
					changed, all[i] = append(changed, m), m
				case n == 2:
					same := *all[i]
					changed = append(changed, &same) // no change at all
				}
			}
			for range random.IntN(4) * random.IntN(200) {
				m := &imap.Message{UID: next}
				next += 1 + imap.UID(random.IntN(3))
				changed, all = append(changed, m), append(all, m)
			}
			if random.IntN(30) == 0 {
				gone = nil
				for _, m := range now.all {
					gone = append(gone, m.UID)
				}
				all = slices.DeleteFunc(all, func(m *imap.Message) bool { return slices.Contains(gone, m.UID) })
			}
			now = moment{now.rows.with(changed, gone), all}
			past = append(past, now)
		}
		for _, m := range past {
			if got := m.rows.all(); !slices.Equal(got, m.all) || m.rows.count != len(m.all) {
				t.Fatalf("seed %d: %d rows, want %d", seed, m.rows.count, len(m.all))
			}
		}
		for range 40 {
			i := random.IntN(len(past))
			j := i + random.IntN(len(past)-i)
			changed, gone := past[j].rows.since(past[i].rows)
			wantChanged, wantGone := differences(past[i].all, past[j].all)
			if !slices.Equal(changed, wantChanged) || !slices.Equal(gone, wantGone) {
				t.Fatalf("seed %d, %d to %d: %d changed, %d gone, want %d and %d", seed, i, j,
					len(changed), len(gone), len(wantChanged), len(wantGone))
			}
		}
		for _, m := range now.all {
			if got := now.rows.find(m.UID); got != m {
				t.Fatalf("seed %d: UID %d is %v", seed, m.UID, got)
			}
		}
		if now.rows.find(0) != nil || now.rows.find(next) != nil {
			t.Errorf("seed %d: messages that are not there were found", seed)
		}
	}
}
