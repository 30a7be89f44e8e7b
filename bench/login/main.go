// Login measures what log-ins cost mailtool serve, and what somebody who tries passwords
// costs the others:
//
//   - log-ins by PLAIN of one account in a row, each over a connection of its own;
//   - the median log-in and the median delivery of others, while 200 wrong passwords a second
//     come from one address, beside the same without them. Each attack comes from an address
//     that has not failed yet: at first its passwords are hashed, later they are refused.
//
// To run it:
//
//	go build -o bench/out/mailtool ./cmd/mailtool
//	go run ./bench/login -mailtool bench/out/mailtool
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	program := flag.String("mailtool", "bench/out/mailtool", "the program to measure")
	rounds := flag.Int("rounds", 5, "how often each is measured")
	each := flag.Int("each", 30, "log-ins of each kind in a measurement")
	row := flag.Int("row", 1000, "log-ins in a row")
	rate := flag.Int("attack", 200, "wrong passwords a second")
	flag.Parse()
	if err := run(*program, *rounds, *each, *row, *rate); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The states in which others are measured.
var states = []string{"quiet", "attack begins", "attack goes on"}

func run(program string, rounds, each, row, rate int) error {
	s, err := start(program, rounds*len(states)*each)
	if err != nil {
		return err
	}
	defer s.stop()
	for _, secure := range []bool{false, true} {
		if err := s.inARow(row, secure); err != nil {
			return err
		}
	}
	results := make([][]sample, len(states)) // of each state, its rounds
	for round := range rounds {
		quiet, err := s.measure(each)
		if err != nil {
			return err
		}
		a := s.attack(round, rate)
		begins, err := s.measure(each)
		if err == nil {
			time.Sleep(2 * time.Second)
			a.restart()
			var on sample
			on, err = s.measure(each)
			for i, got := range []sample{quiet, begins, on} {
				results[i] = append(results[i], got)
			}
		}
		perSecond := a.end()
		if err != nil {
			return err
		}
		fmt.Printf("round %d: %.0f wrong passwords a second\n", round+1, perSecond)
	}
	report(results)
	return nil
}

// report prints medians, and the medians of the rounds' ratios to the quiet state.
func report(results [][]sample) {
	for _, k := range kinds {
		fmt.Println(k.name)
		for i, state := range states {
			var took, ratio []float64
			for round, got := range results[i] {
				took = append(took, median(k.of(got)))
				ratio = append(ratio, median(k.of(got))/median(k.of(results[0][round])))
			}
			fmt.Printf("  %-15s %8.2f ms", state, median(took))
			if i > 0 {
				fmt.Printf("  %5.2f times the quiet", median(ratio))
			}
			fmt.Println()
		}
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if len(x) == 0 {
		return 0
	}
	return x[len(x)/2]
}
