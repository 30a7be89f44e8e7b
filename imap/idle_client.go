package imap

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Idle lets the server tell what happens as soon as it happens, until ctx ends (RFC 2177). told
// is given each piece of data, and, as a *Response, words of the server's own; it must not use the
// client. IDLE is begun anew each Timeouts.Idle, since servers lose patience. Where the server
// ends it by itself, its result is returned before ctx ends.
func (c *Client) Idle(ctx context.Context, told func(Data)) (*Response, error) {
	for {
		r, ended, err := c.idleOnce(ctx, told)
		if err != nil || !ended || ctx.Err() != nil {
			return r, err
		}
	}
}

// idleOnce is one IDLE. ended says that it was the client that ended it.
func (c *Client) idleOnce(
	ctx context.Context, told func(Data),
) (r *Response, ended bool, err error) {
	x := &exchange{take: func(d Data) error { told(d); return nil }}
	if r, err := c.begin(Simple{"IDLE"}, x); r != nil || err != nil {
		return r, false, err
	}
	if r, err := c.goAhead(x); r != nil || err != nil {
		return r, false, err
	}
	var cancel context.CancelFunc = func() {}
	if c.Timeouts.Idle > 0 {
		ctx, cancel = context.WithTimeout(ctx, c.Timeouts.Idle)
	}
	defer cancel()
	done := c.doneAfter(ctx)
	x.idle = true
	r, err = c.result(x)
	ended, late := done()
	if late {
		err = c.fail(fmt.Errorf("no answer to DONE for %v: %w", c.Timeouts.Reply,
			os.ErrDeadlineExceeded))
	}
	return r, ended, err
}

// doneAfter says DONE when ctx ends, while the session reads on: the server may speak at the same
// time. From then on it has Timeouts.Reply for the result, or the connection is closed. What it
// returns has to be called when reading is over, and returns whether DONE was said, and whether the
// result was too late.
func (c *Client) doneAfter(ctx context.Context) func() (said, late bool) {
	limit := make(chan *time.Timer, 1)
	stop := context.AfterFunc(ctx, func() {
		c.conn.WriteTimeout = c.Timeouts.Write
		_, err := c.conn.WriteString("DONE\r\n")
		if err == nil {
			err = c.conn.Flush()
		}
		var t *time.Timer
		switch {
		case err != nil: // the end of the connection is what is read then
			c.conn.Close()
		case c.Timeouts.Reply > 0:
			t = time.AfterFunc(c.Timeouts.Reply, func() { c.conn.Close() })
		}
		limit <- t
	})
	return func() (said, late bool) {
		if stop() {
			return false, false
		}
		t := <-limit
		return true, t != nil && !t.Stop()
	}
}
