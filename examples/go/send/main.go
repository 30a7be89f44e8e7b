// Command send is a mail client over a plain socket, without a fault: the same as
// right.py, in Go. It uses nothing of mailtool.
//
//	go run ./examples/go/send
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	addr := "127.0.0.1:2525"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	answer, err := send(addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}

// message is what people read. How it gets to Bob stands in the envelope: MAIL and RCPT.
func message(now time.Time) []string {
	return []string{
		"Date: " + now.Format("Mon, 2 Jan 2006 15:04:05 -0700"),
		"From: alice@lab.test",
		"To: bob@lab.test",
		"Subject: hello",
		fmt.Sprintf("Message-ID: <%d.%d@lab.test>", now.UnixNano(), os.Getpid()),
		"",
		"I love computer networks!",
		".com is a domain, too: this line begins with a dot.",
	}
}

// send holds the dialogue and returns what the server said to the message.
func send(addr string) (string, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	s := &session{conn, bufio.NewReader(conn)}
	if _, err := s.reply("220"); err != nil {
		return "", err
	}
	for _, step := range []struct{ line, want string }{
		{"EHLO [127.0.0.1]", "250"},
		{"MAIL FROM:<alice@lab.test>", "250"},
		{"RCPT TO:<bob@lab.test>", "250"},
		{"DATA", "354"},
	} {
		if _, err := s.command(step.line, step.want); err != nil {
			return "", err
		}
	}
	for _, line := range message(time.Now()) {
		if strings.HasPrefix(line, ".") {
			line = "." + line // a dot alone would end the message
		}
		if err := s.say(line); err != nil {
			return "", err
		}
	}
	answer, err := s.command(".", "250")
	if err != nil {
		return "", err
	}
	_, err = s.command("QUIT", "221")
	return answer, err
}

// A session is a connection to a mail server.
type session struct {
	conn net.Conn
	in   *bufio.Reader
}

// say sends a line with its CRLF.
func (s *session) say(line string) error {
	_, err := fmt.Fprintf(s.conn, "%s\r\n", line)
	return err
}

// command sends a line and waits for the reply.
func (s *session) command(line, want string) (string, error) {
	if err := s.say(line); err != nil {
		return "", err
	}
	return s.reply(want)
}

// reply reads a whole reply: the last of its lines has a space behind the code.
func (s *session) reply(want string) (string, error) {
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, want) {
			return "", fmt.Errorf("the server said: %s", line)
		}
		return line, nil
	}
}
