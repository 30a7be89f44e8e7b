package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// attackers are so many that a slow answer does not keep the next password back.
const attackers = 20

// An attack tries passwords from one address, until it is ended.
type attack struct {
	tried atomic.Int64 // and answered
	first time.Time    // when it began
	began time.Time    // when tried was 0
	stop  chan struct{}
	all   sync.WaitGroup
}

// attack begins one: rate wrong passwords a second.
func (s *server) attack(number, rate int) *attack {
	a := &attack{first: time.Now(), began: time.Now(), stop: make(chan struct{})}
	from := fmt.Sprintf("127.0.1.%d", number+1)
	passwords := make(chan string)
	for range attackers {
		a.all.Go(func() { a.try(s.Submission, from, passwords) })
	}
	a.all.Go(func() {
		defer close(passwords)
		for i := 0; ; i++ {
			due := a.first.Add(time.Duration(i) * time.Second / time.Duration(rate))
			select {
			case <-a.stop:
				return
			case <-time.After(time.Until(due)):
			}
			select {
			case passwords <- plain(fmt.Sprint("guess", i%(2*guessed)), fmt.Sprint("wrong", i)):
			case <-a.stop:
				return
			}
		}
	})
	return a
}

// try sends passwords over one connection after the other: the server ends one after a few.
func (a *attack) try(to, from string, passwords <-chan string) {
	var g *guest
	for command := range passwords {
		if g == nil {
			var err error
			if g, err = visit(to, from); err != nil {
				continue // it is counted by what is missing
			}
		}
		if g.say(command, "535") != nil && g.over() {
			g.Close()
			g = nil
		}
		a.tried.Add(1)
	}
	if g != nil {
		g.Close()
	}
}

// over says that the server has closed the connection, or will: it answered 421.
func (g *guest) over() bool { return g.say("NOOP\r\n", "250") != nil }

// restart counts anew.
func (a *attack) restart() {
	a.began = time.Now()
	a.tried.Store(0)
}

// end ends the attack. It returns how many passwords were answered a second.
func (a *attack) end() float64 {
	perSecond := float64(a.tried.Load()) / time.Since(a.began).Seconds()
	close(a.stop)
	a.all.Wait()
	return perSecond
}
