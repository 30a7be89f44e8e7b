// Package serving is what a server does with connections, whatever is spoken over them: it
// accepts and counts them, turns away those that are too many, has the others served and
// closes them, and ends them all when it shuts down.
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

// Why a connection is not served, in words for its client.
var (
	ErrClosed      = errors.New("the server is shutting down")
	ErrTooMany     = errors.New("too many connections")
	ErrTooManyHost = errors.New("too many connections from your address")
)

// Limits bound how many connections there are at a time: in all, and from one address that
// is not this machine's own. After Session a connection is closed, whatever goes on.
type Limits struct {
	Connections, PerHost int
	Session              time.Duration
}

// A Session is one connection that is served.
type Session interface {
	// Run is the session from greeting to close. It returns the connection as it is then,
	// since STARTTLS puts TLS over it, and the error that the connection failed with.
	Run() (net.Conn, error)
	// Wake is called while the server shuts down, by another goroutine and more than once: a
	// session that waits for its client with nothing begun is to end.
	Wake()
}

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

// enter counts a connection and has its session made. The error says why it must not be
// served. Who has entered must leave.
func (r *Register) enter(nc net.Conn, limits Limits, begin Begin) (Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	r.serial++
	host := hostOf(nc)
	switch {
	case r.closed.Load():
		return nil, ErrClosed
	case len(r.live) >= limits.Connections:
		return nil, ErrTooMany
	case host != "" && r.perHost[host] >= limits.PerHost:
		return nil, ErrTooManyHost
	}
	s := begin(r.ctx, r.serial)
	r.live[s] = nc
	if host != "" {
		r.perHost[host]++
	}
	return s, nil
}

// leave ends what enter began.
func (r *Register) leave(s Session) {
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
