package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// A Class makes of a sandbox the mail server of a room, where a lesson is held: everybody in
// it reaches the servers, at the usual ports of loopback and of the machine's private
// addresses. Hosts that other options name are not looked at, and there is no default
// password. A student's password may cross the network in clear, so that it can be seen
// there, unless Options.RequireTLS forbids it.
type Class struct {
	// Addrs are the private addresses of this machine that the servers listen on beside
	// loopback; see PrivateAddrs. A listener for each keeps the public ones closed, where
	// one for all would have to look at who comes.
	Addrs []netip.Addr
	// Students have an account, and from now on the password that stands here.
	Students []Student
}

// A Student is somebody with an account in a class, of a name as UserName has it.
type Student struct{ Name, Password string }

// ErrPublic says that an address is no private one, where only such are served.
var ErrPublic = errors.New("sandbox: a class is served at private addresses only")

// LessonWords stand in the greeting of a class's server, for clients who would not send a
// password in clear otherwise.
const LessonWords = "(lesson: passwords may pass in clear)"

const lessonBanner = "ESMTP mailtool " + LessonWords

// What is counted by address holds for all who sit behind one: sixty laptops with several
// connections each, whose owners mistype their first password.
const (
	roomPerHost      = 600
	roomFailures     = 1000
	roomFailureEvery = 100 * time.Millisecond
)

// lesson says that passwords may pass in clear beyond this machine.
func (o *Options) lesson() bool { return o.Class != nil && !o.RequireTLS }

// check returns ErrPublic for an address that is not private, and UserName's error for a
// student.
func (c *Class) check(domain string) error {
	for _, s := range c.Students {
		if _, err := UserName(s.Name, domain); err != nil {
			return fmt.Errorf("%w: %s", err, s.Name)
		}
	}
	for _, addr := range c.Addrs {
		if !isPrivate(addr) {
			return fmt.Errorf("%w, not at %s", ErrPublic, addr)
		}
	}
	return nil
}

// names are those of the students.
func (c *Class) names() []string {
	var all []string
	for _, s := range c.Students {
		all = append(all, s.Name)
	}
	return all
}

// raise raises what is counted by address, where nobody has set it.
func (c *Class) raise(o *Options) {
	o.Limits.PerHost = cmp.Or(o.Limits.PerHost, roomPerHost)
	o.Logins.Address = cmp.Or(o.Logins.Address, roomFailures)
	o.Logins.AddressEvery = cmp.Or(o.Logins.AddressEvery, roomFailureEvery)
}

// hosts are where the servers of a class listen, loopback first.
func (c *Class) hosts() []string {
	all := []string{"127.0.0.1"}
	for _, addr := range c.Addrs {
		if host := addr.String(); !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	return all
}

// ips are Addrs as certificates have them.
func (c *Class) ips() []net.IP {
	var all []net.IP
	for _, addr := range c.Addrs {
		all = append(all, addr.AsSlice())
	}
	return all
}

// givePasswords gives each student the password that the class has for them. Who has it
// already keeps what is kept of it, if it is for the same mechanisms.
func (b *Sandbox) givePasswords(ctx context.Context) error {
	for _, s := range b.o.Class.Students {
		u, err := b.accounts.make(ctx, b.mailbox, s.Name)
		if err != nil {
			return err
		}
		kept, err := b.mailbox.Verifiers(ctx, u.ID)
		if err != nil {
			return err
		}
		if fitting(kept, s.Password, b.legacy()) {
			continue
		}
		fresh, err := newVerifiers(s.Password, b.legacy())
		if err != nil {
			return fmt.Errorf("%w: %s", err, s.Name)
		}
		if err := b.mailbox.SetVerifiers(ctx, u.ID, fresh); err != nil {
			return err
		}
	}
	return nil
}

// isPrivate says that an address is this machine's alone, or one that no router of the
// Internet passes on (RFC 1918 §3, RFC 3927 §2.7, RFC 4193 §1).
func isPrivate(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
}

// inRoom says that a client has a private address, as all have who sit in the room. One
// that has none has no address at all: it is in this process.
func inRoom(from net.Addr) bool {
	tcp, ok := from.(*net.TCPAddr)
	return !ok || isPrivate(tcp.AddrPort().Addr())
}

// PrivateAddrs are the private addresses at which others reach this machine, the one that
// they most likely use first.
func PrivateAddrs() ([]netip.Addr, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var all []netip.Addr
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				all = append(all, addr.Unmap())
			}
		}
	}
	return choose(all, routeAddr()), nil
}

// choose leaves out what is public, of this machine alone, or needs to be told on which
// interface it is (RFC 4007 §11). First comes the address of the route to the world: the
// others may be those of networks that are inside of this machine. Nobody likes to read out
// an address of IPv6, so they stand last.
func choose(all []netip.Addr, route netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range all {
		if isPrivate(a) && !a.IsLoopback() && (a.Is4() || !a.IsLinkLocalUnicast()) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b netip.Addr) int {
		if first := a == route; first != (b == route) {
			if first {
				return -1
			}
			return 1
		}
		return a.Compare(b) // IPv4 before IPv6
	})
	return slices.Compact(out)
}

// routeAddr is from which address this machine would speak to one far away (RFC 5737 §3).
// A UDP socket that is connected sends nothing.
func routeAddr() netip.Addr {
	c, err := net.Dial("udp4", "198.51.100.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
}
