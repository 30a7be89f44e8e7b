package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory is a figure of /proc/PID/status, in megabytes, of a process and all that it has
// started, added up: what processes share counts once for each.
func memory(process int, what string) (mb float64, err error) {
	parents := make(map[int][]int)
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			parents[parent] = append(parents[parent], pid)
		}
	}
	waiting := []int{process}
	for len(waiting) > 0 {
		pid := waiting[0]
		waiting = append(waiting[1:], parents[pid]...)
		mb += statusLine(pid, what) / 1024
	}
	if mb == 0 && err == nil {
		err = fmt.Errorf("nothing is known of process %d", process)
	}
	return mb, err
}

// statusLine is a number of kilobytes that the system says of a process, 0 where it does not.
func statusLine(pid int, what string) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for row := range strings.Lines(string(text)) {
		if fields := strings.Fields(row); len(fields) > 1 && fields[0] == what+":" {
			kb, _ := strconv.ParseFloat(fields[1], 64)
			return kb
		}
	}
	return 0
}
