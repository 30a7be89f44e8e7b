// Command mailtool shows e-mail at work: it speaks SMTP by hand, on both ends, and shows
// every line that crosses the wire, what it means, and which rule it breaks.
//
// Read main.go and program.go (what a run is made of), root.go (the tree of commands),
// live.go (a session of our own, traced), call.go (one with an SMTP server), then one file
// for each command: send.go, probe.go, shell.go, trace.go. What people read lies in text/, in English and Chinese.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], thisSystem(), os.Stdin, os.Stdout, os.Stderr))
}
