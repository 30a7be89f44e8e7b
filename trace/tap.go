package trace

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Tap is a connection that records what passes through it. What is written is recorded
// before it is passed down and what is read after it has come, so that whatever an end
// had received before it spoke stands before its words in the record. It may be read and
// written at the same time; no lock is held while the network is waited for.
type Tap struct {
	// Look, if set, is asked what there is to know of a handshake of TLS: what was agreed,
	// or, if err is not nil, why it failed.
	Look func(s tls.ConnectionState, err error) *Security

	r   *Recorder
	own End

	reads sync.RWMutex // held by a Read that is under way: Close waits for it

	conn atomic.Pointer[net.Conn]
	late atomic.Bool // why is a time-out

	mu    sync.Mutex // guards what follows
	ended [2]bool    // EOF is recorded of: own, its peer
	why   Why        // what Close will give as the reason, as far as errors told
}

// NewTap returns a Tap over conn that belongs to the end own and records into r. Closing
// the Tap closes conn.
func NewTap(conn net.Conn, r *Recorder, own End) *Tap {
	t := &Tap{r: r, own: own, why: ClosedEOF}
	t.conn.Store(&conn)
	return t
}

// Recorder is where the Tap records.
func (t *Tap) Recorder() *Recorder { return t.r }

// NetConn is the connection below, as it is now.
func (t *Tap) NetConn() net.Conn { return *t.conn.Load() }

// Read reads from the connection below and records what came, or that no more will.
func (t *Tap) Read(p []byte) (int, error) {
	t.reads.RLock()
	defer t.reads.RUnlock()
	n, err := t.NetConn().Read(p)
	if n > 0 {
		t.alive()
		t.r.Record(Mark{Kind: MarkBytes, End: t.own.Peer(), B: p[:n]})
	}
	switch {
	case err == io.EOF:
		t.alive()
		t.eof(t.own.Peer())
	case err != nil:
		t.trouble(err)
	}
	return n, err
}

// Write records p and passes it down. Where that fails the record holds more than was
// sent; why the connection ended tells of it.
func (t *Tap) Write(p []byte) (int, error) {
	if len(p) > 0 {
		t.r.Record(Mark{Kind: MarkBytes, End: t.own, B: p})
	}
	n, err := t.NetConn().Write(p)
	if err != nil {
		t.trouble(err)
	}
	if len(p) >= longWrite {
		t.r.passed()
	}
	return n, err
}

// longWrite is how many octets keep the other end busy for a while. After a reply of one line, which
// it has been waiting for, it speaks again at once.
const longWrite = 1 << 10

func (t *Tap) eof(e End) {
	i := 0
	if e != t.own {
		i = 1
	}
	t.mu.Lock()
	again := t.ended[i]
	t.ended[i] = true
	t.mu.Unlock()
	if !again {
		t.r.Record(Mark{Kind: MarkEOF, End: e})
	}
}

// alive notes that something came, or that it is waited for anew: a time-out that was met
// before did not end anything.
func (t *Tap) alive() {
	if !t.late.Load() || !t.late.CompareAndSwap(true, false) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.why == ClosedTimeout {
		t.why = ClosedEOF
	}
}

// trouble remembers what an error says about the end of the connection. A reset is
// final; our own Close is no trouble.
func (t *Tap) trouble(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var timeout net.Error
	switch {
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe), t.why == ClosedReset:
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		t.why = ClosedTimeout
		t.late.Store(true)
	default:
		t.why = ClosedReset
	}
}

// Close closes the connection below and ends the record with the reason that the last
// error gave: eof where there was none.
func (t *Tap) Close() error { return t.CloseWhy("") }

// CloseWhy is Close for who knows the reason better: ClosedShutdown, say.
func (t *Tap) CloseWhy(why Why) error {
	err := t.NetConn().Close() // first: it ends the reads that are under way,
	t.reads.Lock()             // and what they bring belongs to the record
	defer t.reads.Unlock()
	if why == "" {
		t.mu.Lock()
		why = t.why
		t.mu.Unlock()
	}
	t.r.Record(Mark{Kind: MarkClose, End: t.own, Why: why}) // the first close counts
	return err
}

// CloseWrite records that our end will send no more, and tells the other end so. It is
// errors.ErrUnsupported where the connection below cannot.
func (t *Tap) CloseWrite() error {
	half, ok := t.NetConn().(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	t.eof(t.own)
	err := half.CloseWrite()
	if err != nil {
		t.trouble(err)
	}
	return err
}

// Upgrade swaps what lies below for what wrap makes of it, and records the new layer,
// or why it could not be. Of TLS it records version and cipher suite, and what Look says.
// While it runs nobody may read or write: the octets belong to the layer.
func (t *Tap) Upgrade(name string, wrap func(net.Conn) (net.Conn, error)) error {
	layer := Layer{Name: name, Agreed: name}
	var state tls.ConnectionState
	above, err := wrap(t.NetConn())
	if c, ok := above.(*tls.Conn); ok && err == nil {
		if err = c.Handshake(); err == nil { // where wrap has done it, this does nothing
			state = c.ConnectionState()
			layer.Agreed = tls.VersionName(state.Version) + " " +
				tls.CipherSuiteName(state.CipherSuite)
		}
	}
	if err != nil {
		layer.Agreed, layer.Err = "", err.Error()
	} else {
		t.conn.Store(&above)
	}
	if t.Look != nil && (err != nil || state.Version != 0) {
		layer.Security = t.Look(state, err)
	}
	t.r.Record(Mark{Kind: MarkLayer, Layer: &layer})
	switch {
	case err == io.EOF: // the other end had enough
		t.eof(t.own.Peer())
	case isNetwork(err):
		t.trouble(err)
	}
	return err
}

// isNetwork says that it was the network that ended a handshake, and neither of the ends: an
// end that finds fault with the other closes the connection, and does not cut it.
func isNetwork(err error) bool {
	var op *net.OpError
	var wire net.Error
	return errors.As(err, &wire) && wire.Timeout() ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write") // else it is an alert
}

// LocalAddr is that of the connection below.
func (t *Tap) LocalAddr() net.Addr { return t.NetConn().LocalAddr() }

// RemoteAddr is that of the connection below.
func (t *Tap) RemoteAddr() net.Addr { return t.NetConn().RemoteAddr() }

// SetDeadline sets that of the connection below.
func (t *Tap) SetDeadline(d time.Time) error {
	t.alive()
	return t.NetConn().SetDeadline(d)
}

// SetReadDeadline sets that of the connection below.
func (t *Tap) SetReadDeadline(d time.Time) error {
	t.alive()
	return t.NetConn().SetReadDeadline(d)
}

// SetWriteDeadline sets that of the connection below.
func (t *Tap) SetWriteDeadline(d time.Time) error { return t.NetConn().SetWriteDeadline(d) }
