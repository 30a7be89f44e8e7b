package smtp

import "testing"

// The queue has a place for each verb that is known by name.
func TestQueuedVerbs(t *testing.T) {
	for _, verb := range queuedVerbs[firstVerb:] {
		if !knownVerb(verb) {
			t.Errorf("%s has a place in the queue, and is not known", verb)
		}
	}
	for _, c := range Commands() {
		if got := (sent{verb: c.Verb}).queued().sent().verb; got != c.Verb {
			t.Errorf("%s is %q when it comes out of the queue", c.Verb, got)
		}
	}
}
