// Package serving is what a server does with connections, whatever is spoken over them: it
// accepts and counts them, turns away those that are too many, and ends them all when it
// shuts down.
package serving

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Why a connection is not served.
var (
	ErrClosed      = errors.New("serving: the server is shutting down")
	ErrTooMany     = errors.New("serving: too many connections")
	ErrTooManyHost = errors.New("serving: too many connections from one address")
)

// Limits bound how many connections there are at a time: in all, and from one address that
// is not this machine's own.
type Limits struct{ Connections, PerHost int }

// A Session is one connection that is served. Wake is called while the server shuts down, by
// another goroutine and more than once: a session that waits for its client with nothing
// begun is to end.
type Session interface{ Wake() }

// A Register knows the connections of one server. Its zero value is ready.
type Register struct {
	closed atomic.Bool

	mu        sync.Mutex
	serial    int
	live      map[Session]net.Conn
	perHost   map[string]int
	listeners map[net.Listener]bool
	ctx       context.Context // ends when sessions are to be given up
	cancel    context.CancelFunc
}

// init makes the maps; r.mu is held.
func (r *Register) init() {
	if r.live == nil {
		r.live = make(map[Session]net.Conn)
		r.perHost = make(map[string]int)
		r.listeners = make(map[net.Listener]bool)
		r.ctx, r.cancel = context.WithCancel(context.Background())
	}
}

// Closing says that the server is shutting down.
func (r *Register) Closing() bool { return r.closed.Load() }

// Serve accepts connections and has each served in a goroutine, until Shutdown or an error.
// It closes l. After Shutdown the error is ErrClosed.
func (r *Register) Serve(l net.Listener, serve func(net.Conn)) error {
	defer l.Close()
	if !r.listen(l) {
		return ErrClosed
	}
	defer r.unlisten(l)
	var pause time.Duration
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			go serve(nc)
			continue
		}
		if r.closed.Load() {
			return ErrClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		// Too many open files, say: others may end soon.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		time.Sleep(pause)
	}
}

func (r *Register) listen(l net.Listener) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	r.listeners[l] = true
	return !r.closed.Load()
}

func (r *Register) unlisten(l net.Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.listeners, l)
}

// Enter counts a connection whose session begin makes: with a context that ends when it is
// to be given up, and the session's number, which rises from 1. The error says why it must
// not be served. Who has entered must Leave.
func (r *Register) Enter(
	nc net.Conn, limits Limits, begin func(ctx context.Context, serial int) Session,
) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	r.serial++
	host := hostOf(nc)
	switch {
	case r.closed.Load():
		return ErrClosed
	case len(r.live) >= limits.Connections:
		return ErrTooMany
	case host != "" && r.perHost[host] >= limits.PerHost:
		return ErrTooManyHost
	}
	r.live[begin(r.ctx, r.serial)] = nc
	if host != "" {
		r.perHost[host]++
	}
	return nil
}

// Leave ends what Enter began.
func (r *Register) Leave(s Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	host := hostOf(r.live[s])
	delete(r.live, s)
	if r.perHost[host]--; r.perHost[host] <= 0 {
		delete(r.perHost, host)
	}
}

// hostOf is the address that connections are counted by, "" for loopback.
func hostOf(nc net.Conn) string {
	addr := nc.RemoteAddr()
	if addr == nil {
		return ""
	}
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil || ap.Addr().Unmap().IsLoopback() {
		return ""
	}
	return strings.Clone(ap.Addr().Unmap().String())
}
