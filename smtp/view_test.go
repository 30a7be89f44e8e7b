package smtp

import "testing"

// A RSET that is refused, for an argument say, leaves the transaction open
// (RFC 5321 §4.1.1.5): the next DATA has its recipients.
func TestRefusedRset(t *testing.T) {
	v := seen{greeted: true, hello: "EHLO", mail: true, rcpts: 1}
	if after := v.after(sent{verb: "RSET"}, 501); !after.mail || after.rcpts != 1 {
		t.Errorf("after 501: %+v", after)
	}
	for _, code := range []int{assumed, 250} {
		if after := v.after(sent{verb: "RSET"}, code); after.mail || after.rcpts != 0 {
			t.Errorf("after %d: %+v", code, after)
		}
	}
}
