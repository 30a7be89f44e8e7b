package tracetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/trace"
)

// Update is the flag -update of the tests that import this package.
var Update = flag.Bool("update", false, "write what was found into the files of testdata")

// Hostile plays the records of testdata/records to the dissector. A file holds a record,
// a line of dashes, and the events that it must yield, as Table writes them; what a record
// is about stands in its first comment. The laws are checked on each, and short ones are
// cut everywhere. Where the test has a flag -update that is set, the events that were
// found are written into the files instead.
func Hostile(t *testing.T, protocol trace.Protocol, make Maker) {
	files, err := filepath.Glob("testdata/records/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no records", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			hostile(t, protocol, make, file)
		})
	}
}

// long is how many octets make a record too long to be cut after each.
const long = 4000

func hostile(t *testing.T, protocol trace.Protocol, make Maker, file string) {
	record, want := Split(t, file)
	marks, err := Parse(protocol, record)
	if err != nil {
		t.Fatal(err)
	}
	got := Table(Run(make(), marks))
	if *Update {
		if err := os.WriteFile(file, []byte(record+"\n----\n"+got), 0o644); err != nil {
			t.Fatal(err)
		}
		want = got
	}
	if got != want {
		t.Errorf("events\n%s\nwant\n%s", got, want)
	}
	octets, seeds := 0, uint64(8)
	for _, m := range marks {
		octets += len(m.B)
	}
	if octets > long {
		seeds = 2
	}
	for seed := range seeds {
		Laws(t, make, marks, seed)
	}
	CutEverywhere(t, make, marks)
}

// Split reads a file of testdata/records: the record, and the events that it must yield.
func Split(t testing.TB, file string) (record, events string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	record, events, _ = strings.Cut(string(data), "\n----\n")
	return record, events
}

// Seeds gives the records of testdata/records to a fuzzer, but for the long ones.
func Seeds(f *testing.F, protocol trace.Protocol) {
	files, _ := filepath.Glob("testdata/records/*.txt")
	for _, file := range files {
		record, _ := Split(f, file)
		if marks, err := Parse(protocol, record); err == nil {
			if b := ToFuzz(marks); len(b) < long {
				f.Add(b)
			}
		}
	}
}
