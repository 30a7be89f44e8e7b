package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// PortsFile is the name of the file, in the directory of a sandbox, that says where its
// servers listen. It is there while the sandbox runs.
const PortsFile = "ports"

// Ports is what the file says. It has a word and a value a line, and comments:
//
//	# Where the servers of this sandbox listen, while it runs.
//	process 4711
//	domain lab.test
//	smtp 127.0.0.1:2525
//
// Whoever reads it passes over the words that it does not know.
type Ports struct {
	Process int    // the program's number in its system
	Domain  string // whose mail it takes
	Mailbox string // the folder that the mail lies in, "" where it is that of the file
	// Addresses, "" where there is no such server.
	SMTP, Submission, Submissions, POP3, POP3S, IMAP, IMAPS string
}

// servers are the addresses by the words that they have in the file, in its order.
func (p *Ports) servers() []struct {
	word string
	addr *string
} {
	return []struct {
		word string
		addr *string
	}{{"smtp", &p.SMTP}, {"submission", &p.Submission}, {"submissions", &p.Submissions},
		{"pop3", &p.POP3}, {"pop3s", &p.POP3S}, {"imap", &p.IMAP}, {"imaps", &p.IMAPS}}
}

// Has says that one of the servers listens on addr.
func (p Ports) Has(addr string) bool {
	for _, s := range p.servers() {
		if *s.addr == addr && addr != "" {
			return true
		}
	}
	return false
}

// String is the file.
func (p Ports) String() string {
	var b strings.Builder
	b.WriteString("# Where the servers of this sandbox listen, while it runs.\n")
	fmt.Fprintf(&b, "process %d\ndomain %s\n", p.Process, p.Domain)
	if p.Mailbox != "" {
		fmt.Fprintf(&b, "mailbox %s\n", p.Mailbox)
	}
	for _, s := range p.servers() {
		if *s.addr != "" {
			fmt.Fprintf(&b, "%s %s\n", s.word, *s.addr)
		}
	}
	return b.String()
}

// ParsePorts reads what String wrote.
func ParsePorts(r io.Reader) (Ports, error) {
	var p Ports
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		word, value, _ := strings.Cut(strings.TrimSpace(in.Text()), " ")
		switch word {
		case "process":
			number, err := strconv.Atoi(value)
			if err != nil {
				return Ports{}, fmt.Errorf("line %d: %w", n, err)
			}
			p.Process = number
		case "domain":
			p.Domain = value
		case "mailbox":
			p.Mailbox = value
		default:
			for _, s := range p.servers() {
				if s.word == word {
					*s.addr = value
				}
			}
		}
	}
	return p, in.Err()
}

// ReadPorts reads the file in the directory dir.
func ReadPorts(dir string) (Ports, error) {
	f, err := os.Open(filepath.Join(dir, PortsFile))
	if err != nil {
		return Ports{}, err
	}
	defer f.Close()
	p, err := ParsePorts(f)
	if err != nil {
		return Ports{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return p, nil
}

func (p Ports) write(dir string) error { return WriteWhole(dir, PortsFile, p.String()) }

// remove removes the file, unless another sandbox has made it its own.
func (p Ports) remove(dir string) {
	if now, err := ReadPorts(dir); err == nil && now == p {
		os.Remove(filepath.Join(dir, PortsFile))
	}
}
