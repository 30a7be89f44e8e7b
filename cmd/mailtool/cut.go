package main

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"

	"mailtool/internal/wire"
)

// The numbers that Windows gives to a connection that the other end has reset, and to one that
// it has given up itself since nobody answered.
const (
	winsockReset   = syscall.Errno(10054)
	winsockAborted = syscall.Errno(10053)
)

// cutProblem tells of a connection that ended, or fell silent, before its time. what is
// what was being done.
func cutProblem(what string, err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fail(exitNoConnection, "error/cut/middle", "what", what).because(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		return fail(exitNoConnection, "error/cut/eof", "what", what).because(err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, winsockReset), errors.Is(err, winsockAborted):
		return fail(exitNoConnection, "error/cut/reset", "what", what).because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fail(exitNoConnection, "error/cut/timeout", "what", what).because(err)
	case errors.Is(err, wire.ErrEndless):
		return fail(exitProtocol, "error/cut/endless", "what", what).because(err)
	}
	return err
}

// addressLiteral is how a client without a name of its own says who it is: by the
// address that the server sees (RFC 5321 §4.1.3, §4.1.4).
func addressLiteral(c net.Conn) string {
	ap, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil { // a pipe
		return "[127.0.0.1]"
	}
	if a := ap.Addr().Unmap(); a.Is4() {
		return "[" + a.String() + "]"
	}
	return "[IPv6:" + ap.Addr().WithZone("").String() + "]"
}
