package main

import (
	"io"
	"sync"
)

// An outlet is our output. It remembers that something could not be written, so that this is told
// of at the end whoever wrote, and a screen or a table on a full disk does not look like one that
// was shown.
type outlet struct {
	w io.Writer

	mu     sync.Mutex // a screen that is never read may still write when all is over
	failed error      // the first
}

func (o *outlet) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.failed == nil {
			o.failed = err
		}
	}
	return n, err
}

// failure is why something could not be written, nil where all was.
func (o *outlet) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

// Behind is what the outlet stands in front of.
func (o *outlet) Behind() io.Writer { return o.w }

// behind is what stands behind all queues and outlets: the stream itself.
func behind(stream any) any {
	for {
		front, ok := stream.(interface{ Behind() io.Writer })
		if !ok {
			return stream
		}
		stream = front.Behind()
	}
}
