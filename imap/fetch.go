package imap

// A FetchData is what is told of a message (RFC 3501 §7.4.2). What is not told is zero.
type FetchData struct {
	Number uint32 // its sequence number
	UID    UID
	Flags  []string // as they are written; nil where they are not told
	ModSeq uint64
}

func (d *FetchData) print(w *writer) {}
