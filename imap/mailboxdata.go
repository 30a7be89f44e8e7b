package imap

// ExistsData is how many messages the mailbox has (RFC 3501 §7.3.1).
type ExistsData uint32

// RecentData is how many of them are \Recent (RFC 3501 §7.3.2).
type RecentData uint32

// ExpungeData is the number of a message that is gone: those behind it have moved by one
// (RFC 3501 §7.4.1).
type ExpungeData uint32

func (d ExistsData) print(w *writer)  { w.numbered(uint32(d), "EXISTS") }
func (d RecentData) print(w *writer)  { w.numbered(uint32(d), "RECENT") }
func (d ExpungeData) print(w *writer) { w.numbered(uint32(d), "EXPUNGE") }

// numbered writes data whose name stands behind a number.
func (w *writer) numbered(n uint32, name string) {
	w.number(n)
	w.sp()
	w.raw(name)
}
