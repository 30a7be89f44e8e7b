package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"mailtool/internal/escape"
	"mailtool/mime"
	"mailtool/trace/term"
)

// A problem is an error as a person is told of it: what was asked and what came, and
// what to type next. Its sentences lie in the text files.
type problem struct {
	status int
	key    string   // of the sentence behind "error:"
	args   []string // names and words for it
	hints  []hint
	cause  error
}

// A hint is a sentence and the command that it talks of; one of them may be missing.
type hint struct {
	key     string
	args    []string
	command string
}

// Error is the key and the words, for tests: people get the sentence.
func (e *problem) Error() string {
	return strings.TrimSpace(e.key + " " + strings.Join(e.args, " "))
}

func (e *problem) Unwrap() error { return e.cause }

// fail makes a problem. args are names and words for its sentence.
func fail(status int, key string, args ...string) *problem {
	return &problem{status: status, key: key, args: args}
}

// hint adds a hint and returns the problem.
func (e *problem) hint(key, command string, args ...string) *problem {
	e.hints = append(e.hints, hint{key, args, command})
	return e
}

// because keeps the error behind a problem.
func (e *problem) because(err error) *problem {
	e.cause = err
	return e
}

// choice is the problem of a flag that takes certain words only.
func (p *program) choice(flag, word, words string) *problem {
	key := "error/choice"
	if !strings.Contains(words, ",") {
		key = "error/choice/one"
	}
	return fail(exitUsage, key, "flag", flag, "word", word, "words", words)
}

// report tells of an error and returns the exit status.
func (p *program) report(err error) int {
	status := statusOf(err)
	var said exitStatus
	if err == nil || errors.As(err, &said) || status == exitInterrupted {
		return status
	}
	e := p.explained(err)
	at := layout{head: "error: ", columns: width(p.err)}
	for _, line := range at.lines([]pair{{words: p.sentence(e.key, e.args)}}) {
		fmt.Fprintln(p.err, line)
	}
	p.printHints(e.hints)
	return status
}

// isPath are the names by which sentences ask for the path of a file or a folder of the disk,
// and for what the system says is wrong with one.
var isPath = map[string]bool{"file": true, "dir": true, "cert": true, "key": true, "why": true}

// sentence fills in words that came from outside: they are escaped.
func (p *program) sentence(key string, args []string) string {
	safe := make([]string, len(args))
	for i, a := range args {
		safe[i] = a
		switch {
		case i%2 == 0:
		case isPath[args[i-1]]:
			safe[i] = escape.Path(a, filepath.Separator)
		case args[i-1] == "reply":
			safe[i] = term.Escape([]byte(shortened(a)))
		default:
			safe[i] = term.Escape([]byte(a))
		}
	}
	return p.say(key, safe...)
}

// mostQuoted is how many octets of a reply are quoted: the longest that people write fit.
const mostQuoted = 800

// shortened is as much of a reply as is quoted. A server may say megabytes.
func shortened(reply string) string {
	if len(reply) <= mostQuoted {
		return reply
	}
	n := mostQuoted
	for n > mostQuoted-utf8.UTFMax && !utf8.RuneStart(reply[n]) {
		n--
	}
	return reply[:n] + "..."
}

// printHints writes the hints, their commands in one column.
func (p *program) printHints(hints []hint) {
	at := layout{head: "hint:  ", gap: 3, columns: width(p.err)}
	if len(hints) == 1 {
		at.gap = 1
	}
	pairs := make([]pair, len(hints))
	for i, h := range hints {
		pairs[i].command = h.command
		if h.key != "" {
			pairs[i].words = strings.TrimSpace(p.sentence(h.key, h.args))
		}
	}
	for _, line := range at.lines(pairs) {
		fmt.Fprintln(p.err, line)
	}
}

// explained makes a problem of any error.
func (p *program) explained(err error) *problem {
	var (
		shown  *problem
		letter *mime.Error
		file   *os.PathError
		named  *os.LinkError
		wire   net.Error
	)
	r, b := replyIn(err), breachIn(err)
	switch {
	case errors.As(err, &shown):
		return shown
	case errors.As(err, &letter):
		return letterProblem(letter)
	case r != nil:
		return fail(exitRefused, "error/reply", "reply", r.Error())
	case isFarewell(err):
		return fail(farewellStatus(err), "error/imap/bye", "what", p.say("what/reply"),
			"reply", err.Error()).because(err)
	case b != nil:
		return p.brokenProblem(b, err)
	case errors.As(err, &file):
		return fileProblem(file)
	case errors.As(err, &named): // a file that should have got its name
		return fileProblem(&os.PathError{Op: named.Op, Path: named.New, Err: named.Err})
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fail(exitNoConnection, "error/cut")
	case errors.As(err, &wire) && wire.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fail(exitNoConnection, "error/silent")
	}
	return fail(exitLocal, "error/other", "why", err.Error())
}

// letterProblem tells what is wrong with what was to be sent.
func letterProblem(e *mime.Error) *problem {
	out := fail(exitLocal, e.ID)
	for i, a := range e.Args {
		name := strconv.Itoa(i + 1)
		if strings.HasPrefix(e.ID, "mime/file-") {
			name = "file"
		}
		out.args = append(out.args, name, a)
	}
	switch e.ID {
	case mime.ErrFileUTF16:
		out.hint("hint/utf16", "")
	case mime.ErrCharset:
		out.hint("hint/charset", "", "words", strings.Join(charsets, ", "))
	}
	return out
}

// fileProblem tells of a file that could not be read or written.
func fileProblem(e *os.PathError) *problem {
	key := "error/file"
	switch {
	case ofOutput(e):
		return fail(exitLocal, "error/output", "why", e.Err.Error()).because(e)
	case e.Path == "":
		return fail(exitUsage, "error/file/no-name").because(e)
	case errors.Is(e, syscall.ENOTDIR), e.Op == "mkdir" && isFile(e.Path): // for Windows something is missing
		key = "error/file/not-folder"
	case errors.Is(e, fs.ErrNotExist):
		key = "error/file/missing"
	case errors.Is(e, syscall.EISDIR), // for which Windows has no word
		e.Op == "read" && isFolder(e.Path):
		key = "error/file/folder"
	case errors.Is(e, fs.ErrPermission):
		key = "error/file/permission"
	}
	return fail(exitLocal, key, "file", e.Path, "why", e.Err.Error()).because(e)
}
