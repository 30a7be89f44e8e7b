package serving

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// A from is a connection that comes from an address.
type from struct {
	net.Conn
	addr string
}

func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.addr))
}

// A guest is a session that ends when it is woken.
type guest struct {
	conn  net.Conn
	woken chan struct{}
}

func (g *guest) Run() (net.Conn, error) {
	<-g.woken
	return g.conn, nil
}

func (g *guest) Wake() {
	select {
	case g.woken <- struct{}{}:
	default:
	}
}

func enter(r *Register, addr string, limits Limits) (Session, error) {
	ours, _ := net.Pipe()
	return r.enter(from{ours, addr}, limits, func(context.Context, int) Session {
		return &guest{ours, make(chan struct{}, 1)}
	})
}

func TestLimits(t *testing.T) {
	var r Register
	limits := Limits{Connections: 4, PerHost: 2}
	var first Session
	for i, c := range []struct {
		addr string
		want error
	}{
		{"192.0.2.1:1000", nil},
		{"192.0.2.1:1001", nil},
		{"192.0.2.1:1002", ErrTooManyHost},
		{"[::ffff:192.0.2.1]:1003", ErrTooManyHost}, // the same, as a socket of IPv6 shows it
		{"192.0.2.2:1000", nil},
		{"127.0.0.1:1000", nil},
		{"127.0.0.1:1001", ErrTooMany},
	} {
		s, err := enter(&r, c.addr, limits)
		if !errors.Is(err, c.want) {
			t.Errorf("%d: %s: %v, want %v", i, c.addr, err, c.want)
		}
		if i == 0 {
			first = s
		}
	}
	r.leave(first)
	if _, err := enter(&r, "192.0.2.1:1004", limits); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}

// Shutdown waits for those who are at work, and tells them to come to an end.
func TestShutdown(t *testing.T) {
	var r Register
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.Serve(l, func(nc net.Conn) { nc.Close() }) }()
	one := Limits{Connections: 1, PerHost: 1}
	s, err := enter(&r, "192.0.2.1:1000", one)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		s.Run()
		r.leave(s)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	if _, err := enter(&r, "192.0.2.1:1000", one); !errors.Is(err, ErrClosed) {
		t.Errorf("after Shutdown: %v", err)
	}
	if err := r.Serve(l, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

// Whoever does not come to an end is cut off.
func TestShutdownCuts(t *testing.T) {
	var r Register
	ours, theirs := net.Pipe()
	var given context.Context
	_, err := r.enter(from{ours, "192.0.2.1:1000"}, Limits{Connections: 1, PerHost: 1},
		func(ctx context.Context, serial int) Session {
			given = ctx
			return &guest{ours, make(chan struct{}, 1)}
		})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if _, err := theirs.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
	if given.Err() == nil {
		t.Error("the session was not told")
	}
}
