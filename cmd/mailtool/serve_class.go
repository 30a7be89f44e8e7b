package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mailtool/internal/pki"
	"mailtool/sandbox"
	"mailtool/trace/term"
)

// passwordsFile lies in the server's folder and has the accounts of its classes with their
// passwords, to print and to cut. Once it is there it is used again, and what stands in it
// counts, whoever has written it.
const passwordsFile = "passwords.csv"

// maxStudents is how many --class N makes: their names have three digits.
const maxStudents = 999

// classroom prepares what --class asks for: who is in the class, by which passwords, and
// where it reaches the server.
func (s *serving) classroom() error {
	if s.room == "" {
		return nil
	}
	if err := s.classFlags(); err != nil {
		return err
	}
	wanted, err := s.students()
	if err != nil {
		return err
	}
	kept, err := s.enrolled()
	if err != nil {
		return err
	}
	all, changed := enrol(kept, wanted)
	for i := range all {
		if !all[i].made {
			continue
		}
		if all[i].password, err = newPassword(s.Secrets); err != nil {
			return err
		}
		changed = true
	}
	if changed {
		if err := sandbox.WriteWhole(s.o.Dir, passwordsFile, passwordTable(all)); err != nil {
			return err
		}
	}
	s.o.Class = &sandbox.Class{}
	for _, u := range wanted {
		u = all[slices.IndexFunc(all, u.is)]
		s.o.Class.Students = append(s.o.Class.Students,
			sandbox.Student{Name: u.name, Password: u.password})
	}
	s.o.Class.Addrs, err = sandbox.PrivateAddrs()
	return err
}

// classFlags refuses what would make of a class something else.
func (s *serving) classFlags() error {
	switch {
	case s.o.AcceptAll: // anybody in the room could fill the disk
		return twoFlags("--class", "--accept all")
	case s.o.Host != "":
		return twoFlags("--class", "--host")
	case s.o.Profile == sandbox.Textbook:
		return twoFlags("--class", "--profile textbook")
	}
	for _, server := range s.servers() {
		addr := *server.asked
		_, number := strconv.Atoi(addr)
		if addr != "" && addr != sandbox.On && addr != sandbox.Off && number != nil {
			return fail(exitUsage, "error/serve/class-host", "flag", "--"+server.name)
		}
	}
	return nil
}

// students are those that --class names: in a file, or as many as it says.
func (s *serving) students() ([]newcomer, error) {
	n, err := strconv.Atoi(s.room)
	if err != nil {
		return s.class(s.room, roll{domain: s.o.Domain})
	}
	if n < 1 || n > maxStudents {
		return nil, classSize(s.room)
	}
	var all []newcomer
	for i := range n {
		digits := "00" + strconv.Itoa(i+1)
		all = append(all, newcomer{name: "s" + digits[len(digits)-3:], made: true})
	}
	return all, nil
}

// classSize refuses a word behind --class.
func classSize(word string) error {
	return fail(exitUsage, "error/serve/class-size", "n", word, "most", strconv.Itoa(maxStudents))
}

// enrolled are those who have a password from an earlier class.
func (s *serving) enrolled() ([]newcomer, error) {
	kept, err := s.class(s.passwords(), roll{domain: s.o.Domain})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return kept, err
}

// passwords is the name of the file with the passwords.
func (s *serving) passwords() string { return filepath.Join(s.o.Dir, passwordsFile) }

// is says that two are the same account.
func (u newcomer) is(other newcomer) bool { return strings.EqualFold(u.name, other.name) }

// enrol adds the wanted to those who were there before, who keep their passwords unless they
// are wanted with another. Who has none yet is marked as made; changed says that something
// is new.
func enrol(kept, wanted []newcomer) (all []newcomer, changed bool) {
	all = slices.Clone(kept)
	for _, u := range wanted {
		switch at := slices.IndexFunc(all, u.is); {
		case at < 0:
			all, changed = append(all, u), true
		case !u.made && (all[at].made || all[at].password != u.password):
			all[at].password, all[at].made, changed = u.password, false, true
		}
	}
	return all, changed
}

// passwordTable is the file with the passwords. Spreadsheets take it for UTF-8 only if it
// begins with a byte-order mark; where all is ASCII none is needed.
func passwordTable(all []newcomer) string {
	var out bytes.Buffer
	table := csv.NewWriter(&out)
	table.UseCRLF = true // RFC 4180 §2
	rows := [][]string{{"user", "password"}}
	for _, u := range all {
		rows = append(rows, []string{u.name, u.password})
	}
	table.WriteAll(rows) // into memory: nothing fails
	if text := out.String(); len(text) == utf8.RuneCountInString(text) {
		return text
	}
	return "\ufeff" + out.String()
}

// classBanner says what a class needs to come in, and what it has to know.
func (s *serving) classBanner(out *term.Queue) {
	s.note(out, "serve/class")
	if !s.o.RequireTLS {
		s.note(out, "serve/class/lesson")
	}
	if len(s.o.Class.Addrs) == 0 {
		s.note(out, "serve/class/alone")
	}
}

// classDetails say where the passwords are and by what the server is known, and end with
// what the class types.
func (s *serving) classDetails(out *term.Queue) {
	s.note(out, "serve/class/passwords", "file", s.passwords(),
		"n", strconv.Itoa(len(s.o.Class.Students)))
	if s.o.Cert == "" {
		if ca, err := pki.LoadCertificate(filepath.Join(s.o.Dir, pki.ClassFolder)); err == nil {
			s.note(out, "serve/class/fingerprint", "fingerprint", pki.Fingerprint(ca))
		}
	}
	var joins []offer
	moved := movedPorts(s.o.StandardPorts, s.o.PortOffset)
	for _, addr := range s.o.Class.Addrs {
		joins = append(joins,
			offer{"mailtool join " + addr.String() + moved, "serve/offer/join"})
	}
	s.offers(out, s.say("serve/class/types"), joins[:min(len(joins), 3)])
}

// movedPorts are the flags by which "mailtool join" finds ports that are not the usual ones.
func movedPorts(standard bool, offset int) string {
	switch {
	case standard:
		return " --standard-ports"
	case offset != 0:
		return " --port-offset " + strconv.Itoa(offset)
	}
	return ""
}

// atClass is the address to tell a class of a server that listens on addr, which is
// loopback's: the first of this machine's private ones.
func (s *serving) atClass(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || s.o.Class == nil || len(s.o.Class.Addrs) == 0 {
		return addr
	}
	return net.JoinHostPort(s.o.Class.Addrs[0].String(), port)
}
