// Record measures what recording costs: the messages a second that a sandbox takes with
// the tap and without it, in turns, so that whatever else the machine does meets both.
//
// The clients are in the same process. They do as little as clients can, but what they do
// counts on both sides of the ratio; bench/record.sh has them in a process of their own.
//
//	go run ./bench/record
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"mailtool/bench/load"
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
	l := load.Load{Sessions: *sessions, Each: *messages, Length: *length, Message: load.Letter(*size)}
	var off, on, ratios []float64
	for i := range *rounds {
		pair := [2]float64{}
		for k := range 2 {
			unrecorded := (i+k)%2 == 0 // the first of a round changes
			rate, err := measure(unrecorded, l)
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

// measure runs sessions against a sandbox of its own, whose mailbox is on the disk, and
// returns messages a second.
func measure(unrecorded bool, l load.Load) (float64, error) {
	dir, err := os.MkdirTemp("", "mailtool-record")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	box, err := sandbox.Start(context.Background(), sandbox.Options{SMTP: "127.0.0.1:0", Dir: dir,
		Unrecorded: unrecorded})
	if err != nil {
		return 0, err
	}
	runtime.GC() // the mail of the sandbox before is none of this one's business
	l.Addr = box.Addr()
	got, err := l.Run()
	if _, recorded := box.Ring().Last(); recorded == unrecorded {
		err = errors.Join(err, fmt.Errorf("unrecorded is %t, recorded %t", unrecorded, recorded))
	}
	return got.PerSecond, errors.Join(err, box.Close())
}
