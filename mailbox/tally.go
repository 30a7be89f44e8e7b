package mailbox

// A tally counts messages, as a folder's row has it.
type tally struct {
	messages, unseen, deleted int
	octets, deletedOctets     int64
}

// add counts n messages with these flags; n may be negative.
func (t *tally) add(n int, flags Flags, octets int64) {
	octets *= int64(n)
	t.messages += n
	t.octets += octets
	if flags&Seen == 0 {
		t.unseen += n
	}
	if flags&Deleted != 0 {
		t.deleted += n
		t.deletedOctets += octets
	}
}

// join counts what another has counted.
func (t *tally) join(other tally) {
	t.messages += other.messages
	t.unseen += other.unseen
	t.deleted += other.deleted
	t.octets += other.octets
	t.deletedOctets += other.deletedOctets
}
