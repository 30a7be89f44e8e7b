package mailbox

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestVersion1 opens a database that the first version of the program made. That file is
// never written again: databases like it are out there.
func TestVersion1(t *testing.T) {
	file := version1(t)
	s := newStore(t, fixture{file: file})
	bob := must[User](t)(s.User(background, "BOB"))
	list := must[[]Message](t)(s.List(background, bob.Inbox, 0, 0))
	if len(list) != 2 || list[1].Flags != Seen || !slices.Equal(list[1].Keywords, []string{"work"}) {
		t.Fatalf("messages %+v", list)
	}
	if got := s.text(t, list[0].Body); got != "Subject: one\r\n\r\n" {
		t.Errorf("text %q", got)
	}
	e := must[Envelope](t)(s.Envelope(background, list[0].Envelope))
	if e.Sender != "<alice@lab.test>" {
		t.Errorf("envelope %+v", e)
	}
	p := s.deliver(t, "Subject: new\r\n\r\n", bob.Inbox)
	if p[0].UID != 4 {
		t.Errorf("UID %d", p[0].UID)
	}
	c := must[Changes](t)(s.ChangesSince(background, bob.Inbox, 0))
	if !slices.Equal(c.Expunged, []UID{3}) {
		t.Errorf("expunged %v", c.Expunged)
	}
	leftovers(t, s)
}

// TestSharedOfVersion1: in version 1 nobody counted who has a body. The copies that it made
// are counted when it is opened, and keep their octets when the others go.
func TestSharedOfVersion1(t *testing.T) {
	file := version1(t)
	db := must[*sql.DB](t)(sql.Open("sqlite", file))
	for _, text := range []string{
		`INSERT INTO messages SELECT folder_id, 4, body_id, envelope_id, octets, internal, zone,
			saved, modseq, flags FROM messages WHERE uid = 1`,
		`INSERT INTO messages SELECT folder_id, 5, body_id, envelope_id, octets, internal, zone,
			saved, modseq, flags FROM messages WHERE uid = 1`,
		`UPDATE folders SET uidnext = 6, messages = 4, octets = (SELECT SUM(octets) FROM messages),
			unseen = (SELECT COUNT(*) FROM messages WHERE flags & 1 = 0) WHERE id = 1`,
		`INSERT INTO loose VALUES (1, 0, 0)`, // a fourth was expunged
	} {
		must[sql.Result](t)(db.Exec(text))
	}
	check(t, db.Close())
	c := newClock()
	s := newStore(t, fixture{file: file, now: c.Now})
	bob := must[User](t)(s.User(background, "bob"))
	one := must[Message](t)(s.Message(background, bob.Inbox, 4))
	leftovers(t, s)
	for _, uid := range []UID{1, 4, 5} {
		if got := s.text(t, one.Body); got != "Subject: one\r\n\r\n" {
			t.Fatalf("before %d was expunged: %q", uid, got)
		}
		must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{uid}))
		leftovers(t, s)
		c.forward(Grace + time.Second)
		check(t, s.Sweep(background))
	}
	if _, err := s.Body(background, one.Body); !errors.Is(err, ErrNoBody) {
		t.Errorf("when all were expunged: %v", err)
	}
}

// TestDeletedOfOlder: what is \\Deleted was not counted before. It is when it is opened, in
// each folder.
func TestDeletedOfOlder(t *testing.T) {
	file := version1(t)
	db := must[*sql.DB](t)(sql.Open("sqlite", file))
	must[sql.Result](t)(db.Exec(`UPDATE messages SET flags = 9 WHERE uid = 1`))
	var octets int64
	check(t, db.QueryRow(`SELECT octets FROM messages WHERE uid = 1`).Scan(&octets))
	check(t, db.Close())
	s := newStore(t, fixture{file: file})
	bob := must[User](t)(s.User(background, "bob"))
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.Deleted != 1 || f.DeletedOctets != octets || octets == 0 {
		t.Errorf("%d with %d octets, want 1 with %d", f.Deleted, f.DeletedOctets, octets)
	}
	other := must[Folder](t)(s.CreateFolder(background, bob.ID, "other", ""))
	if other.Deleted != 0 || other.DeletedOctets != 0 {
		t.Errorf("a new folder has %d", other.Deleted)
	}
}

// TestSchemaOfVersion1: a step that people have taken must not be changed.
func TestSchemaOfVersion1(t *testing.T) {
	steps := must[[]step](t)(schemaSteps())
	file := filepath.Join(t.TempDir(), "new.db")
	db := must[*sql.DB](t)(sql.Open("sqlite", file))
	defer db.Close()
	must[sql.Result](t)(db.Exec(steps[0].sql))
	old := must[*sql.DB](t)(sql.Open("sqlite", version1(t)))
	defer old.Close()
	if got, want := tables(t, db), tables(t, old); !slices.Equal(got, want) {
		t.Errorf("step %s makes\n%s\nand once made\n%s", steps[0].name,
			strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func version1(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail.db")
	db := must[*sql.DB](t)(sql.Open("sqlite", file))
	defer db.Close()
	text := must[[]byte](t)(os.ReadFile("testdata/version1.sql"))
	must[sql.Result](t)(db.Exec(string(text)))
	return file
}

// tables are the tables and indexes of a database, without comments and spaces.
func tables(t *testing.T, db *sql.DB) (found []string) {
	t.Helper()
	rows := must[*sql.Rows](t)(db.Query("SELECT sql FROM sqlite_master WHERE sql <> '' ORDER BY name"))
	check(t, eachRow(rows, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		var words []string
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "--")
			words = append(words, strings.Fields(line)...)
		}
		found = append(found, strings.Join(words, " "))
		return err
	}))
	return found
}

func TestMigration(t *testing.T) {
	f := fixture{file: version1(t)}
	next := step{"0004.sql", `
		ALTER TABLE users ADD COLUMN quota BIGINT NOT NULL DEFAULT 0;
		UPDATE users SET quota = 1000`}

	// A step that fails leaves all as it was.
	f.steps = []step{{"0004.sql", next.sql + "; SELECT nonsense FROM nowhere"}}
	if s, err := f.open(); err == nil {
		s.Close()
		t.Fatal("a step that fails is no error")
	} else if !strings.Contains(err.Error(), "0004.sql") {
		t.Errorf("the error names no step: %v", err)
	}

	f.steps = []step{next, {"0005.sql", "UPDATE users SET quota = quota * 2"}}
	for range 2 { // the second time there is nothing to do
		s := must[*Store](t)(f.open())
		if n := count(t, s, "SELECT quota FROM users WHERE folded = 'bob'"); n != 2000 {
			t.Errorf("quota %d", n)
		}
		check(t, s.Close())
	}

	f.steps = nil
	_, err := f.open()
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Database != 5 || newer.Program != 3 {
		t.Errorf("a newer database: %v", err)
	} else if !strings.Contains(err.Error(), "5") || !strings.Contains(err.Error(), "3") {
		t.Errorf("the error does not name both: %v", err)
	}
}

func TestNoDatabaseOfOurs(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	check(t, os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600))
	version := func(sql string) string {
		file := version1(t)
		db := must[*Store](t)(fixture{file: file}.open())
		check(t, db.do(background, 0, func(t *tx) error { return t.exec(sql) }))
		check(t, db.Close())
		return file
	}
	for name, file := range map[string]string{
		"garbage":    garbage,
		"no version": version("DELETE FROM settings"),
		"no number":  version("UPDATE settings SET value = 'x'"),
		"number 0":   version("UPDATE settings SET value = '0'"),
	} {
		s, err := fixture{file: file}.open()
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
