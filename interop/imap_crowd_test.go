package interop

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mailtool/sandbox"
)

// A mirror is what a client knows of the mailbox that it has selected, from what it was told.
type mirror struct {
	*plainIMAP
	name string
	rng  *rand.Rand
	all  []mirrored
	log  []string // the last that was said and told
}

type mirrored struct {
	uid   int    // 0 where it is not known
	flags string // as they were told, "" where they are not known
}

var (
	numbered = regexp.MustCompile(`(?s)^\* (\d+) (EXISTS|EXPUNGE|RECENT|FETCH)(?: (.*))?$`)
	uidItem  = regexp.MustCompile(`\bUID (\d+)`)
	flagItem = regexp.MustCompile(`\bFLAGS \(([^)]*)\)`)
)

// told takes what was answered to a command. Numbers have to fit what was told before, and no
// message may go while numbers are in use (RFC 3501 §7.4.1).
func (m *mirror) told(command, r string) error {
	m.log = append(m.log, "\t"+r)
	x := numbered.FindStringSubmatch(r)
	if x == nil {
		return nil
	}
	n, _ := strconv.Atoi(x[1])
	switch x[2] {
	case "EXISTS":
		if n < len(m.all) {
			return fmt.Errorf("%d messages, and %d before", n, len(m.all))
		}
		m.all = append(m.all, make([]mirrored, n-len(m.all))...)
	case "EXPUNGE":
		for _, verb := range []string{"FETCH", "STORE", "SEARCH"} {
			if strings.HasPrefix(command, verb) {
				return fmt.Errorf("EXPUNGE in %s", command)
			}
		}
		if n < 1 || n > len(m.all) {
			return fmt.Errorf("EXPUNGE %d of %d", n, len(m.all))
		}
		m.all = slices.Delete(m.all, n-1, n)
	case "FETCH":
		if n < 1 || n > len(m.all) {
			return fmt.Errorf("FETCH %d of %d", n, len(m.all))
		}
		return m.fetched(n-1, x[3])
	}
	return nil
}

// fetched takes what was told of a message.
func (m *mirror) fetched(i int, items string) error {
	if x := uidItem.FindStringSubmatch(items); x != nil {
		uid, _ := strconv.Atoi(x[1])
		if known := m.all[i].uid; known != 0 && known != uid {
			return fmt.Errorf("message %d has UID %d, and %d before", i+1, uid, known)
		}
		m.all[i].uid = uid
		if i > 0 && m.all[i-1].uid >= uid {
			return fmt.Errorf("message %d has UID %d, and the one before %d", i+1, uid, m.all[i-1].uid)
		}
	}
	if x := flagItem.FindStringSubmatch(items); x != nil {
		words := slices.DeleteFunc(strings.Fields(x[1]), func(w string) bool { return w == `\Recent` })
		slices.Sort(words)
		m.all[i].flags = "(" + strings.Join(words, " ") + ")"
	}
	return nil
}

// do says a command. It may be refused, but not as something that is no command.
func (m *mirror) do(command string) error {
	m.log = append(m.log, command)
	if n := len(m.log); n > 60 {
		m.log = m.log[n-60:]
	}
	got, err := m.say(command)
	if err != nil {
		return err
	}
	for _, r := range got {
		if err := m.told(command, r); err != nil {
			return err
		}
	}
	last := got[len(got)-1]
	if !strings.Contains(last, " OK") && !strings.Contains(last, " NO") {
		return fmt.Errorf("%s", last)
	}
	if strings.HasPrefix(command, "SELECT") || strings.HasPrefix(command, "EXAMINE") {
		return m.do("UID FETCH 1:* (FLAGS)")
	}
	return nil
}

// set is a set of some of the messages; "" where there are none.
func (m *mirror) set() string {
	if len(m.all) == 0 {
		return ""
	}
	a, b := m.rng.IntN(len(m.all))+1, m.rng.IntN(len(m.all))+1
	return []string{fmt.Sprint(a), fmt.Sprintf("%d:%d", a, b), fmt.Sprintf("%d,%d", a, b), "*",
		fmt.Sprintf("%d:*", a)}[m.rng.IntN(5)]
}

// step does something.
func (m *mirror) step() error {
	set, flag := m.set(), []string{`\Seen`, `\Flagged`, `\Deleted`, "key"}[m.rng.IntN(4)]
	sign := []string{"+", "-", ""}[m.rng.IntN(3)]
	uid := fmt.Sprintf("%d:%d", m.rng.IntN(200)+1, m.rng.IntN(200)+1)
	commands := []string{"NOOP", "CHECK", "EXPUNGE", "UID EXPUNGE " + uid, "UID SEARCH ALL",
		"UID FETCH " + uid + " (FLAGS)", "UID STORE " + uid + " +FLAGS (" + flag + ")",
		"UID COPY " + uid + " other", "UID MOVE " + uid + " other", "STATUS other (MESSAGES UIDNEXT)",
		"APPEND box {2+}\r\nhi", "APPEND box (" + flag + ") {2+}\r\nhi", "APPEND box {2}\r\nhi",
		"APPEND box {2+}\r\nhi {2+}\r\nho"}
	if set != "" {
		commands = append(commands, "FETCH "+set+" (UID FLAGS)", "FETCH "+set+" BODY[]",
			"STORE "+set+" "+sign+"FLAGS ("+flag+")", "SEARCH "+set, "COPY "+set+" box", "MOVE "+set+" other")
	}
	if m.rng.IntN(12) == 0 {
		m.all = nil
		end := []string{"CLOSE", "UNSELECT", "SELECT other"}[m.rng.IntN(3)]
		if err := m.do(end); err != nil {
			return err
		}
		m.all = nil
		return m.do("SELECT box")
	}
	return m.do(commands[m.rng.IntN(len(commands))])
}

// TestIMAPCrowd has ten clients do what they like in one folder. Each is told a story that fits
// together, and in the end all know the same.
func TestIMAPCrowd(t *testing.T) {
	s := &station{}
	s.start(t, sandbox.Options{SMTP: "127.0.0.1:0", IMAP: "127.0.0.1:0", Profile: sandbox.Full})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	crowd := make([]*mirror, 10)
	for i := range crowd {
		crowd[i] = &mirror{plainIMAP: dialIMAP(t, s.IMAPAddr()), name: string(rune('A' + i)),
			rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		for _, c := range []string{"LOGIN bob sesame", "CREATE box", "CREATE other", "SELECT box"} {
			if err := crowd[i].do(c); err != nil {
				t.Fatal(c, err)
			}
		}
	}
	var all sync.WaitGroup
	for _, m := range crowd {
		all.Go(func() {
			for range 150 {
				if err := m.step(); err != nil {
					t.Errorf("%s: %v\n%s", m.name, err, strings.Join(m.log, "\n"))
					return
				}
			}
		})
	}
	all.Wait()
	if !t.Failed() {
		allAgree(t, crowd)
	}
}

// allAgree has all look once more: nobody learns anything new, and all see the same.
func allAgree(t *testing.T, crowd []*mirror) {
	t.Helper()
	for _, m := range crowd {
		if err := m.do("NOOP"); err != nil {
			t.Fatal(err)
		}
	}
	var first []mirrored
	for i, m := range crowd {
		before := slices.Clone(m.all)
		if err := m.do("UID FETCH 1:* (FLAGS)"); err != nil {
			t.Fatal(err)
		}
		for j, x := range before {
			if x.flags != "" && x.flags != m.all[j].flags {
				t.Errorf("%s was told %s of message %d, which has %s\n%s", m.name, x.flags, j+1,
					m.all[j].flags, strings.Join(m.log, "\n"))
			}
		}
		if i == 0 {
			first = m.all
		}
		if !slices.Equal(first, m.all) {
			t.Errorf("%s sees %v, A sees %v", m.name, m.all, first)
		}
	}
}
