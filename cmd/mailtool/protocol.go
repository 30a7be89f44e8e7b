package main

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// A protocol is one that our clients speak: what it is called, and where its servers are.
type protocol struct {
	name      trace.Protocol
	title     string // as people write it
	scheme    string // of a server's URL; with an s behind it TLS is meant
	upgrade   string // the command that begins TLS,
	agreed    string // and what a server says that agrees
	services  []service
	private   bool // nobody is served without a log-in
	dissector func(session string) trace.Dissector
}

// A service is what listens on a port. The sandbox's flags and files call it by its name.
type service struct {
	name     string
	port     int    // the sandbox's
	standard int    // the standards' own
	implicit bool   // TLS from the first octet
	logIn    bool   // users log in there
	assumed  string // key of the note about the port where nobody named it, "" for none
	missing  string // key behind error/sandbox/ and hint/sandbox/ where the sandbox has none

	asked func(*sandbox.Options) *string
	told  func(sandbox.Ports) string
	addr  func(*sandbox.Sandbox) string
	serve func(*sandbox.Sandbox, net.Conn) // over a pipe
}

// The ports of the standards: RFC 5321 §4.5.4.2, RFC 6409 §3.1, RFC 8314 §7.3; RFC 1939 §3;
// RFC 3501 §2.1.
const (
	smtpPort        = 25
	submissionPort  = 587
	submissionsPort = 465
	pop3Port        = 110
	pop3sPort       = 995
	imapPort        = 143
	imapsPort       = 993
)

var smtpProtocol = protocol{name: trace.SMTP, title: "SMTP", scheme: "smtp", upgrade: "STARTTLS", agreed: "220",
	dissector: func(session string) trace.Dissector { return smtp.NewDissector(session) },
	services: []service{{
		name: "smtp", port: sandbox.SMTPPort, standard: smtpPort,
		asked: func(o *sandbox.Options) *string { return &o.SMTP },
		told:  func(p sandbox.Ports) string { return p.SMTP },
		addr:  (*sandbox.Sandbox).Addr,
		serve: (*sandbox.Sandbox).ServeConn,
	}, {
		name: "submission", port: sandbox.SubmissionPort, standard: submissionPort, logIn: true,
		assumed: "assume/port/submission", missing: "no-submission",
		asked: func(o *sandbox.Options) *string { return &o.Submission },
		told:  func(p sandbox.Ports) string { return p.Submission },
		addr:  (*sandbox.Sandbox).SubmissionAddr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServeSubmission(nc, false) },
	}, {
		name: "submissions", port: sandbox.SubmissionsPort, standard: submissionsPort, logIn: true,
		implicit: true, assumed: "assume/port/submissions", missing: "no-submission",
		asked: func(o *sandbox.Options) *string { return &o.Submissions },
		told:  func(p sandbox.Ports) string { return p.Submissions },
		addr:  (*sandbox.Sandbox).SubmissionsAddr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServeSubmission(nc, true) },
	}}}

var pop3Protocol = protocol{name: trace.POP3, title: "POP3", scheme: "pop3", upgrade: "STLS", agreed: "OK",
	private:   true,
	dissector: func(session string) trace.Dissector { return pop3.NewDissector(session) },
	services: []service{{
		name: "pop3", port: sandbox.POP3Port, standard: pop3Port, logIn: true, missing: "no-pop3",
		asked: func(o *sandbox.Options) *string { return &o.POP3 },
		told:  func(p sandbox.Ports) string { return p.POP3 },
		addr:  (*sandbox.Sandbox).POP3Addr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServePOP3(nc, false) },
	}, {
		name: "pop3s", port: sandbox.POP3SPort, standard: pop3sPort, logIn: true, implicit: true,
		assumed: "assume/port/pop3s", missing: "no-pop3",
		asked: func(o *sandbox.Options) *string { return &o.POP3S },
		told:  func(p sandbox.Ports) string { return p.POP3S },
		addr:  (*sandbox.Sandbox).POP3SAddr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServePOP3(nc, true) },
	}}}

var imapProtocol = protocol{name: trace.IMAP, title: "IMAP", scheme: "imap", upgrade: "STARTTLS", agreed: "OK",
	private:   true,
	dissector: func(session string) trace.Dissector { return imap.NewDissector(session) },
	services: []service{{
		name: "imap", port: sandbox.IMAPPort, standard: imapPort, logIn: true, missing: "no-imap",
		asked: func(o *sandbox.Options) *string { return &o.IMAP },
		told:  func(p sandbox.Ports) string { return p.IMAP },
		addr:  (*sandbox.Sandbox).IMAPAddr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServeIMAP(nc, false) },
	}, {
		name: "imaps", port: sandbox.IMAPSPort, standard: imapsPort, logIn: true, implicit: true,
		assumed: "assume/port/imaps", missing: "no-imap",
		asked: func(o *sandbox.Options) *string { return &o.IMAPS },
		told:  func(p sandbox.Ports) string { return p.IMAPS },
		addr:  (*sandbox.Sandbox).IMAPSAddr,
		serve: func(b *sandbox.Sandbox, nc net.Conn) { b.ServeIMAP(nc, true) },
	}}}

// protocols are all of them, and allServices theirs, in the order in which mail meets them.
var (
	protocols   = []*protocol{&smtpProtocol, &pop3Protocol, &imapProtocol}
	allServices = slices.Concat(smtpProtocol.services, pop3Protocol.services, imapProtocol.services)
)

// service is the one for a session: in TLS from the first octet or not, and where there are
// some for users alone, for somebody who logs in or for anybody.
func (r *protocol) service(user, implicit bool) service {
	var found service
	for _, s := range r.services {
		if s.implicit == implicit && (found.name == "" || user && s.logIn) {
			found = s
		}
	}
	return found
}

// ports are the names and words of a sentence about the ports that the protocol has.
func (r *protocol) ports() []string {
	var standard, ours []string
	for _, s := range r.services {
		standard = append(standard, strconv.Itoa(s.standard))
		ours = append(ours, strconv.Itoa(s.port))
	}
	return []string{"protocol", r.title, "standard", strings.Join(standard, ", "),
		"ours", strings.Join(ours, ", ")}
}
