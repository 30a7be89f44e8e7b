package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mailtool/sandbox"
)

// A memory is what a program has fetched of an account, by unique-id: POP3's server does not
// know. It is a file to which a line is added for each message, when that is safe, so that who
// is interrupted has lost nothing. A line that was cut off says nothing.
type memory struct {
	path  string // "" where it ends with the run
	have  map[string]string
	began *beginning // a message that was being added to a file of several, or nil
	file  *os.File
}

// A beginning is the word that a message is added to a file behind its first octets.
type beginning struct {
	key, place string
	at         int64
}

// memoryFolder is the folder, in the user's own, of the memories of all programs.
const memoryFolder = "fetched"

// memoryPath is the file of what the program as has fetched for a user from a host.
func (p *program) memoryPath(as, user, host string) (string, error) {
	dir, err := sandbox.DefaultDir(p.Getenv)
	account := url.QueryEscape(strings.ToLower(user)) + "@" + url.QueryEscape(host)
	return filepath.Join(dir, memoryFolder, as, account), err
}

// openMemory reads a memory, and makes it where there is none.
func openMemory(path string) (*memory, error) {
	m := &memory{path: path, have: map[string]string{}}
	if path == "" {
		return m, nil
	}
	octets, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := octets[:bytes.LastIndexByte(octets, '\n')+1]
	if err := m.read(whole); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if m.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	err = m.file.Truncate(int64(len(whole)))
	if err == nil {
		_, err = m.file.Seek(0, 2)
	}
	if err != nil {
		m.file.Close()
		return nil, err
	}
	return m, nil
}

// read takes the lines of a memory in.
func (m *memory) read(octets []byte) error {
	in := bufio.NewScanner(bytes.NewReader(octets))
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		words, ok := quotedWords(in.Text())
		switch {
		case ok && len(words) == 3 && words[0] == "have":
			m.have[words[1]] = words[2]
			m.began = nil
		case ok && len(words) == 4 && words[0] == "begin":
			at, err := strconv.ParseInt(words[3], 10, 64)
			if err == nil {
				m.began = &beginning{words[1], words[2], at}
				continue
			}
			fallthrough
		default:
			return fail(exitLocal, "error/fetch/memory", "file", m.path, "line", strconv.Itoa(n)).
				hint("hint/fetch/memory", "")
		}
	}
	return in.Err()
}

// quotedWords reads words in Go's quotes, with spaces between them; the first has none.
func quotedWords(line string) ([]string, bool) {
	first, rest, _ := strings.Cut(line, " ")
	words := []string{first}
	for rest != "" {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, false
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, false
		}
		words = append(words, word)
		rest = strings.TrimPrefix(rest[len(quoted):], " ")
	}
	return words, true
}

// add remembers that a message is kept at a place.
func (m *memory) add(key, place string) error {
	m.have[key], m.began = place, nil
	if m.file == nil {
		return nil
	}
	_, err := fmt.Fprintf(m.file, "have %q %q\n", key, place)
	return err
}

// begin remembers that a message is about to be added to a file of at octets. It is on the disk
// before the message is.
func (m *memory) begin(key, place string, at int64) error {
	if m.file == nil {
		return nil
	}
	_, err := fmt.Fprintf(m.file, "begin %q %q %q\n", key, place, strconv.FormatInt(at, 10))
	if err == nil {
		err = m.file.Sync()
	}
	return err
}

func (m *memory) close() error {
	if m.file == nil {
		return nil
	}
	return errors.Join(m.file.Sync(), m.file.Close())
}

// otherMemories are how many messages other programs have of an account, by their names.
func (p *program) otherMemories(as, user, host string) map[string]int {
	others := map[string]int{}
	mine, err := p.memoryPath(as, user, host)
	if err != nil {
		return others
	}
	programs, err := os.ReadDir(filepath.Dir(filepath.Dir(mine)))
	if err != nil {
		return others
	}
	for _, other := range programs {
		path, _ := p.memoryPath(other.Name(), user, host)
		octets, err := os.ReadFile(path)
		if other.Name() == as || err != nil {
			continue
		}
		m := &memory{path: path, have: map[string]string{}}
		if m.read(octets[:bytes.LastIndexByte(octets, '\n')+1]) == nil {
			others[other.Name()] = len(m.have)
		}
	}
	return others
}

// uidKeys are by what messages are remembered: their unique-ids. Copies of one message may have
// the same in one session (RFC 1939 §7); from the second on they have a number behind it.
func uidKeys(uids []string) []string {
	keys := slices.Clone(uids)
	seen := map[string]int{}
	for i, uid := range uids {
		if seen[uid]++; seen[uid] > 1 {
			keys[i] = uid + " " + strconv.Itoa(seen[uid]) // a unique-id holds no space
		}
	}
	return keys
}
