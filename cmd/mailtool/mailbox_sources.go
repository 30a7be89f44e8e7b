package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/mime/mbox"
	"mailtool/mime/scan"
)

// A found is a message that was found in a file or folder, on its way into a mailbox.
type found struct {
	at    time.Time // when it came: from the file, else its Date, else the file's own time
	flags mailbox.Flags
	data  []byte // with CRLF
}

// findMessages hands over the messages in path, one after the other: of an mbox file, of one
// message in a file, of a Maildir, or of all files in a folder whose names end in .eml.
func findMessages(path string, take func(found) error) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return inFile(path, take)
	}
	if _, err := os.Stat(filepath.Join(path, "cur")); err == nil {
		return inMaildir(path, take)
	}
	names, err := filepath.Glob(filepath.Join(escapeGlob(path), "*.eml"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fail(exitLocal, "error/import/none", "file", path).hint("hint/import", "")
	}
	slices.Sort(names)
	for _, name := range names {
		if err := inFile(name, take); err != nil {
			return err
		}
	}
	return nil
}

// inFile reads an mbox, or a file that is one message.
func inFile(path string, take func(found) error) error {
	if strings.EqualFold(filepath.Ext(path), ".eml") {
		return oneMessage(path, take)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := mbox.NewReader(f)
	for n := 0; ; n++ {
		m, err := r.Next()
		switch {
		case err == io.EOF && n == 0:
			return fail(exitLocal, "error/import/none", "file", path).hint("hint/import", "")
		case err == io.EOF:
			return nil
		case errors.Is(err, mbox.ErrFormat):
			return fail(exitLocal, "error/import/format", "file", path).because(err).
				hint("hint/import", "")
		case errors.Is(err, mbox.ErrTooLarge):
			return fail(exitLocal, "error/file/large", "file", path).because(err)
		case err != nil:
			return err
		}
		if err := take(found{at: m.At, data: mime.Canonical(m.Data)}); err != nil {
			return err
		}
	}
}

// oneMessage reads a file that is a message and nothing else.
func oneMessage(path string, take func(found) error) error {
	octets, err := readFile(path, maxFile)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	m := found{at: info.ModTime()}
	if m.data, err = canonicalFile(path, octets); err != nil {
		return err
	}
	if date, ok := dateOf(m.data); ok {
		m.at = date
	}
	return take(m)
}

// canonicalFile is the message in the file name. The error names the file.
func canonicalFile(name string, octets []byte) ([]byte, error) {
	data, err := mime.CanonicalFile(octets)
	if problem, ok := err.(*mime.Error); ok {
		problem.Args = []string{name}
	}
	return data, err
}

// inMaildir reads a Maildir: a file for each message, in new and cur, whose name says what
// its reader did with it, behind ":2,". Windows allows no colon there.
func inMaildir(path string, take func(found) error) error {
	var all []fs.DirEntry
	where := map[string]string{}
	for _, sub := range []string{"cur", "new"} {
		list, err := os.ReadDir(filepath.Join(path, sub))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range list {
			if !e.IsDir() && e.Name()[0] != '.' {
				all = append(all, e)
				where[e.Name()] = filepath.Join(path, sub, e.Name())
			}
		}
	}
	// A name begins with the second in which the message came.
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range all {
		err := oneMessage(where[e.Name()], func(m found) error {
			m.flags = maildirFlags(e.Name())
			return take(m)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maildirLetter are the letters of a Maildir for flags, in the order in which they stand.
var maildirLetter = []struct {
	letter string
	flag   mailbox.Flags
}{{"D", mailbox.DraftFlag}, {"F", mailbox.Flagged}, {"R", mailbox.Answered}, {"S", mailbox.Seen},
	{"T", mailbox.Deleted}}

// maildirFlags reads the letters behind ":2,".
func maildirFlags(name string) mailbox.Flags {
	var flags mailbox.Flags
	i := strings.LastIndexAny(name, ":;!")
	if i < 0 || !strings.HasPrefix(name[i+1:], "2,") {
		return flags
	}
	for _, m := range maildirLetter {
		if strings.Contains(name[i+3:], m.letter) {
			flags |= m.flag
		}
	}
	return flags
}

// maildirLetters writes flags as maildirFlags reads them.
func maildirLetters(flags mailbox.Flags) string {
	letters := ""
	for _, m := range maildirLetter {
		if flags&m.flag != 0 {
			letters += m.letter
		}
	}
	return letters
}

// dateOf is what a message says about when it was sent.
func dateOf(message []byte) (time.Time, bool) {
	header := scan.ParseFields(message, scan.Limits{})
	f, ok := header.Get("Date")
	if !ok {
		return time.Time{}, false
	}
	at, err := mime.ParseDate(f.Value())
	return at, err == nil
}
