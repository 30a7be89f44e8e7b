package wire

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// A deadline bounds a wait. To set one on a connection is work for the runtime, and most
// waits are over long before it. So the connection's own may be a little off what is
// wanted, by a 64th of the timeout: that of a read is too early then, and when it is met
// the read goes on; that of a write is too late.
type deadline struct {
	want  time.Time   // when the wait is to end; zero for never
	at    time.Time   // when the connection ends it
	other atomic.Bool // the connection may have another one: that of Wake, or of a layer
}

// fraction is the part of a timeout by which the connection's deadline may be off.
const fraction = 64

// early sets the deadline of a read.
func (d *deadline) early(timeout time.Duration, set func(time.Time) error) error {
	return d.arm(timeout, 0, set)
}

// late sets the deadline of a write.
func (d *deadline) late(timeout time.Duration, set func(time.Time) error) error {
	return d.arm(timeout, timeout/fraction, set)
}

// arm sets the deadline to what is wanted, and so much more, unless it stands near enough.
// It lifts an earlier one where none is wanted any more.
func (d *deadline) arm(timeout, more time.Duration, set func(time.Time) error) error {
	other := d.other.Swap(false)
	if timeout <= 0 {
		d.want = time.Time{}
		if d.at.IsZero() && !other {
			return nil
		}
		return d.setTo(time.Time{}, set)
	}
	d.want = time.Now().Add(timeout)
	latest := d.want.Add(more)
	if off := latest.Sub(d.at); !other && 0 <= off && off <= timeout/fraction {
		return nil
	}
	return d.setTo(latest, set)
}

func (d *deadline) setTo(at time.Time, set func(time.Time) error) error {
	d.at = at
	// A pipe whose other end has closed refuses a deadline. The read or write says better
	// what is the matter: it does not wait.
	if err := set(at); !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return nil
}

// tooEarly is called when a read has met its deadline. It returns true where that was not
// yet what was wanted, and the deadline is right now. Who calls wake meanwhile is heard.
func (d *deadline) tooEarly(set func(time.Time) error) bool {
	return !d.other.Load() && time.Now().Before(d.want) && d.setTo(d.want, set) == nil &&
		!d.other.Load()
}

// lost says that the connection's deadline may not be ours any more: the next wait sets it
// anew, whatever it is.
func (d *deadline) lost() { d.other.Store(true) }

// wake ends a read that waits, with os.ErrDeadlineExceeded.
func (d *deadline) wake(set func(time.Time) error) error {
	d.other.Store(true)
	return set(time.Unix(1, 0))
}
