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
	"slices"
	"strconv"
	"strings"
	"time"

	"mailtool/bench/load"
)

func main() {
	program := flag.String("mailtool", "bench/out/mailtool", "the program to measure")
	rounds := flag.Int("rounds", 5, "how often each is measured")
	length := flag.Duration("time", 2*time.Second, "how long a measurement takes")
	sizes := flag.String("sizes", "1024,51200", "octets of a message")
	sessions := flag.String("sessions", "1,20,200", "sessions at a time")
	flag.Parse()
	if err := run(*program, *rounds, *length, numbers(*sizes), numbers(*sessions)); err != nil {
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

func run(program string, rounds int, length time.Duration, sizes, sessions []int) error {
	servers, err := start(program)
	for _, s := range servers {
		defer s.stop()
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
					if err := s.measure(l, &results[i]); err != nil {
						return fmt.Errorf("%s: %w", s.name, err)
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

func (s *server) measure(l load.Load, r *result) error {
	l.Addr = s.addr
	flushDisk()
	time.Sleep(settled)
	before := s.processorTime()
	got, err := l.Run()
	if err != nil {
		return err
	}
	used := s.processorTime() - before
	r.rate = append(r.rate, got.PerSecond)
	r.cpu = append(r.cpu, float64(used.Microseconds())/float64(got.Messages))
	return nil
}

// report prints a line a server: medians, and the median of the rounds' ratios.
func report(size, sessions int, servers []*server, results []result) {
	fmt.Printf("%d octets, %d sessions\n", size, sessions)
	for i, s := range servers {
		fmt.Printf("  %-10s %8.0f/s", s.name, median(results[i].rate))
		if cpu := median(results[i].cpu); cpu > 0 {
			fmt.Printf("  %6.0f us of the processor a message", cpu)
		}
		if i > 0 {
			ratios := make([]float64, len(results[i].rate))
			for k := range ratios {
				ratios[k] = results[0].rate[k] / results[i].rate[k]
			}
			fmt.Printf("  mailtool is %.2f times as fast", median(ratios))
		}
		fmt.Println()
	}
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}
