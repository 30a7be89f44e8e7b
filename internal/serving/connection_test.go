package serving

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A connection is served to its end, or turned away with a word, or without any; it is closed
// whatever happens, and makes room for the next.
func TestServeConn(t *testing.T) {
	limits := Limits{Connections: 1, PerHost: 1, Session: time.Hour}
	for _, refusal := range []string{"no room", ""} {
		synctest.Test(t, func(t *testing.T) {
			var r Register
			serve := func() (client net.Conn, g *guest) {
				client, server := net.Pipe()
				g = &guest{server, make(chan struct{}, 1)}
				go r.ServeConn(server, limits, func(context.Context, int) Session { return g },
					func(why error) []byte {
						if why != ErrTooMany {
							t.Errorf("turned away since %v", why)
						}
						return []byte(refusal)
					})
				synctest.Wait()
				return client, g
			}
			first, served := serve()
			second, _ := serve()
			if got, err := io.ReadAll(second); string(got) != refusal || err != nil {
				t.Errorf("who is turned away is told %q, %v", got, err)
			}
			served.Wake()
			if got, err := io.ReadAll(first); len(got) > 0 || err != nil {
				t.Errorf("at the end comes %q, %v", got, err)
			}
			synctest.Wait()
			begun := time.Now()
			third, _ := serve() // it has room, and never ends by itself
			if _, err := third.Read(make([]byte, 1)); err != io.EOF {
				t.Error(err)
			}
			if took := time.Since(begun); took != limits.Session {
				t.Errorf("a session that does not end was closed after %v", took)
			}
			synctest.Wait()
			if err := r.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
