// Command mailtool shows e-mail at work: it speaks SMTP, POP3 and IMAP by hand, on both ends, and
// shows every line that crosses the wire, what it means, and which rule it breaks.
//
// Read main.go and program.go (what a run is made of), root.go (the tree of commands),
// protocol.go (what is spoken, and where), target.go and dial.go (to whom), live.go (a session
// of our own, traced), call.go (one with a server) with call_smtp.go, call_pop3.go and
// call_imap.go, secure.go and login.go (TLS and who logs in), errors.go and exit.go (how it ends);
// then one file for each command: those of SMTP in send.go, probe.go, inquiry.go and shell.go, those
// of POP3 in pop3_*.go, those of IMAP in imap_*.go, those about messages in mime_*.go, the others
// under their names. What people read lies in text/, in English and Chinese.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], thisSystem(), os.Stdin, os.Stdout, os.Stderr))
}
