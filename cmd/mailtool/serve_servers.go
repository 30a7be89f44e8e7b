package main

import (
	"fmt"
	"slices"

	"mailtool/sandbox"
	"mailtool/trace/term"
)

// A listening is one of the servers that serve starts. Its flag has its name.
type listening struct {
	name     string
	asked    *string // what the flag says
	needsTLS bool
	addr     func(*sandbox.Sandbox) string // where it listens, "" for nowhere
}

// servers are all of them, in the order in which mail meets them.
func (s *serving) servers() []listening {
	return []listening{
		{"smtp", &s.o.SMTP, false, (*sandbox.Sandbox).Addr},
		{"submission", &s.o.Submission, true, (*sandbox.Sandbox).SubmissionAddr},
		{"submissions", &s.o.Submissions, true, (*sandbox.Sandbox).SubmissionsAddr},
		{"pop3", &s.o.POP3, false, (*sandbox.Sandbox).POP3Addr},
		{"pop3s", &s.o.POP3S, true, (*sandbox.Sandbox).POP3SAddr},
		{"imap", &s.o.IMAP, false, (*sandbox.Sandbox).IMAPAddr},
		{"imaps", &s.o.IMAPS, true, (*sandbox.Sandbox).IMAPSAddr},
	}
}

// where says where each server listens, and what it is for: addresses in one column, what it
// is for in the next.
func (s *serving) where(out *term.Queue, box *sandbox.Sandbox, users string) {
	widest := 0
	for _, server := range s.servers() {
		widest = max(widest, len(s.atClass(server.addr(box))))
	}
	for _, server := range s.servers() {
		if addr := server.addr(box); addr != "" {
			addr = fmt.Sprintf("%-*s", widest, s.atClass(addr))
			s.note(out, "serve/"+server.name, "addr", addr, "users", users)
		}
	}
}

// known says that there is a server that asks who somebody is.
func (s *serving) known(box *sandbox.Sandbox) bool {
	return slices.ContainsFunc(s.servers(), func(l listening) bool {
		return l.name != "smtp" && l.addr(box) != ""
	})
}

// none says that no server listens anywhere.
func (s *serving) none(box *sandbox.Sandbox) bool {
	for _, server := range s.servers() {
		if server.addr(box) != "" {
			return false
		}
	}
	return true
}
