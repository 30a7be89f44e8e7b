package serving

import (
	"context"
	"net"
	"time"
)

// A Begin makes the session of a connection that is to be served. ctx ends when the session
// is to be given up; serial is its number, which rises from 1.
type Begin func(ctx context.Context, serial int) Session

// ServeConn serves one connection to its end and closes it. Where it cannot be served,
// refusal is what the client is told; it may be empty.
func (r *Register) ServeConn(
	nc net.Conn, limits Limits, begin Begin, refusal func(why error) []byte,
) {
	defer nc.Close()
	s, err := r.enter(nc, limits, begin)
	if err != nil {
		turnAway(nc, refusal(err))
		return
	}
	defer r.leave(s)
	// A client that takes what it is told octet by octet escapes the session's own look at
	// the clock.
	last := time.AfterFunc(limits.Session, func() { nc.Close() })
	defer last.Stop()
	end, err := s.Run()
	if err == nil {
		linger(end)
	}
	end.Close() // TLS ends with a word of its own, before the connection does
}

// turnAway tells a client that it is not served. It takes no session: there may be thousands
// at once.
func turnAway(nc net.Conn, last []byte) {
	if len(last) > 0 {
		nc.SetWriteDeadline(time.Now().Add(lingering))
		if _, err := nc.Write(last); err != nil {
			return
		}
	}
	linger(nc)
}

// lingering is how long a client is given to read the last reply.
const lingering = time.Second

// linger takes what the client still sends after the last reply: octets that nobody read
// make TCP throw the reply away together with the connection.
func linger(nc net.Conn) {
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	nc.SetReadDeadline(time.Now().Add(lingering))
	var scrap [512]byte
	for n, left := 0, 1<<20; left > 0; left -= n {
		var err error
		if n, err = nc.Read(scrap[:]); err != nil {
			return
		}
	}
}
