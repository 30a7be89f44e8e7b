//go:build unix

package mailbox

import (
	"syscall"
	"time"
)

// cpu is the processor time of the process.
func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
