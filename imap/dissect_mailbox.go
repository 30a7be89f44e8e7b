package imap

import "bytes"

// told is what the server has told of a mailbox that is being selected (RFC 3501 §6.3.1).
type told uint8

const (
	toldFlags told = 1 << iota
	toldExists
	toldRecent
)

// An open is what the record shows of the mailbox that is selected: as much as it takes to see
// what the server must not say of it.
type open struct {
	known  bool // how many messages it has
	exists uint32
	told   told // since SELECT began
	number uint32
	uid    uint32 // of the message that has this number; 0: nobody knows one
}

// has says that there is a message of that number, as far as the record tells.
func (o *open) has(number uint32) bool { return number > 0 && (!o.known || number <= o.exists) }

// look takes what an untagged response says of the selected mailbox (RFC 3501 §7).
func (d *Dissector) look(r *responseLine) {
	o := &d.box
	if r.kind != untagged {
		return
	}
	switch r.word {
	case "FLAGS":
		o.told |= toldFlags
	case "RECENT":
		o.told |= toldRecent
	case "EXISTS":
		o.told |= toldExists
		o.known, o.exists = r.numbered, r.number
	case "EXPUNGE":
		o.uid = 0
		o.exists = max(o.exists, 1) - 1
	case "VANISHED": // how many of the UIDs the client knew cannot be told (RFC 7162 §3.2.10)
		if o.uid = 0; !bytes.HasPrefix(r.text, []byte("(")) {
			o.known = false
		}
	case "OK":
		if name, _ := r.code(); sameWord(name, "CLOSED") { // what follows is about another
			*o = open{}
		}
	}
}

// leave takes what the result of a command says of the mailbox that is selected.
func (o *open) leave(c sent, got outcome) {
	switch classOf[c.verb] {
	case classChoose:
		*o = open{known: o.known && o.told&toldExists != 0 && got == done, exists: o.exists}
	case classLeave:
		if got == done {
			*o = open{}
		}
	}
}

// lacks says that a mailbox was selected without what has to be told of it. RECENT is a thing of
// IMAP4rev1 alone.
func (o *open) lacks(offered offers) bool {
	need := toldFlags | toldExists
	if offered.lack(offersRev2) {
		need |= toldRecent
	}
	return o.told&need != need
}

// disagrees says that the UID of a message does not fit another one: they rise as the numbers do
// (RFC 3501 §2.3.1.1). The newest UID is remembered.
func (o *open) disagrees(number, uid uint32) bool {
	before := *o
	o.number, o.uid = number, uid
	switch {
	case before.uid == 0 || uid == 0:
		return false
	case number == before.number:
		return uid != before.uid
	}
	return (number > before.number) != (uid > before.uid) || uid == before.uid
}
