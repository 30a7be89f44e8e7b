package interop

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// A witness is a connection that remembers what passed. It lies below the tap of its end.
type witness struct {
	net.Conn
	mu       sync.Mutex
	in, out  []byte
	wentDown bool // a write failed: nobody knows how much of it left
}

func (w *witness) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in = append(w.in, p[:n]...)
	return n, err
}

func (w *witness) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = append(w.out, p[:n]...)
	w.wentDown = w.wentDown || err != nil
	return n, err
}

// CloseWrite lets the tap, which asks for it, through to TCP.
func (w *witness) CloseWrite() error { return w.Conn.(*net.TCPConn).CloseWrite() }

// TestTruth makes up sessions over real sockets, valid and broken, pipelined and cut at
// random. The events that each end's record yields must hold to the octet what passed
// at that end. MAILTOOL_SESSIONS says how many.
func TestTruth(t *testing.T) {
	sessions := 1000
	if n, err := strconv.Atoi(os.Getenv("MAILTOOL_SESSIONS")); err == nil {
		sessions = n
	} else if testing.Short() {
		sessions = 100
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	work := make(chan uint64)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			w := newWorker(t)
			if w == nil {
				return
			}
			defer w.box.Close()
			for seed := range work {
				if !t.Failed() {
					w.truth(t, l, seed)
				}
			}
		})
	}
	for seed := range uint64(sessions) {
		work <- seed
	}
	close(work)
	workers.Wait()
}

// pair makes a TCP connection and returns its two ends.
func pair(l net.Listener, dial *sync.Mutex) (client, server net.Conn, err error) {
	dial.Lock() // whom Accept returns must be who has dialled
	defer dial.Unlock()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	server, err = l.Accept()
	return client, server, err
}

var dialling sync.Mutex

// A worker has a sandbox and holds one session after the other with it.
type worker struct {
	box    *sandbox.Sandbox
	events []*trace.Event // of the session at the server
}

func newWorker(t *testing.T) *worker {
	w := &worker{}
	var err error
	w.box, err = sandbox.New(t.Context(), sandbox.Options{ShowSecrets: true,
		Watch: func(*sandbox.Session) trace.Sink {
			return func(evs []*trace.Event) { w.events = append(w.events, trace.Clones(evs)...) }
		}})
	if err != nil {
		t.Error(err)
		return nil
	}
	return w
}

func (w *worker) truth(t *testing.T, l net.Listener, seed uint64) {
	cc, sc, err := pair(l, &dialling)
	if err != nil {
		t.Error(err)
		return
	}
	client, server := &witness{Conn: cc}, &witness{Conn: sc}
	var atClient []*trace.Event
	w.events = nil
	served := make(chan struct{})
	go func() {
		defer close(served)
		w.box.ServeConn(server)
	}()
	r := trace.NewRecorder(smtp.NewDissector("c"), trace.Opening{Protocol: trace.SMTP,
		Vantage: trace.AtClient, ShowSecrets: true}, nil,
		func(evs []*trace.Event) { atClient = append(atClient, trace.Clones(evs)...) })
	play(trace.NewTap(client, r, trace.Client), seed)
	select {
	case <-served:
	case <-time.After(20 * time.Second):
		t.Errorf("seed %d: the server does not end", seed)
		return
	}
	agree(t, seed, "client", atClient, client.out, client.in, client.wentDown, false)
	agree(t, seed, "server", w.events, server.in, server.out, false, server.wentDown)
	if !bytes.HasPrefix(client.out, server.in) && !client.wentDown {
		t.Errorf("seed %d: the network lies", seed)
	}
}

// play sends the script, reads what comes meanwhile, and closes.
func play(c *trace.Tap, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 20))
	s := chaos(rng)
	ctx, read := context.WithCancel(context.Background())
	go func() {
		defer read()
		io.Copy(io.Discard, struct{ io.Reader }{c})
	}()
	for _, p := range s.pieces {
		if _, err := c.Write(p); err != nil {
			break // the server has had enough
		}
		if s.paced && rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.IntN(300)) * time.Microsecond)
		}
	}
	if s.cut {
		c.NetConn().Close() // as the network does it: nobody has told the tap
	} else {
		c.CloseWrite()
	}
	<-ctx.Done()
	c.Close()
}

// agree compares the events of an end's record with what its witness saw. Where a write
// failed, the record may hold more than what left.
func agree(t *testing.T, seed uint64, where string, evs []*trace.Event, fromClient,
	fromServer []byte, clientMore, serverMore bool) {
	streams := map[trace.End][]byte{}
	for _, ev := range evs {
		if ev.End == trace.NoEnd {
			continue
		}
		if ev.Off != int64(len(streams[ev.End])) || ev.Len != int64(len(ev.Raw)) {
			t.Errorf("seed %d, %s: event %d of %s lies at %d+%d, %d octets were before it", seed,
				where, ev.N, ev.End, ev.Off, ev.Len, len(streams[ev.End]))
			return
		}
		streams[ev.End] = append(streams[ev.End], ev.Raw...)
	}
	if len(evs) == 0 || evs[len(evs)-1].Kind != trace.Closed {
		t.Errorf("seed %d, %s: the record has no end", seed, where)
	}
	for _, c := range []struct {
		end  trace.End
		want []byte
		more bool
	}{{trace.Client, fromClient, clientMore}, {trace.Server, fromServer, serverMore}} {
		got := streams[c.end]
		if !bytes.Equal(got, c.want) && !(c.more && bytes.HasPrefix(got, c.want)) {
			t.Errorf("seed %d, %s: the events of %s hold %d octets, %d passed", seed, where,
				c.end, len(got), len(c.want))
		}
	}
}
