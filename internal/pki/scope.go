package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// ErrPublic says that an authority of a lab was to sign for addresses that are no private
// ones.
var ErrPublic = errors.New("pki: a lab signs for private addresses only")

// A Scope is what an authority may sign. It stands in its certificate as name constraints,
// marked critical (RFC 5280 §4.2.1.10): whoever trusts the authority need not trust it
// with the names of others, even if its key is stolen.
type Scope struct {
	Domains  []string // each with all names below it
	Networks []netip.Prefix
}

// Lab is the scope of a lab: names that no public server can have (RFC 6761 §6.2, §6.3) and
// this machine's own addresses. The private addresses of a room may be added.
func Lab(networks ...netip.Prefix) Scope {
	return Scope{Domains: []string{"test", "localhost"}, Networks: append(loopback(), networks...)}
}

// Room is the scope of a lab whose server others in a room reach: all private addresses
// besides. Those of one network would be fewer. But a machine has another address
// tomorrow, or one more since it runs a virtual network, and another authority with it; and
// people who are asked every day to compare a fingerprint stop looking.
func Room() Scope { return Lab(private()...) }

// loopback are the addresses of this machine.
func loopback() []netip.Prefix { return prefixes("127.0.0.0/8", "::1/128") }

// private are the networks that are nobody's own: RFC 1918 §3, RFC 3927 §2.1, RFC 4193
// §3.1, RFC 4291 §2.5.6.
func private() []netip.Prefix {
	return prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
		"fc00::/7", "fe80::/10")
}

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// check returns ErrPublic for a network that is not private.
func (s Scope) check() error {
	for _, n := range s.Networks {
		if !Room().includes(Scope{Networks: []netip.Prefix{n}}) {
			return fmt.Errorf("%w, not for %s", ErrPublic, n)
		}
	}
	return nil
}

// Name says whether a DNS name lies in the scope.
func (s Scope) Name(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range s.Domains {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}

// Addr says whether an address lies in the scope.
func (s Scope) Addr(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, n := range s.Networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// Host is Name or Addr, whichever host is.
func (s Scope) Host(host string) bool {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return s.Addr(addr)
	}
	return s.Name(host)
}

// includes says that all of t lies in s.
func (s Scope) includes(t Scope) bool {
	for _, d := range t.Domains {
		if !s.Name(d) {
			return false
		}
	}
	for _, n := range t.Networks {
		inside := false
		for _, own := range s.Networks {
			inside = inside || own.Bits() <= n.Bits() && own.Contains(n.Addr())
		}
		if !inside {
			return false
		}
	}
	return true
}

// List is the scope in words: "test, localhost, 127.0.0.0/8, ::1/128", a word each.
func (s Scope) List() []string {
	list := append([]string(nil), s.Domains...)
	for _, n := range s.Networks {
		list = append(list, n.String())
	}
	return list
}

// constrain writes the scope into the certificate of an authority.
func (s Scope) constrain(c *x509.Certificate) {
	c.PermittedDNSDomainsCritical = true
	c.PermittedDNSDomains = s.Domains
	for _, n := range s.Networks {
		n = n.Masked()
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: n.Addr().AsSlice(),
			Mask: net.CIDRMask(n.Bits(), n.Addr().BitLen())})
	}
}

// scopeOf reads what constrain wrote. The scope is empty where one of the two kinds of
// names is not constrained: such an authority could sign any.
func scopeOf(c *x509.Certificate) Scope {
	if !c.PermittedDNSDomainsCritical || len(c.PermittedDNSDomains) == 0 ||
		len(c.PermittedIPRanges) == 0 {
		return Scope{}
	}
	s := Scope{Domains: c.PermittedDNSDomains}
	for _, n := range c.PermittedIPRanges {
		addr, _ := netip.AddrFromSlice(n.IP) // 4 or 16 octets, or it would not have been parsed
		ones, _ := n.Mask.Size()
		s.Networks = append(s.Networks, netip.PrefixFrom(addr, ones))
	}
	return s
}
