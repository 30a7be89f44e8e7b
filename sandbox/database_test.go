package sandbox

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mailtool/mailbox"
)

var background = context.Background()

func openMailbox(t *testing.T, dir string, o MailboxOptions) *mailbox.Store {
	t.Helper()
	s, err := OpenMailbox(background, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// put delivers a text to a user who is made for it.
func put(t *testing.T, s *mailbox.Store, user, text string) {
	t.Helper()
	u, err := s.User(background, user)
	if errors.Is(err, mailbox.ErrNoUser) {
		u, err = s.AddUser(background, user)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := s.Draft(background)
	if _, err := io.Copy(d, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Deliver(background, mailbox.Delivery{To: []mailbox.FolderID{u.Inbox}}); err != nil {
		t.Fatal(err)
	}
}

// texts are the messages of a user.
func texts(t *testing.T, s *mailbox.Store, user string) (found []string) {
	t.Helper()
	u, err := s.User(background, user)
	if err != nil {
		t.Fatal(err)
	}
	mails, err := s.List(background, u.Inbox, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		body, err := s.Body(background, m.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body.Reader())
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(text))
	}
	return found
}

const hello = "Subject: hello\r\n\r\nhello\r\n"

func TestMailboxKeeps(t *testing.T) {
	// Any character may be in the path.
	dir := filepath.Join(t.TempDir(), "a b", "学生 50%?#&;")
	if runtime.GOOS == "windows" {
		dir = filepath.Join(t.TempDir(), "a b", "学生 50%#&;")
	}
	s := openMailbox(t, dir, MailboxOptions{})
	put(t, s, "bob", hello)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMailbox(t, dir, MailboxOptions{})
	if got := texts(t, s, "bob"); !slices.Equal(got, []string{hello}) {
		t.Errorf("mails %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, DatabaseFile)); err != nil {
		t.Error(err)
	}
}

// What OpenMailbox asks of the database is what it gets: a driver may sort, and a database
// ignores without a word what it cannot do any more.
func TestPragmas(t *testing.T) {
	for _, throwaway := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "mail.db")
		db, err := sql.Open("sqlite", dsn(file, writerPragmas((&MailboxOptions{Throwaway: throwaway}).synchronous()), "immediate"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		synchronous, overflow := "2", "2000" // FULL
		if throwaway {
			synchronous, overflow = "0", "1000"
		}
		for name, want := range map[string]string{"busy_timeout": "5000", "auto_vacuum": "2",
			"journal_mode": "wal", "synchronous": synchronous, "page_size": "4096",
			"wal_autocheckpoint": overflow, "journal_size_limit": "16777216",
			"cache_size": "-4096", "temp_store": "2"} {
			var got string
			if err := db.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
				t.Errorf("throwaway %v: %s is %s, want %s (%v)", throwaway, name, got, want, err)
			}
		}
	}
}

// The pragmas come in the order in which they are written.
func TestPragmaOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mail.db")
	pragmas := []string{"page_size(8192)", "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)"}
	db, err := sql.Open("sqlite", dsn(file, pragmas, "immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var size int
	if err := db.QueryRow("PRAGMA page_size").Scan(&size); err != nil || size != 8192 {
		t.Errorf("page_size %d, %v", size, err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mail.db")
	db, err := sql.Open("sqlite", dsn(file, readerPragmas, "deferred"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE a (b)"); err == nil {
		t.Error("a reader made a table")
	}
}

func TestThrowaway(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	s := openMailbox(t, "", MailboxOptions{Throwaway: true})
	other := openMailbox(t, "", MailboxOptions{Throwaway: true}) // none knows of the other
	put(t, s, "bob", hello)
	put(t, other, "alice", hello)
	if got := texts(t, s, "bob"); len(got) != 1 {
		t.Errorf("mails %q", got)
	}
	s.Close()
	other.Close()
	left, err := os.ReadDir(temp)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMailboxIsLocked(t *testing.T) {
	dir := t.TempDir()
	s := openMailbox(t, dir, MailboxOptions{})
	_, err := OpenMailbox(background, dir, MailboxOptions{})
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Errorf("opened twice: %v", err)
	}
	put(t, s, "bob", hello) // and the first has taken no harm
	s.Close()
	openMailbox(t, dir, MailboxOptions{})
}

func TestDamagedMailbox(t *testing.T) {
	good := t.TempDir()
	s := openMailbox(t, good, MailboxOptions{})
	for range 50 {
		put(t, s, "bob", hello+strings.Repeat("x\r\n", 1000))
	}
	s.Close()
	image, err := os.ReadFile(filepath.Join(good, DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	scribbled := bytes.Clone(image)
	for at := 4096; at < len(scribbled); at += 4096 {
		copy(scribbled[at:], "damaged damaged damaged damaged")
	}
	for name, content := range map[string][]byte{
		"no database": []byte(strings.Repeat("no database\n", 500)),
		"cut":         image[:len(image)/2],
		"scribbled":   scribbled,
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, DatabaseFile)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenMailbox(background, dir, MailboxOptions{})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, mailbox.ErrDamaged) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
		// Nothing was made worse: whoever has means to repair it can.
		if after, _ := os.ReadFile(file); !bytes.Equal(after, content) {
			t.Errorf("%s: the file was changed", name)
		}
		lock, err := lockFolder(dir)
		if err != nil {
			t.Errorf("%s: the folder is still locked: %v", name, err)
		} else {
			lock.unlock()
		}
	}
	// An empty file is a new database.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, DatabaseFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	openMailbox(t, dir, MailboxOptions{})
}

func TestNewerMailbox(t *testing.T) {
	dir := t.TempDir()
	openMailbox(t, dir, MailboxOptions{}).Close()
	file := filepath.Join(dir, DatabaseFile)
	db, err := sql.Open("sqlite", dsn(file, readerPragmas[:1], "immediate"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE settings SET value = '99' WHERE name = 'schema'"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err = OpenMailbox(background, dir, MailboxOptions{})
	var newer *mailbox.NewerError
	if !errors.As(err, &newer) || newer.Database != 99 {
		t.Errorf("a newer database: %v", err)
	}
}

// What is no folder, or cannot be written, is said in the system's words.
func TestNoFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "taken", DatabaseFile), 0o700); err != nil {
		t.Fatal(err)
	}
	cases := []string{filepath.Join(file, "dir"), filepath.Join(dir, "taken")}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 { // to root nothing is read-only
		closed := filepath.Join(dir, "closed")
		if err := os.Mkdir(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, closed)
	}
	for _, c := range cases {
		_, err := OpenMailbox(background, c, MailboxOptions{})
		var path *fs.PathError
		if !errors.As(err, &path) {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestReclaim(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mail.db")
	db, err := sql.Open("sqlite", dsn(file, writerPragmas("OFF"), "immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(background)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(background, query); err != nil {
			t.Fatal(err)
		}
	}
	pages := func() (n int) {
		t.Helper()
		if err := conn.QueryRowContext(background, "PRAGMA page_count").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	run("CREATE TABLE a (b)")
	if more, err := reclaim(background, conn); more || err != nil {
		t.Errorf("nothing to reclaim: %v, %v", more, err)
	}
	for range 80 {
		run("INSERT INTO a VALUES (zeroblob(1048576))")
	}
	run("DELETE FROM a")
	before := pages()
	more, err := reclaim(background, conn)
	// Pages that say where the others are go with them.
	if n := before - pages(); !more || err != nil || n < reclaimPages || n > reclaimPages+2 {
		t.Errorf("a step: %v, %v, %d pages", more, err, n)
	}
	for more {
		if more, err = reclaim(background, conn); err != nil {
			t.Fatal(err)
		}
	}
	if n := pages(); n > unusedPages+100 {
		t.Errorf("%d pages at the end", n)
	}
}
