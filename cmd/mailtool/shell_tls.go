package main

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"

	"mailtool/trace"
)

// An upgrade is how far a session is that a person takes into TLS, as the wire tells.
type upgrade struct {
	verb  string // STARTTLS, STLS
	asked int    // the command that waits for its reply, by the event's number; 0 for none
	stray []byte // how that begins which the server sent in clear behind its reply
}

// event takes in what was said.
func (u *upgrade) event(ev *trace.Event) {
	switch {
	case u == nil:
	case ev.Kind == trace.Command && ev.Part == 0 && ev.Verb == u.verb:
		u.asked = ev.N
	case ev.Kind == trace.Reply && ev.Final && u.asked != 0 && ev.Answers == u.asked:
		u.asked, u.stray = 0, nil
	case ev.Kind == trace.Undecided && ev.End == trace.Server:
		u.stray = quote(append(u.stray, ev.Raw...))
	}
}

// quote is as much of some octets as a person is shown.
func quote(b []byte) []byte { return b[:min(len(b), 80)] }

// asksTLS says that STARTTLS waits for its reply.
func (l *live) asksTLS() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.upgrade.asked != 0
}

// inClear is what has come in clear behind the reply that agreed to TLS, nil for nothing.
func (l *live) inClear() []byte {
	held := l.rec.Pending(trace.Server) // not under our lock: the sink is called under the recorder's
	l.mu.Lock()
	defer l.mu.Unlock()
	return quote(slices.Concat(l.upgrade.stray, held))
}

// pause waits as long as no line may go out: STARTTLS waits for its reply, or the handshake goes
// on. What would be said meanwhile would go in clear, and anybody on the way could have said it
// (RFC 3207 §5). A person may wait for a reply as long as they like.
func (s *shell) pause(ctx context.Context) (over bool, err error) {
	return s.until(ctx, nil, func() bool {
		waits := s.tap.Recorder().Waiting().Server
		return waits != "tls" && (waits != "" || !s.live.asksTLS())
	})
}

// startTLS begins TLS where the server has agreed to it. What came in clear behind its reply,
// anybody may have put there: the session ends.
func (s *shell) startTLS(ctx context.Context, conn *line) error {
	if stray := s.live.inClear(); len(stray) > 0 {
		spoken := s.to.speaks()
		return s.to.elsewhere(fail(exitNoConnection, "error/tls/broken",
			"why", s.p.broken("something came in clear behind the "+spoken.agreed),
			"line", string(stray), "upgrade", spoken.upgrade))
	}
	if err := s.secure(ctx, conn); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// secure puts TLS below the session.
func (s *shell) secure(ctx context.Context, conn *line) error {
	cfg, err := s.lock.config(s.p, conn)
	if err != nil {
		return err
	}
	late, cancel := context.WithTimeout(ctx, s.handshake)
	defer cancel()
	err = s.tap.Upgrade("tls", func(nc net.Conn) (net.Conn, error) {
		nc.SetWriteDeadline(time.Time{}) // that of the last line; the handshake has its own
		above := tls.Client(nc, cfg)
		return above, above.HandshakeContext(late)
	})
	if err != nil && ctx.Err() == nil {
		return s.lock.handshakeProblem(s.p, err, conn, func(e *problem) *problem {
			if conn.implicit {
				return e.hint("hint/tls/shell/starttls", "--tls none", "upgrade", s.to.speaks().upgrade)
			}
			return s.to.elsewhere(e)
		})
	}
	return err
}
