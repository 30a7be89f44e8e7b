package mailbox

// idBlock is how many ids are reserved at a time.
const idBlock = 1000

// The counters that ids are dealt from.
const (
	userIDs     = "user"
	folderIDs   = "folder"
	bodyIDs     = "body"
	pieceIDs    = "piece"
	envelopeIDs = "envelope"
	verifierIDs = "verifier"
)

// A block is a range of ids that a counter has moved past: dealing them costs nothing,
// and what a crash leaves undealt is never dealt.
type block struct {
	next, end int64
	reserved  bool // in a transaction that is not committed
}

// id deals the next id of a kind.
func (t *tx) id(kind string) (int64, error) {
	b := t.ids[kind]
	if b == nil {
		b = &block{}
		t.ids[kind] = b
	}
	if b.next == b.end {
		ok, err := t.row(reserveIDs, []any{kind, idBlock}, []any{&b.end})
		if err != nil || !ok {
			b.next, b.end = 0, 0
			return 0, orMissing(err, "counter "+kind)
		}
		b.next, b.reserved = b.end-idBlock, true
	}
	b.next++
	return b.next - 1, nil
}

// forgetIDs is called at the end of a transaction, or of a job that failed: the blocks
// that were reserved in it are, or are not.
func (t *tx) forgetIDs(failed bool) {
	for _, b := range t.ids {
		if b.reserved && failed {
			b.next, b.end = 0, 0
		}
		b.reserved = false
	}
}
