//go:build !unix

package mailbox

import "time"

// cpu is the processor time of the process, which nobody asked this system for yet.
func cpu() time.Duration { return 0 }
