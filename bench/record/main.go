// Record measures what recording costs: the messages a second that a sandbox takes with
// the tap and without it, in turns, so that whatever else the machine does meets both.
//
// The clients are in the same process. They do as little as clients can, but what they do
// counts on both sides of the ratio; bench/record.sh has them in a process of their own.
//
//	go run ./bench/record
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mailtool/sandbox"
)

func main() {
	rounds := flag.Int("rounds", 9, "how often each is measured")
	sessions := flag.Int("sessions", 20, "sessions at a time")
	length := flag.Duration("time", 2*time.Second, "how long a measurement takes")
	size := flag.Int("size", 1024, "octets of a message")
	messages := flag.Int("messages", 100, "messages in a session")
	profile := flag.String("cpuprofile", "", "where to write what the processor did")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	message := letter(*size)
	var off, on, ratios []float64
	for i := range *rounds {
		pair := [2]float64{}
		for k := range 2 {
			unrecorded := (i+k)%2 == 0 // the first of a round changes
			rate, err := measure(unrecorded, *sessions, *messages, *length, message)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			if unrecorded {
				pair[0] = rate
			} else {
				pair[1] = rate
			}
		}
		off, on = append(off, pair[0]), append(on, pair[1])
		ratios = append(ratios, pair[1]/pair[0])
		fmt.Printf("round %d: %6.0f/s without recording, %6.0f/s with it: %.3f\n", i+1,
			pair[0], pair[1], pair[1]/pair[0])
	}
	fmt.Printf("medians: %.0f/s without, %.0f/s with: %.3f; median of the ratios %.3f\n",
		median(off), median(on), median(on)/median(off), median(ratios))
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}

// letter is a message of size octets, nearly, with its dot.
func letter(size int) []byte {
	var b strings.Builder
	b.WriteString("Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\n" +
		"To: bob@lab.test\r\nSubject: load\r\nMessage-ID: <1@lab.test>\r\n\r\n")
	for b.Len() < size-70 {
		b.WriteString("Do you like ketchup? I have a bottle of it left, and no chips.\r\n")
	}
	b.WriteString(".\r\n")
	return []byte(b.String())
}

// measure runs sessions against a sandbox of its own and returns messages a second.
func measure(unrecorded bool, sessions, each int, length time.Duration, message []byte) (
	float64, error) {
	box, err := sandbox.Start(sandbox.Options{SMTP: "127.0.0.1:0", Unrecorded: unrecorded,
		StoreLimit: 4 << 30})
	if err != nil {
		return 0, err
	}
	runtime.GC() // the mail of the sandbox before is none of this one's business
	var sent atomic.Int64
	var stop atomic.Bool
	var wait sync.WaitGroup
	failures := make([]error, sessions)
	for i := range sessions {
		wait.Go(func() { failures[i] = load(box.Addr(), each, message, &sent, &stop) })
	}
	time.Sleep(length / 4) // until memory is as large as it gets, the ring's above all
	before, began := sent.Load(), time.Now()
	time.Sleep(length)
	rate := float64(sent.Load()-before) / time.Since(began).Seconds()
	stop.Store(true)
	wait.Wait()
	if _, recorded := box.Ring().Last(); recorded == unrecorded {
		err = fmt.Errorf("unrecorded is %t, recorded %t", unrecorded, recorded)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return rate, errors.Join(append(failures, err, box.Stop(ctx))...)
}

// load sends messages, so many in each session, one session after the other. It does as
// little as a client can, so that what is measured is the server.
func load(addr string, each int, message []byte, sent *atomic.Int64, stop *atomic.Bool) error {
	for !stop.Load() {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		if err := talk(c, each, message, sent, stop); err != nil {
			return err
		}
	}
	return nil
}

func talk(c net.Conn, each int, message []byte, sent *atomic.Int64, stop *atomic.Bool) error {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(text, want string) error {
		if _, err := c.Write([]byte(text)); err != nil {
			return err
		}
		for {
			line, err := in.ReadSlice('\n')
			switch {
			case err != nil:
				return err
			case len(line) < 4 || string(line[:3]) != want:
				return fmt.Errorf("%.20q was answered by %q", text, line)
			case line[3] != '-':
				return nil
			}
		}
	}
	err := errors.Join(say("", "220"), say("EHLO [127.0.0.1]\r\n", "250"))
	for n := 0; err == nil && n < each && !stop.Load(); n++ {
		err = errors.Join(say("MAIL FROM:<alice@lab.test>\r\n", "250"),
			say("RCPT TO:<bob@lab.test>\r\n", "250"), say("DATA\r\n", "354"),
			say(string(message), "250"))
		sent.Add(1)
	}
	return errors.Join(err, say("QUIT\r\n", "221"))
}
