package imap

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// What is in a message that a server refuses is told of, where it may be the reason.
func TestAppendBlame(t *testing.T) {
	const refused, full = "NO no", "NO [OVERQUOTA] full"
	for _, row := range []struct {
		message, result string
		line            int // 0 for no MessageError
		nul             bool
	}{
		{"a: b\r\n\r\nx\x00\r\n", "NO [UNKNOWN-CTE] no", 3, true},
		{"a: b\r\n\r\nx\x00\r\n", "BAD no", 3, true},
		{"a: \xc3\xa9\x00\r\n\r\n", refused, 1, true},
		{"a: b\r\nc: \xc3\xa9\r\n\r\n", refused, 2, false},
		{"a: b\r\n\r\n\xc3\xa9\r\n", refused, 0, false},
		{"a: b\r\n\r\n", refused, 0, false},
		{"a: \xc3\xa9\r\n\r\n", full, 0, false},
		{"a: \xc3\xa9\x00\r\n\r\n", "OK done", 0, false},
	} {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			in := bufio.NewReader(theirs)
			io.WriteString(theirs, "* PREAUTH x\r\n")
			line, _ := in.ReadString('\n')
			tag, _, _ := strings.Cut(line, " ")
			io.WriteString(theirs, "+ go\r\n")
			io.CopyN(io.Discard, in, int64(len(row.message)+2))
			io.WriteString(theirs, tag+" "+row.result+"\r\n")
		}()
		c := NewClient(ours)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		_, err := c.Append(Inbox, nil, time.Time{}, int64(len(row.message)),
			octetwise{strings.NewReader(row.message)})
		c.Close()
		var blame *MessageError
		var said *Response
		if got := errors.As(err, &blame); got != (row.line > 0) || got &&
			(blame.Line != row.line || blame.NUL != row.nul || !strings.Contains(err.Error(), "line ")) {
			t.Errorf("%q, %s: %v", row.message, row.result, err)
		}
		if ok := strings.HasPrefix(row.result, "OK"); errors.As(err, &said) == ok {
			t.Errorf("%q, %s: %v", row.message, row.result, err)
		}
	}
}

// An octetwise reads an octet at a time.
type octetwise struct{ io.Reader }

func (r octetwise) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }
