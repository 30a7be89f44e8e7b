package main

import (
	"os"
	"runtime"
)

// oneThreadMore lets Go run on one thread more than there are processors, unless GOMAXPROCS
// says how many. One of them nearly always waits for the disk, and the runtime takes a while
// to see that it could run something else in its place (docs/performance.md). Go does not
// follow a container's limit any more when that changes.
func oneThreadMore() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	runtime.SetDefaultGOMAXPROCS() // whatever an earlier call has made of it
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
}
