// Package load is a client for measurements: it sends messages over many sessions at a
// time and does as little as a client can, so that what is measured is the server.
package load

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Load is what is sent to a server.
type Load struct {
	Addr     string
	Sessions int           // at a time
	Each     int           // messages in a session, one transaction after the other
	Length   time.Duration // how long messages are begun
	Message  []byte        // as it goes over the wire, with its dot
	To       string        // the recipient; bob@lab.test by default
}

// Letter is a message of nearly size octets as it goes over the wire.
func Letter(size int) []byte {
	var b strings.Builder
	b.WriteString("Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\n" +
		"To: bob@lab.test\r\nSubject: load\r\nMessage-ID: <1@lab.test>\r\n\r\n")
	for b.Len() < size-70 {
		b.WriteString("Do you like ketchup? I have a bottle of it left, and no chips.\r\n")
	}
	b.WriteString(".\r\n")
	return []byte(b.String())
}

// A Result is what came of a Load.
type Result struct {
	PerSecond float64 // messages taken; it is counted when a quarter of Length has passed
	Messages  int64   // in all
}

// Run sends, for Length and a quarter of it.
func (l Load) Run() (Result, error) {
	var sent atomic.Int64
	var stop atomic.Bool
	var wait sync.WaitGroup
	failures := make([]error, l.Sessions)
	for i := range l.Sessions {
		wait.Go(func() {
			for failures[i] == nil && !stop.Load() {
				failures[i] = l.session(&sent, &stop)
			}
		})
	}
	time.Sleep(l.Length / 4) // until the server's memory is as large as it gets
	before, began := sent.Load(), time.Now()
	time.Sleep(l.Length)
	perSecond := float64(sent.Load()-before) / time.Since(began).Seconds()
	stop.Store(true)
	wait.Wait()
	return Result{perSecond, sent.Load()}, errors.Join(failures...)
}

// session is one connection from greeting to close.
func (l Load) session(sent *atomic.Int64, stop *atomic.Bool) error {
	c, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	to := l.To
	if to == "" {
		to = "bob@lab.test"
	}
	in := bufio.NewReader(c)
	err = errors.Join(Say(c, in, "", "220"), Say(c, in, "EHLO [127.0.0.1]\r\n", "250"))
	for n := 0; err == nil && n < l.Each && !stop.Load(); n++ {
		err = errors.Join(Say(c, in, "MAIL FROM:<alice@lab.test>\r\n", "250"),
			Say(c, in, "RCPT TO:<"+to+">\r\n", "250"), Say(c, in, "DATA\r\n", "354"),
			Say(c, in, string(l.Message), "250"))
		sent.Add(1)
	}
	return errors.Join(err, Say(c, in, "QUIT\r\n", "221"))
}

// Say sends text and reads the reply, which has to be want.
func Say(c net.Conn, in *bufio.Reader, text, want string) error {
	if _, err := c.Write([]byte(text)); err != nil {
		return err
	}
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case len(line) < 4 || string(line[:3]) != want:
			return fmt.Errorf("%.20q was answered by %q", text, line)
		case line[3] != '-':
			return nil
		}
	}
}
