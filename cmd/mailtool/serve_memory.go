package main

import (
	"os"
	"runtime/debug"
)

// littleGarbage has Go collect garbage sooner than it would, unless GOGC says when: what serve
// records fills its 16 MiB with octets in which there is nothing to look for, and would be allowed
// as much garbage beside it (docs/performance.md).
func littleGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
