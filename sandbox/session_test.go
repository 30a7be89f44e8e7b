package sandbox

import (
	"net"
	"testing"
)

func TestText(t *testing.T) {
	for _, a := range []net.Addr{
		&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2525},
		&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: 0},
		&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 65535},
		&net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 25, Zone: "eth0"},
		&net.TCPAddr{Port: 25},
		&net.TCPAddr{IP: net.IP{1, 2, 3}, Port: 25},
		(*net.TCPAddr)(nil),
		&net.UnixAddr{Name: "/run/x", Net: "unix"},
	} {
		if got := text(a); got != a.String() {
			t.Errorf("%q for %q", got, a)
		}
	}
	if got := text(nil); got != "" {
		t.Errorf("%q for no address", got)
	}
}
