package imap

import (
	"strings"
	"testing"
)

// Whoever guesses passwords is sent away, with the answer to the last guess.
func TestTooManyLogins(t *testing.T) {
	s := serverOver(newMemory())
	s.Limits.Logins = 4
	c := talkTo(t, s)
	for i := range 4 {
		data, result := c.do("LOGIN bob wrong")
		last := len(data) == 1 && strings.HasPrefix(data[0], "BYE ")
		if !strings.HasPrefix(result, "NO [AUTHENTICATIONFAILED] ") || last != (i == 3) {
			t.Errorf("%d: %q %s", i, data, result)
		}
	}
	if got := c.next(); got != "" {
		t.Errorf("and then %q", got)
	}
}
