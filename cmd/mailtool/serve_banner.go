package main

import (
	"net"
	"strconv"
	"strings"

	"mailtool/sandbox"
	"mailtool/trace/term"
)

// banner says where the servers are, what becomes of the mail, and what to type.
func (s *serving) banner(out *term.Queue, box *sandbox.Sandbox) {
	if s.d.quiet {
		return
	}
	users := s.say("serve/anybody")
	if !s.o.AcceptAll {
		users = s.addresses(box)
	}
	addr := box.Addr()
	switch {
	case s.o.Class != nil:
		s.classBanner(out)
	case s.none(box):
		s.note(out, "serve/no-server")
	case box.Loopback():
		s.note(out, "serve/loopback")
	default:
		s.note(out, "serve/everywhere")
		if s.known(box) {
			s.note(out, "serve/no-default", "password", sandbox.DefaultPassword)
		}
	}
	s.where(out, box, users)
	if _, port, err := net.SplitHostPort(addr); err == nil && port != "25" {
		s.note(out, "serve/port-25", "port", port)
	}
	if s.o.Temp {
		s.note(out, "serve/temp", "count", s.counts(box))
	} else {
		s.note(out, "serve/mails", "count", s.counts(box), "dir", s.o.Dir)
	}
	if s.o.Unrecorded {
		s.note(out, "serve/unrecorded")
	}
	if s.save != "" {
		s.note(out, "serve/saving", "dir", s.save)
	}
	switch {
	case s.o.Class != nil:
		s.classDetails(out)
	case addr != "":
		s.next(out, s.offersNow(addr, box.Announced()))
	}
	s.note(out, "serve/how-to-end")
}

// addresses are those of the accounts, the first few.
func (s *serving) addresses(box *sandbox.Sandbox) string {
	const most = 4
	var all []string
	names := box.Users()
	for _, u := range names[:min(len(names), most)] {
		if !strings.Contains(u, "@") {
			u += "@" + box.Domain()
		}
		all = append(all, u)
	}
	if n := len(names) - most; n > 0 {
		all = append(all, s.say("serve/more-users", "n", strconv.Itoa(n)))
	}
	return strings.Join(all, s.say("serve/comma"))
}

// serverFlag is the flag with which a client on this machine reaches a server that
// listens on addr.
func serverFlag(addr string) string {
	if addr = reachable(addr); addr == "127.0.0.1:2525" {
		return ""
	}
	return " --server " + addr
}

// reachable is where a client on this machine finds a server that listens on addr. Nobody
// can connect to "every address": this machine is one of them.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// offersNow are commands to copy into a second window. They find the server by its folder,
// where it is announced there.
func (s *serving) offersNow(addr string, announced bool) []offer {
	dir := ""
	if usual, err := sandbox.DefaultDir(s.Getenv); err != nil || usual != s.o.Dir {
		dir = " --dir " + quoted(s.o.Dir)
	}
	server := serverFlag(addr)
	class, err := s.program.room()
	if !announced || class != nil || err != nil { // without it they would go to another
		server = " --server " + reachable(addr)
	} else if dir == "" {
		server = ""
	}
	list := []offer{{"mailtool smtp send" + server, "serve/offer/send"}}
	if !s.o.Temp {
		list = append(list, offer{"mailtool mailbox bob" + dir, "serve/offer/mailbox"})
	}
	if announced {
		list = append(list, offer{"mailtool trace show last" + dir, "serve/offer/trace"})
	}
	return append(list, offer{"mailtool smtp shell" + server, "serve/offer/shell"})
}

// quoted puts a name into the quotes that every shell knows, where it needs them.
func quoted(name string) string {
	if strings.ContainsAny(name, " \t&()[]{}^=;!'+,`~$*?") {
		return `"` + name + `"`
	}
	return name
}

// counts says how many mails lie in which mailbox.
func (p *program) counts(box *sandbox.Sandbox) string {
	var each []string
	const most = 6
	names := box.Users()
	for _, u := range names[:min(len(names), most)] {
		each = append(each, p.say("serve/count", "user", u, "n", strconv.Itoa(box.CountAll(u))))
	}
	if n := len(names) - most; n > 0 {
		each = append(each, p.say("serve/more-users", "n", strconv.Itoa(n)))
	}
	return strings.Join(each, p.say("serve/comma"))
}
