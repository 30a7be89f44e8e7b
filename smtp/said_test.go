package smtp

import (
	"bytes"
	"net"
	"net/netip"

	"mailtool/internal/wire"
)

// A speaker is a connection on which everything has been said already.
type speaker struct {
	net.Conn // never reached
	bytes.Reader
}

func (s *speaker) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// said is a Conn from which b can be read.
func said(b []byte) *wire.Conn {
	s := &speaker{}
	s.Reset(b)
	return wire.NewConn(s)
}

func mustAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
