package main

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// maxClass is how long a file with accounts may be, in octets.
const maxClass = 1 << 20

// class reads those who are to have an account from a file: name[,password] on each line.
// What is wrong with it is told line by line, and then nobody gets one: half a class is
// worse than none.
func (p *program) class(file string, r roll) ([]newcomer, error) {
	octets, err := readFile(file, maxClass)
	if large := (*problem)(nil); errors.As(err, &large) {
		return nil, fail(exitLocal, "error/user/csv/large", "file", file)
	}
	if err != nil {
		return nil, err
	}
	text, charset, ok := classText(octets)
	if !ok {
		return nil, fail(exitLocal, "error/user/charset", "file", file).hint("hint/user/charset", "")
	}
	if charset != "" {
		p.note(p.err, "user/charset", "file", file, "charset", charset)
	}
	list, faults := classLines(text)
	faults = append(faults, checkClass(list, r)...)
	if len(faults) > 0 {
		return nil, faults.problem(file)
	}
	if len(list) == 0 {
		return nil, fail(exitLocal, "error/user/csv/empty", "file", file).hint("hint/user/csv", "")
	}
	return list, nil
}

// classText makes UTF-8 of a file: spreadsheets write what the system likes. charset names
// what is not UTF-8; ok is false if it is nothing that is known here.
func classText(octets []byte) (text, charset string, ok bool) {
	charset, from := charsetOf(octets)
	decoded := octets
	if from != nil {
		var err error
		if decoded, err = from.NewDecoder().Bytes(octets); err != nil {
			return "", charset, false
		}
	}
	text = strings.TrimPrefix(string(decoded), "\ufeff") // a byte-order mark
	return text, charset, from == nil || !strings.ContainsRune(text, utf8.RuneError)
}

// charsetOf recognises UTF-16 by its byte-order mark, or by the NULs beside the first two
// letters, and takes for GBK what is not UTF-8. For UTF-8 there is nothing to do.
func charsetOf(octets []byte) (name string, from encoding.Encoding) {
	var first [4]byte
	copy(first[:], octets)
	little, big := first[0] != 0 && first[2] != 0, first[1] != 0 && first[3] != 0
	switch {
	case first[0] == 0xff && first[1] == 0xfe, little && first[1] == 0 && first[3] == 0:
		return "UTF-16LE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case first[0] == 0xfe && first[1] == 0xff, big && first[0] == 0 && first[2] == 0:
		return "UTF-16BE", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case utf8.Valid(octets):
		return "", nil
	}
	return "GBK", simplifiedchinese.GB18030 // which has all of GBK
}

// A classFault is what is wrong with a line.
type classFault struct {
	line int
	key  string
	args []string
}

type classFaults []classFault

func (f *classFaults) add(line int, key string, args ...string) {
	*f = append(*f, classFault{line, key, append(args, "line", strconv.Itoa(line))})
}

// shownFaults is how many lines are told of.
const shownFaults = 10

func (f classFaults) problem(file string) *problem {
	slices.SortStableFunc(f, func(a, b classFault) int { return a.line - b.line })
	e := fail(exitLocal, "error/user/csv", "file", file)
	for _, fault := range f[:min(len(f), shownFaults)] {
		e.hint(fault.key, "", fault.args...)
	}
	if more := len(f) - shownFaults; more > 0 {
		e.hint("hint/user/csv/more", "", "n", strconv.Itoa(more))
	}
	return e.hint("hint/user/csv", "")
}

// classLines reads the lines. Empty ones are passed over, and so is a first one that says
// what the columns are.
func classLines(text string) (list []newcomer, faults classFaults) {
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.TrimLeadingSpace, in.ReuseRecord = -1, true, true
	for first := true; ; first = false {
		fields, err := in.Read()
		var broken *csv.ParseError
		switch {
		case err == io.EOF:
			return list, faults
		case errors.As(err, &broken):
			faults.add(broken.StartLine, "hint/user/csv/quotes")
			return list, faults // the quotes of all that follows are in doubt
		}
		line, _ := in.FieldPos(0)
		u := newcomer{name: strings.TrimSpace(fields[0]), line: line, made: true}
		if len(fields) > 1 {
			u.password, u.made = fields[1], fields[1] == ""
		}
		switch {
		case first && isHead(fields), blank(fields):
		case len(fields) > 2 && !blank(fields[2:]):
			faults.add(line, "hint/user/csv/columns", "n", strconv.Itoa(len(fields)))
		case u.name == "":
			faults.add(line, "hint/user/csv/blank")
		case u.password != strings.TrimSpace(u.password): // nobody sees that in a spreadsheet
			faults.add(line, "hint/user/csv/space")
		default:
			list = append(list, u)
		}
	}
}

// blank says that there is nothing in the fields.
func blank(fields []string) bool { return strings.TrimSpace(strings.Join(fields, "")) == "" }

// headWords are what the column of names is called in a file's first line.
var headWords = []string{"name", "user", "username", "user name", "login", "account", "address", "e-mail",
	"email", "用户", "用户名", "账号", "账户", "帐号", "姓名", "名字", "登录名", "邮箱"}

// secretWords are what the column of passwords is called.
var secretWords = []string{"password", "passwd", "pass", "密码", "口令"}

// isHead says that a line names its columns. One that has a password for "login" does not.
func isHead(fields []string) bool {
	is := func(word string, words []string) bool {
		return slices.Contains(words, strings.ToLower(strings.TrimSpace(word)))
	}
	return is(fields[0], headWords) && (len(fields) == 1 || fields[1] == "" || is(fields[1], secretWords))
}

// checkClass looks for what the server would refuse, and makes names of addresses.
func checkClass(list []newcomer, r roll) (faults classFaults) {
	seen := map[string]int{} // the line of each name; 0 for those who have an account
	for _, name := range r.names {
		seen[strings.ToLower(name)] = 0
	}
	for i := range list {
		u := &list[i]
		name, err := sandbox.UserName(u.name, r.domain)
		switch {
		case errors.Is(err, mailbox.ErrName):
			faults.add(u.line, "hint/user/csv/name", "user", u.name)
			continue
		case err != nil:
			faults.add(u.line, "hint/user/csv/elsewhere", "user", u.name, "domain", r.domain)
			continue
		}
		u.name = name
		switch before, there := seen[strings.ToLower(name)]; {
		case there && before == 0:
			faults.add(u.line, "hint/user/csv/exists", "user", name)
		case there:
			faults.add(u.line, "hint/user/csv/double", "user", name, "before", strconv.Itoa(before))
		}
		seen[strings.ToLower(name)] = u.line
		if !u.made && sandbox.CheckPassword(u.password) != nil {
			faults.add(u.line, "hint/user/csv/password")
		}
	}
	return faults
}
