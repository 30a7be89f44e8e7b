package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"mailtool/mime/mbox"
	"mailtool/mime/scan"
	"mailtool/sandbox"
)

// A store is where fetched messages are kept on this machine.
type store interface {
	// put keeps the message that fetch writes, and returns where. It is safe on the disk then,
	// but for what sync does. An error of fetch is returned as it is.
	put(key string, fetch func(io.Writer) error) (place string, err error)
	// there says that what another run has put at a place still is there.
	there(place string) bool
	// sync has names of new files be on the disk.
	sync() error
}

// newStore is the store that -o names: a file of many messages, a Maildir, or with "" a folder
// with a file for each.
func newStore(output, as, account string, m *memory, now func() time.Time) (store, error) {
	switch {
	case output == "":
		return &emlFolder{dir: as, account: account, made: map[string]bool{}}, os.MkdirAll(as, 0o755)
	case isMbox(output):
		return newMboxFile(output, m, now)
	}
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(output, sub), 0o700); err != nil {
			return nil, err
		}
	}
	return &maildir{dir: output, account: account}, nil
}

func isMbox(output string) bool { return strings.EqualFold(filepath.Ext(output), ".mbox") }

// An emlFolder has a file for each message, byte for byte.
type emlFolder struct {
	dir, account string
	made         map[string]bool // in this run
}

func (e *emlFolder) put(key string, fetch func(io.Writer) error) (string, error) {
	name := fileName(e.account, key)
	f, err := newWhole(filepath.Join(e.dir, name+".eml"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if err := fetch(io.MultiWriter(f, sum)); err != nil {
		return "", errors.Join(err, f.discard())
	}
	// A file of that name is this message, from a run that was interrupted; or another's.
	for n := 2; ; n++ {
		there, err := sumOf(f.path)
		if errors.Is(err, os.ErrNotExist) ||
			err == nil && !e.made[f.path] && bytes.Equal(there, sum.Sum(nil)) {
			break
		}
		f.path = filepath.Join(e.dir, name+"-"+strconv.Itoa(n)+".eml")
	}
	e.made[f.path] = true
	return f.path, f.keep()
}

func sumOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
}

// fileName makes the name of a file of a unique-id, which may hold any printable ASCII. Some
// systems do not tell capitals apart in names of files, so that a digest does.
func fileName(account, key string) string {
	local, _, _ := strings.Cut(account, "@")
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, local+"-"+key)
	name := strings.TrimLeft(plain[:min(len(plain), 80)], ".-") + "_" + digest(account, key)[:8]
	if plain == local+"-"+key && plain == strings.ToLower(plain) && len(plain) < 100 {
		name = strings.TrimLeft(plain, ".-")
	}
	if isDevice(name) {
		name = "_" + name
	}
	return name
}

// digest is a name for a message of an account, always the same.
func digest(account, key string) string {
	sum := sha256.Sum256([]byte(account + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

func (e *emlFolder) there(place string) bool { return isFile(place) }

func (e *emlFolder) sync() error { return syncFolder(e.dir) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// syncFolder has the names in a folder be on the disk, where the system knows of that.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	f.Sync() // Windows does it by itself, and has no such call for folders
	return f.Close()
}

// A maildir has a file for each message, with the line ends of this system's programs. The name
// is made of the unique-id: a message that is put there twice is there once.
type maildir struct{ dir, account string }

func (d *maildir) put(key string, fetch func(io.Writer) error) (string, error) {
	name := "mailtool." + digest(d.account, key)[:24]
	tmp := filepath.Join(d.dir, "tmp", name)
	f, err := os.Create(tmp)
	if err != nil {
		return "", err
	}
	err = fetch(&lineFeeds{w: f})
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	place := filepath.Join(d.dir, "new", name)
	if err == nil && !d.there(place) {
		return place, sandbox.Rename(tmp, place)
	}
	return place, errors.Join(err, os.Remove(tmp))
}

// there looks for a message in new, and in cur where a program that has shown it puts it, with
// flags behind its name.
func (d *maildir) there(place string) bool {
	name := filepath.Base(place)
	if isFile(filepath.Join(d.dir, "new", name)) {
		return true
	}
	seen, err := filepath.Glob(filepath.Join(escapeGlob(d.dir), "cur", name+"*"))
	return err == nil && len(seen) > 0
}

// escapeGlob makes a path a pattern that is that path.
func escapeGlob(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}

func (d *maildir) sync() error { return syncFolder(filepath.Join(d.dir, "new")) }

// lineFeeds writes CRLF as LF.
type lineFeeds struct {
	w  io.Writer
	cr bool // a CR waits for its LF
}

func (l *lineFeeds) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+1)
	for _, c := range p {
		if l.cr && c != '\n' {
			out = append(out, '\r')
		}
		if l.cr = c == '\r'; !l.cr {
			out = append(out, c)
		}
	}
	if _, err := l.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// An mboxFile has all messages behind each other. A message that is added in part would spoil
// those behind it: so it is fetched whole first, and the memory knows when it began.
type mboxFile struct {
	path   string
	memory *memory
	now    func() time.Time
	found  map[string]bool // files that were there before this run
}

func newMboxFile(path string, m *memory, now func() time.Time) (*mboxFile, error) {
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, os.ErrNotExist) {
		return nil, fail(exitLocal, "error/file/no-folder", "file", path,
			"dir", filepath.Dir(path)).because(err)
	}
	place, err := filepath.Abs(path)
	return &mboxFile{path: path, memory: m, now: now,
		found: map[string]bool{place: isFile(place)}}, err
}

func (b *mboxFile) put(key string, fetch func(io.Writer) error) (string, error) {
	spool, err := os.CreateTemp("", "mailtool-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	if err := fetch(spool); err != nil {
		return "", err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	out, err := b.open()
	if err != nil {
		return "", err
	}
	place, err := filepath.Abs(b.path)
	if err == nil {
		err = b.add(out, key, place, spool)
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	return place, err
}

// open opens the file to be made longer, and shorter again if the disk is full. What another
// program adds meanwhile is written over on Windows alone: O_APPEND would forbid the latter there.
func (b *mboxFile) open() (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE
	if runtime.GOOS != "windows" {
		flags |= os.O_APPEND
	}
	return os.OpenFile(b.path, flags, 0o600)
}

func (b *mboxFile) add(out *os.File, key, place string, spool *os.File) error {
	end, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := b.memory.begin(key, place, end); err != nil {
		return err
	}
	sender, err := returnPath(spool)
	if err != nil {
		return err
	}
	w := mbox.NewWriter(out)
	err = w.Write(sender, b.now(), spool)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = out.Sync()
	}
	if err != nil { // a disk that is full, perhaps: what is there of the message goes again
		return errors.Join(err, out.Truncate(end))
	}
	return nil
}

// returnPath is who a message came from (RFC 5321 §4.4), "" where it does not say.
func returnPath(message io.ReadSeeker) (string, error) {
	first := make([]byte, 4096)
	n, err := io.ReadFull(message, first)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	header := scan.ParseFields(first[:n], scan.Limits{})
	f, _ := header.Get("Return-Path")
	_, err = message.Seek(0, io.SeekStart)
	return strings.Trim(strings.TrimSpace(f.Value()), "<>"), err
}

// there says that the file was there when this run began: that it is now may be this run's doing.
func (b *mboxFile) there(place string) bool {
	found, asked := b.found[place]
	if !asked {
		found = isFile(place)
		b.found[place] = found
	}
	return found
}

func (b *mboxFile) sync() error { return syncFolder(cmp.Or(filepath.Dir(b.path), ".")) }

// repair takes the part of a message away that an interrupted run has left at the end of a
// file. Where something else has come behind it since, all stays as it is.
func (m *memory) repair() error {
	began := m.began
	if began == nil {
		return nil
	}
	m.began = nil
	f, err := os.OpenFile(began.place, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() <= began.at {
		return err
	}
	tail := make([]byte, info.Size()-began.at)
	if _, err := f.ReadAt(tail, began.at); err != nil {
		return err
	}
	const start = "From " // no other line of a message begins so: see package mbox
	if !bytes.HasPrefix(tail, []byte(start[:min(len(start), len(tail))])) ||
		bytes.Contains(tail, []byte("\n"+start)) {
		return nil
	}
	return f.Truncate(began.at)
}
