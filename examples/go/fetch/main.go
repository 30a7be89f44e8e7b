// Command fetch is a POP3 client in few lines: Go's library has none, but it knows what a line
// is and takes the doubled dots away (net/textproto). It uses nothing of mailtool.
//
//	go run ./examples/go/fetch
//
// It shows the newest letter in bob's mailbox, and keeps it there.
package main

import (
	"fmt"
	"io"
	"log"
	"net/textproto"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	addr := "127.0.0.1:2110"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	if err := fetch(addr, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// fetch writes the newest letter to w.
func fetch(addr string, w io.Writer) error {
	c, err := textproto.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := answer(c); err != nil { // the greeting
		return err
	}
	if _, err := say(c, "USER bob"); err != nil {
		return err
	}
	if _, err := say(c, "PASS sesame"); err != nil { // in clear: on this machine only
		return err
	}
	stat, err := say(c, "STAT")
	if err != nil {
		return err
	}
	var count, octets int
	if _, err := fmt.Sscan(stat, &count, &octets); err != nil {
		return fmt.Errorf("the answer to STAT is %q: %w", stat, err)
	}
	if count > 0 {
		if _, err := say(c, "RETR %d", count); err != nil {
			return err
		}
		if _, err := io.Copy(w, c.DotReader()); err != nil { // up to a lone dot
			return err
		}
	}
	_, err = say(c, "QUIT")
	return err
}

// say sends a command and reads the first line of its answer.
func say(c *textproto.Conn, format string, args ...any) (string, error) {
	if err := c.PrintfLine(format, args...); err != nil {
		return "", err
	}
	return answer(c)
}

// answer reads a line. It returns what stands behind +OK.
func answer(c *textproto.Conn) (string, error) {
	line, err := c.ReadLine()
	if err != nil {
		return "", err
	}
	status, text, _ := strings.Cut(line, " ")
	if status != "+OK" {
		return "", fmt.Errorf("the server said: %s", line)
	}
	return text, nil
}
