package sandbox

import (
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"mailtool/trace"
)

// A Session is a session of the sandbox for who watches it.
type Session struct {
	Number int // from 1, in the order in which the sessions began
	Header trace.Header

	recorder atomic.Pointer[trace.Recorder]
	account  atomic.Pointer[string]
}

// Account is who has logged in, "" for nobody yet.
func (s *Session) Account() string {
	if a := s.account.Load(); a != nil {
		return *a
	}
	return ""
}

// Silence says since when nothing was said, and who waits for what. ok is false when the
// session has only begun. It must not be called by a Sink.
func (s *Session) Silence() (since time.Time, w trace.Waiting, ok bool) {
	r := s.recorder.Load()
	if r == nil {
		return time.Time{}, trace.Waiting{}, false
	}
	return r.LastEvent(), r.Waiting(), true
}

// Pending is the beginning of a line that the client has not ended, with its secrets
// masked. It must not be called by a Sink.
func (s *Session) Pending() []byte {
	if r := s.recorder.Load(); r != nil {
		return r.Pending(trace.Client)
	}
	return nil
}

// A dissector makes the dissector of a session.
type dissector func(session string) trace.Dissector

// tap returns what puts a record under a connection of a protocol, nil where nothing is to be
// recorded. It is the only place where the servers and the trace meet.
func (b *Sandbox) tap(p trace.Protocol, of dissector) func(net.Conn) net.Conn {
	if b.o.Unrecorded {
		return nil
	}
	return func(nc net.Conn) net.Conn { return b.record(nc, p, of) }
}

// record puts a record under a connection.
func (b *Sandbox) record(nc net.Conn, p trace.Protocol, of dissector) net.Conn {
	start := b.o.Now()
	open := trace.Opening{Protocol: p, Vantage: trace.AtServer,
		ClientAddr: text(nc.RemoteAddr()), ServerAddr: text(nc.LocalAddr()),
		ShowSecrets: b.o.ShowSecrets}
	kept := b.o.Ring.Begin(trace.Info{Protocol: open.Protocol, Vantage: open.Vantage,
		Start: start, Peer: open.ClientAddr})
	name := strconv.Itoa(kept.Number())
	var sinks []trace.Sink
	var watched *Session
	if b.o.Watch != nil {
		watched = &Session{Number: kept.Number(), Header: trace.NewHeader(name, start, open)}
		if sink := b.o.Watch(watched); sink != nil {
			sinks = append(sinks, sink)
		}
	}
	r := kept.Record(of(name), open, b.o.Now, sinks...)
	if watched != nil {
		watched.recorder.Store(r)
	}
	t := trace.NewTap(nc, r, trace.Server)
	t.Look = b.look
	key := clientKey{p, open.ClientAddr}
	b.recorded.Store(key, recorded{kept, watched})
	return &tapped{Tap: t, box: b, key: key}
}

// A recorded session that goes on: the ring's, and what who watches was given, or nil.
type recorded struct {
	kept    *trace.Session
	watched *Session
}

// A clientKey is by what a session is found while it goes on. A client may use one port of
// its own for two servers at a time.
type clientKey struct {
	protocol trace.Protocol
	addr     string
}

// session finds the number of the session that a client has now, 0 where none is recorded.
func (b *Sandbox) session(p trace.Protocol, client net.Addr) int {
	if r, ok := b.recorded.Load(clientKey{p, text(client)}); ok {
		return r.(recorded).kept.Number()
	}
	return 0
}

// loggedIn tells who watches the session of a client whose it is.
func (b *Sandbox) loggedIn(p trace.Protocol, client net.Addr, account string) {
	r, ok := b.recorded.Load(clientKey{p, text(client)})
	if !ok {
		return
	}
	r.(recorded).kept.LoggedIn(account)
	if w := r.(recorded).watched; w != nil {
		w.account.Store(&account)
	}
}

// A tapped connection is known by its client while it is open: the envelope of a message
// names the session that it came in.
type tapped struct {
	*trace.Tap
	box *Sandbox
	key clientKey
}

// Close implements net.Conn.
func (t *tapped) Close() error {
	t.box.recorded.Delete(t.key)
	return t.Tap.Close()
}

// text is a.String(), in less time where a is an address of TCP, "" where there is none.
func text(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok {
		if p := tcp.AddrPort(); p.IsValid() && tcp.Zone == "" {
			return netip.AddrPortFrom(p.Addr().Unmap(), p.Port()).String()
		}
	}
	if a == nil {
		return ""
	}
	return a.String()
}
