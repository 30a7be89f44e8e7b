package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// SMTPPort is where a sandbox listens for SMTP. The standard's port, 25, is open to the
// system's own servers only on most machines, and closed by many networks.
const SMTPPort = 2525

// SubmissionPort and SubmissionsPort are where users hand in mail, with STARTTLS and with
// TLS from the start. The standards' own are 587 and 465.
const (
	SubmissionPort  = 2587
	SubmissionsPort = 2465
)

// POP3Port and POP3SPort are where users fetch their mail, with STLS and with TLS from the
// start. The standards' own are 110 and 995.
const (
	POP3Port  = 2110
	POP3SPort = 2995
)

// IMAPPort and IMAPSPort are where users read and arrange their mail, with STARTTLS and with TLS
// from the start. The standards' own are 143 and 993.
const (
	IMAPPort  = 2143
	IMAPSPort = 2993
)

// A Trouble is why a server cannot listen.
type Trouble string

// The troubles that have a remedy of their own.
const (
	PortTaken     Trouble = "taken"     // another program listens there
	PortReserved  Trouble = "reserved"  // the system keeps it: below 1024, or in a range of its own
	NoSuchAddress Trouble = "address"   // the address is not this machine's, or is none
	PortRange     Trouble = "range"     // ports end at 65535
	OtherTrouble  Trouble = "otherwise" // see the error
)

// A ListenError says where a server could not listen, and why.
type ListenError struct {
	Server  string // "smtp"
	Addr    string
	Trouble Trouble
	Err     error // the system's; nil where the address was not even tried
}

// Error names the address, and its port with it.
func (e *ListenError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s cannot listen on %s", e.Server, e.Addr)
	}
	return fmt.Sprintf("%s cannot listen on %s: %v", e.Server, e.Addr, e.Err)
}

// Unwrap is the system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// Windows has numbers of its own for what its sockets meet: WSAEADDRINUSE, WSAEACCES
// (where Hyper-V keeps ranges of ports for itself) and WSAEADDRNOTAVAIL.
const (
	winsockInUse        = syscall.Errno(10048)
	winsockReserved     = syscall.Errno(10013)
	winsockNotAvailable = syscall.Errno(10049)
)

func trouble(err error) Trouble {
	var name *net.DNSError
	var form *net.AddrError
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, winsockInUse):
		return PortTaken
	case errors.Is(err, fs.ErrPermission), errors.Is(err, winsockReserved):
		return PortReserved
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, winsockNotAvailable),
		errors.As(err, &name), errors.As(err, &form):
		return NoSuchAddress
	}
	return OtherTrouble
}

// Off stands in the place of an address where a server is not wanted. Options that have two
// words have it, too.
const (
	Off = "off"
	On  = "on"
)

// standardPorts are the standards' own.
var standardPorts = map[string]int{"smtp": 25, "submission": 587, "submissions": 465,
	"pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993}

// address is where a server is to listen: what was asked for, a port alone or a host
// with one, else its port moved by the offset. A port that was named stays where it is.
// Nothing but loopback is opened unless a host is named.
func (o *Options) address(server, asked string, port int) (string, error) {
	if port += o.PortOffset; o.StandardPorts {
		port = standardPorts[server]
	}
	if asked == On {
		asked = ""
	}
	host, service, err := net.SplitHostPort(asked)
	switch {
	case asked == "":
		service = strconv.Itoa(port)
	case err != nil: // no colon: a port, or a host that needs one
		host, service = "", asked
		if n, err := strconv.Atoi(asked); err != nil || n < 0 {
			host, service = asked, strconv.Itoa(port)
		}
	}
	if host == "" {
		host = o.Host
	}
	if host == "" {
		host = "127.0.0.1"
	}
	addr := net.JoinHostPort(host, service)
	if n, err := strconv.Atoi(service); err == nil && (n < 0 || n > 65535) {
		return "", &ListenError{Server: server, Addr: addr, Trouble: PortRange}
	}
	return addr, nil
}

// listen opens a port. Whoever asks for every address of IPv4 does not get those of IPv6,
// as "tcp" alone would have it.
func listen(server, addr string) (net.Listener, error) {
	network := "tcp"
	if ap, err := netip.ParseAddrPort(addr); err == nil && ap.Addr().Is4() {
		network = "tcp4"
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, &ListenError{Server: server, Addr: addr, Trouble: trouble(err), Err: err}
	}
	return l, nil
}

// IsLoopback says that only this machine can reach addr, an address with a port.
func IsLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
