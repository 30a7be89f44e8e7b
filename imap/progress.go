package imap

import "time"

// stillThere is how often a client is told that a long command goes on.
const stillThere = 10 * time.Second

// A progress is a command under way that may take long.
type progress struct {
	s    *session
	of   int       // so many messages are to be read
	told time.Time // when the client last heard of it
}

func (s *session) newProgress(of int) *progress { return &progress{s, of, s.srv.now()} }

// goOn says why the command ends early: the server does, or the client is gone. To notice the
// latter, and to keep clients from giving up, a long one tells how far it is.
func (p *progress) goOn(done int) error {
	if err := p.s.ctx.Err(); err != nil {
		return err
	}
	if now := p.s.srv.now(); now.Sub(p.told) >= stillThere {
		p.told = now
		p.s.say(Accept("Searched %d of %d messages", done, p.of))
		p.s.flush()
	}
	return p.s.err
}
