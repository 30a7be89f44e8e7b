package interop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// mbsyncConfiguration has all folders on both sides alike.
const mbsyncConfiguration = `
IMAPAccount lab
Host localhost
Port %s
User bob
Pass %s
AuthMechs %s
SSLType %s
CertificateFile %s

IMAPStore far
Account lab

MaildirStore near
Path %[6]s/mail/
Inbox %[6]s/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
CopyArrivalDate yes
SyncState %[6]s/state/
`

// A replica is bob's mail as mbsync keeps it.
type replica struct {
	dir    string
	server *plainIMAP // bob, at the same time
}

// sync has mbsync make both sides alike.
func (r *replica) sync(t *testing.T) {
	t.Helper()
	must(t, "", need(t, "mbsync"), "-c", filepath.Join(r.dir, "mbsyncrc"), "-a")
}

// mark is the field by which mbsync finds a message again that it has copied.
var mark = regexp.MustCompile(`(?m)^X-TUID: \S+\r\n`)

// files are those of a folder, by what is in them, with their names.
func (r *replica) files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, part := range []string{"new", "cur"} {
		names, _ := filepath.Glob(filepath.Join(r.dir, "mail", folder, part, "*"))
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
			all[string(mark.ReplaceAll(text, nil))] = name
		}
	}
	return all
}

// has fails unless a folder is on both sides with these messages.
func (r *replica) has(t *testing.T, folder string, all ...[]byte) {
	t.Helper()
	got := r.files(t, folder)
	if len(got) != len(all) {
		t.Errorf("%s: %d files, want %d", folder, len(got), len(all))
	}
	for i, m := range all {
		if got[string(m)] == "" {
			t.Errorf("%s: message %d is not there as it was", folder, i+1)
		}
	}
	r.ask(t, "EXAMINE "+quoteFolder(folder), fmt.Sprintf("* %d EXISTS", len(all)))
}

// ask says a command and fails unless it succeeds and answers, among others, so.
func (r *replica) ask(t *testing.T, command string, want ...string) []string {
	t.Helper()
	got, err := r.server.say(command)
	if err != nil || !strings.Contains(got[len(got)-1], " OK") {
		t.Fatalf("%s: %q, %v", command, got, err)
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, w) }) {
			t.Errorf("%s: %q, want %q", command, got, w)
		}
	}
	return got
}

// quoteFolder is the name of a folder on the wire: mbsync takes names of Maildirs as they are.
func quoteFolder(name string) string { return `"` + name + `"` }

// chinese is 中文/测试 in modified UTF-7 (RFC 3501 §5.1.3).
const chinese = "&Tk1lhw-/&bUuL1Q-"

// TestMbsync: mbsync keeps a copy of all folders, both ways: twice the same, flags, deletions,
// messages of each side.
func TestMbsync(t *testing.T) {
	need(t, "mbsync")
	for _, profile := range []sandbox.Profile{sandbox.Normal, sandbox.Full} {
		for _, door := range doors {
			s, at := folders(t, profile)
			v := at(door, loginCommand)
			synchronises(t, s, v)
			if t.Failed() {
				t.Fatalf("%s, %s", profile, door)
			}
		}
	}
}

func synchronises(t *testing.T, s *station, v visit) {
	t.Helper()
	r := newReplica(t, s, v)
	all := fetchable()
	s.fill(t, mailbox.Inbox, 0, all...)
	folders := []string{"&Tk1lhw-", chinese, "a &- b", "deep/er/still"}
	for i := range 20 {
		folders = append(folders, fmt.Sprint("many", i))
	}
	for _, f := range folders {
		r.ask(t, "CREATE "+quoteFolder(f))
	}
	for _, m := range all {
		r.ask(t, fmt.Sprintf("APPEND %s (\\Flagged) {%d}\r\n%s", quoteFolder(chinese), len(m), m))
	}
	r.sync(t)
	r.has(t, "INBOX", all...)
	r.has(t, chinese, all...)
	for _, f := range folders[2:] {
		r.has(t, f)
	}
	before := r.tree(t)
	r.sync(t)
	if after := r.tree(t); !slices.Equal(before, after) {
		t.Errorf("the second time is not as the first:\n%q\n%q", before, after)
	}
	r.bothChange(t, all)
	r.ask(t, "LOGOUT", "BYE")
	s.mu.Lock()
	n := len(s.sessions)
	s.mu.Unlock()
	for session := 1; session < n; session++ { // all but our own
		s.findings(t, session)
		if !s.logsIn(t, session, v) {
			t.Errorf("session %d does not log in by %s\n%s", session, v.mechanism, s.table(session))
		}
	}
}

// bothChange has either side change, and the other see it.
func (r *replica) bothChange(t *testing.T, all [][]byte) {
	t.Helper()
	inbox := r.files(t, "INBOX")
	seen, gone := inbox[string(all[0])], inbox[string(all[1])]
	name, _, _ := strings.Cut(filepath.Base(seen), ":")
	if err := os.Rename(seen, filepath.Join(r.dir, "mail", "INBOX", "cur", name+":2,RS")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	ours := []byte("From: near@lab.test\r\nSubject: near\r\n\r\nnear\r\n")
	path := filepath.Join(r.dir, "mail", chinese, "new", "1.near")
	if err := os.WriteFile(path, bytes.ReplaceAll(ours, []byte("\r\n"), []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := []byte("From: far@lab.test\r\nSubject: far\r\n\r\nfar\r\n")
	r.ask(t, "SELECT "+quoteFolder(chinese))
	r.ask(t, `STORE 1 +FLAGS.SILENT (\Deleted)`)
	r.ask(t, `STORE 2 FLAGS.SILENT (\Answered)`)
	r.ask(t, "EXPUNGE", "* 1 EXPUNGE")
	r.ask(t, fmt.Sprintf("APPEND INBOX {%d}\r\n%s", len(theirs), theirs))
	r.ask(t, "DELETE many7")
	r.ask(t, "UNSELECT")
	r.sync(t)
	r.has(t, "INBOX", append([][]byte{all[0], theirs}, all[2:]...)...)
	r.ask(t, "FETCH 1 FLAGS", `\Seen`, `\Answered`)
	r.has(t, chinese, append([][]byte{ours}, all[1:]...)...)
	if name := r.files(t, chinese)[string(all[1])]; !strings.HasSuffix(name, ":2,R") {
		t.Errorf("answered there, %s here", name)
	}
	before := r.tree(t)
	r.sync(t)
	if after := r.tree(t); !slices.Equal(before, after) {
		t.Errorf("after all there is more to do:\n%q\n%q", before, after)
	}
}

// newReplica is a copy that has nothing yet.
func newReplica(t *testing.T, s *station, v visit) *replica {
	t.Helper()
	r := &replica{dir: t.TempDir(), server: dialIMAP(t, s.IMAPAddr())}
	for _, name := range []string{"mail", "state"} {
		if err := os.Mkdir(filepath.Join(r.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	kind := map[string]string{"clear": "None", "starttls": "STARTTLS", "tls": "IMAPS"}[v.door]
	text := fmt.Sprintf(mbsyncConfiguration, v.port, sandbox.DefaultPassword,
		strings.TrimPrefix(v.mechanism, "+"), kind, v.ca, r.dir)
	if err := os.WriteFile(filepath.Join(r.dir, "mbsyncrc"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.ask(t, "LOGIN bob "+sandbox.DefaultPassword)
	return r
}

// tree is all files of the mail, by their names.
func (r *replica) tree(t *testing.T) (all []string) {
	t.Helper()
	filepath.Walk(filepath.Join(r.dir, "mail"), func(path string, info os.FileInfo, err error) error {
		if err == nil && !strings.HasPrefix(filepath.Base(path), ".") {
			all = append(all, path)
		}
		return err
	})
	return all
}
