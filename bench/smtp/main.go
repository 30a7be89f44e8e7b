// Smtp measures mailtool serve beside Postfix's smtp-sink, which stores nothing, and beside
// Postfix's smtpd, which queues with fsync: messages a second for one client program, each
// server in its turn, round after round, so that whatever else the machine does meets all.
//
//	go build -o bench/out/mailtool ./cmd/mailtool
//	go run ./bench/smtp -mailtool bench/out/mailtool
//
// It wants root for Postfix, and Postfix's programs; what is missing is left out.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"mailtool/bench/load"
	"mailtool/bench/measure"
)

func main() {
	program := flag.String("mailtool", "bench/out/mailtool", "the program to measure")
	rounds := flag.Int("rounds", 5, "how often each is measured")
	length := flag.Duration("time", 2*time.Second, "how long a measurement takes")
	sizes := flag.String("sizes", "1024,51200", "octets of a message")
	sessions := flag.String("sessions", "1,20,200", "sessions at a time")
	flag.Parse()
	if err := compare(*program, *rounds, *length, numbers(*sizes), numbers(*sessions)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func numbers(list string) []int {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(word)); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// A result is what was measured of a server: messages a second, and processor time a
// message in microseconds, by round.
type result struct{ rate, cpu []float64 }

func compare(program string, rounds int, length time.Duration, sizes, sessions []int) error {
	servers, err := start(program)
	for _, s := range servers {
		defer s.Stop()
	}
	if err != nil {
		return err
	}
	for _, size := range sizes {
		for _, n := range sessions {
			results := make([]result, len(servers))
			l := load.Load{Sessions: n, Each: 100, Length: length, Message: load.Letter(size)}
			for range rounds {
				for i, s := range servers {
					if err := run(s, l, &results[i]); err != nil {
						return fmt.Errorf("%s: %w", s.Name, err)
					}
				}
			}
			report(size, n, servers, results)
		}
	}
	return nil
}

// settled is how long a server rests before it is measured: what the one before it has
// written is on the disk, and what it left to do is done.
const settled = time.Second

func run(s *measure.Server, l load.Load, r *result) error {
	l.Addr = s.Addr
	flushDisk()
	time.Sleep(settled)
	before := s.ProcessorTime()
	got, err := l.Run()
	if err != nil {
		return err
	}
	used := s.ProcessorTime() - before
	r.rate = append(r.rate, got.PerSecond)
	r.cpu = append(r.cpu, float64(used.Microseconds())/float64(got.Messages))
	return nil
}

// report prints a line a server: medians, and the median of the rounds' ratios.
func report(size, sessions int, servers []*measure.Server, results []result) {
	fmt.Printf("%d octets, %d sessions\n", size, sessions)
	for i, s := range servers {
		fmt.Printf("  %-10s %8.0f/s", s.Name, measure.Median(results[i].rate))
		if cpu := measure.Median(results[i].cpu); cpu > 0 {
			fmt.Printf("  %6.0f us of the processor a message", cpu)
		}
		if i > 0 {
			fmt.Printf("  mailtool is %.2f times as fast",
				measure.Ratio(results[0].rate, results[i].rate))
		}
		fmt.Println()
	}
}
