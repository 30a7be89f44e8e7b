package interop

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"testing"
)

// What strace wrote of a server is read here: whether each message was on the disk when the
// server promised to keep it (RFC 5321 §6.1).
//
// The test's messages have a number each, see tokens. Of each three things are looked for, in
// this order: the message is written into a file of the database, that file is synced and the
// call has returned, and the reply to the client, in which its recipient is named, is begun.

// A call is one line, or two joined: where a call was entered and where it returned.
type call struct {
	name, fd       string // "pwrite64", "7</tmp/x/mail.db-wal>"
	text           string // all of the line
	entered, ended int    // numbers of lines
}

var (
	enters  = regexp.MustCompile(`^(\d+) +(?:\d+\.\d+ )?(\w+)\((\d+<[^>]*>)?(.*)$`)
	resumes = regexp.MustCompile(`^(\d+) +(?:\d+\.\d+ )?<\.\.\. (\w+) resumed>(.*)$`)
)

// readCalls reads the output of strace -f -y.
func readCalls(in io.Reader) ([]*call, error) {
	var all []*call
	open := map[string]*call{} // by thread
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if m := resumes.FindStringSubmatch(line); m != nil {
			if c := open[m[1]]; c != nil && c.name == m[2] {
				c.ended, c.text = n, c.text+m[3]
				delete(open, m[1])
			}
			continue
		}
		m := enters.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		c := &call{name: m[2], fd: m[3], text: m[4], entered: n, ended: n}
		all = append(all, c)
		if strings.HasSuffix(line, "<unfinished ...>") {
			c.ended = 0
			open[m[1]] = c
		}
	}
	return all, lines.Err()
}

// unkept returns the numbers of the messages whose 250 was written before they were on the
// disk, and how many had a 250 in all.
func unkept(calls []*call) (early []string, promised int) {
	stored := map[string]int{} // where the write into the database had returned
	file := map[string]string{}
	done := map[string]bool{}
	for _, c := range calls {
		switch c.name {
		case "pwrite64", "pwritev", "write":
			if strings.Contains(c.fd, "mail.db") {
				for _, found := range tokens.message.FindAllStringSubmatch(c.text, -1) {
					if t := found[1]; stored[t] == 0 {
						stored[t], file[t] = c.ended, c.fd
					}
				}
				continue
			}
			for _, found := range tokens.recipient.FindAllStringSubmatch(c.text, -1) {
				if t := found[1]; strings.Contains(c.text, `"250 `) && !done[t] {
					done[t] = true
					promised++
					if !onDisk(calls, stored[t], c.entered, file[t]) {
						early = append(early, t)
					}
				}
			}
		}
	}
	return early, promised
}

// onDisk says that file was synced after line from, and the call had returned before line
// upto.
func onDisk(calls []*call, from, upto int, file string) bool {
	if from == 0 {
		return false
	}
	for _, c := range calls {
		if (c.name == "fsync" || c.name == "fdatasync") && strings.Contains(c.fd, path(file)) &&
			c.entered >= from && c.ended > 0 && c.ended < upto && strings.Contains(c.text, "= 0") {
			return true
		}
	}
	return false
}

// path is what stands in the brackets behind a number.
func path(fd string) string {
	_, p, _ := strings.Cut(fd, "<")
	return strings.TrimSuffix(p, ">")
}

func TestUnkept(t *testing.T) {
	const (
		account = `11 pwrite64(7</d/mail.db-wal>, "..token-1-%d-x", 4096, 0) = 4096` + "\n"
		stored  = `11 pwrite64(7</d/mail.db-wal>, "..letter-1-%d-x", 4096, 0) = 4096` + "\n"
		sync    = `11 fdatasync(7</d/mail.db-wal>) = 0` + "\n"
		begun   = `11 fdatasync(7</d/mail.db-wal> <unfinished ...>` + "\n"
		resumed = `11 <... fdatasync resumed>) = 0` + "\n"
		other   = `11 fdatasync(8</d/other>) = 0` + "\n"
		reply   = `12 write(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "250 2.0.0 Ok token-1-%d-x\r\n", 20) = 20` + "\n"
	)
	for _, test := range []struct {
		why, text string
		early     int
	}{
		{"stored, synced, promised", stored + sync + reply, 0},
		{"a sync that took a while", stored + begun + resumed + reply, 0},
		{"promised while it was synced", stored + begun + reply + resumed, 1},
		{"not synced", stored + reply, 1},
		{"synced too early", sync + stored + reply, 1},
		{"only its account was", account + sync + stored + reply, 1},
		{"another file was", stored + other + reply, 1},
		{"never stored", sync + reply, 1},
		{"failed", stored + strings.Replace(sync, "= 0", "= -1 EIO", 1) + reply, 1},
	} {
		t.Run(test.why, func(t *testing.T) {
			calls, err := readCalls(strings.NewReader(strings.ReplaceAll(test.text, "%d", "7")))
			if err != nil {
				t.Fatal(err)
			}
			early, promised := unkept(calls)
			if len(early) != test.early || promised != 1 {
				t.Errorf("%d of %d promises were early", len(early), promised)
			}
		})
	}
}
