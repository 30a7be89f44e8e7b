package imap

import (
	"context"
	"io"
	"slices"
	"time"

	"mailtool/mime/scan"
)

// A UID is a message's unique identifier (RFC 3501 §2.3.1.1).
type UID = uint32

// A Message is what a Mailbox knows of one of its messages. Sessions share it: it is never
// changed, and where its flags change there is a new one.
type Message struct {
	UID      UID
	Flags    Flags    // the system flags but \Recent, which is a session's
	Keywords []string // in the order of the alphabet
	ModSeq   uint64   // RFC 7162 §3.1
	Octets   int64    // RFC822.SIZE
	Key      int64    // the Store's own name of the octets
	Internal int64    // INTERNALDATE: seconds since 1970
	Zone     int16    // minutes east of Greenwich that INTERNALDATE was given in
}

// InternalDate is when the message came, in the zone that it was given in (RFC 3501 §2.3.3).
func (m *Message) InternalDate() time.Time {
	return time.Unix(m.Internal, 0).In(time.FixedZone("", int(m.Zone)*60))
}

// A MailboxStatus is what is known of a mailbox without having selected it (RFC 3501 §6.3.10).
type MailboxStatus struct {
	Name          string // in UTF-8, "/" between the levels
	Use           string // its special use, "\Sent" (RFC 6154 §2), or ""
	UIDValidity   uint32
	UIDNext       UID
	Messages      int
	Recent        int
	Unseen        int    // messages without \Seen
	Deleted       int    // messages with \Deleted (RFC 9051 §6.3.11)
	Size          int64  // octets of all messages (RFC 8438 §1)
	DeletedSize   int64  // octets of those with \Deleted (RFC 9208 §4.1.4)
	HighestModSeq uint64 // RFC 7162 §3.1.2.1
}

// A Store is the mail of one account, for one session. A name is in UTF-8, INBOX is spelt so.
// An error that is a *Response is said as it is: NO with [NONEXISTENT], [ALREADYEXISTS],
// [OVERQUOTA] and so on; any other as NO [SERVERBUG], without its text.
type Store interface {
	// Mailboxes are all of the account, in the order of their names. Recent, which may cost a look
	// into each, need not be right; Status is asked for that.
	Mailboxes(ctx context.Context) ([]MailboxStatus, error)
	// Subscriptions are the names that were subscribed to, in their order.
	Subscriptions(ctx context.Context) ([]string, error)
	// Subscribe adds or removes one. A mailbox of that name need not exist.
	Subscribe(ctx context.Context, name string, subscribed bool) error
	// Create makes a mailbox, and those above it that are missing (RFC 3501 §6.3.3). use is its
	// special use, one of those that RFC 6154 §2 lets a mailbox be made for, or "".
	Create(ctx context.Context, name, use string) error
	Delete(ctx context.Context, name string) error
	// Rename renames those below it too; of INBOX it moves the messages (RFC 3501 §6.3.5).
	Rename(ctx context.Context, from, to string) error
	Status(ctx context.Context, name string) (MailboxStatus, error)
	// Draft begins a message that arrives, of so many octets.
	Draft(ctx context.Context, octets int64) (Draft, error)
	// Append puts drafts into a mailbox, all or none (RFC 3502). The drafts are used up where
	// there is no error. A mailbox that is not there is *Response NO [TRYCREATE].
	Append(ctx context.Context, name string, mails []Appended) (uidValidity uint32, uids []UID, err error)
	// Select opens a mailbox. With readOnly nothing is changed by it.
	Select(ctx context.Context, name string, readOnly bool) (Mailbox, error)
	// Quota is what the account may have and has (RFC 9208), in octets and messages.
	Quota(ctx context.Context) (Quota, error)
	// Close ends the session's use of the Store. It is called once, last.
	Close()
}

// A Draft is a message that arrives. Who began it must have it appended, or discard it.
type Draft interface {
	io.Writer
	Discard()
}

// An Appended is a message for Append.
type Appended struct {
	Draft    Draft
	Flags    Flags
	Keywords []string
	Date     time.Time // INTERNALDATE; zero for now
}

// A Quota is what an account has, and may have at most; a limit of 0 is none.
type Quota struct {
	Octets, OctetsLimit     int64
	Messages, MessagesLimit int64
}

// A Mailbox is one that a session has selected. Its methods are called by one goroutine, but
// for those of C. What it shows does not change but by Changes.
type Mailbox interface {
	// Status is as it was when the mailbox was selected.
	Status() MailboxStatus
	// Messages are those that there were then, in rising order of their UIDs. The caller may
	// keep and change the slice, not what is in it.
	Messages() []*Message
	// Recent is the first UID that is \Recent in this session: no session was told of it
	// before. 0 is none (RFC 3501 §2.3.2).
	Recent() UID
	// C has a value when Changes may have something.
	C() <-chan struct{}
	// Changes are what was committed since the last call, this session's own changes included.
	Changes(ctx context.Context) (Changes, error)

	// Store changes flags, of the UIDs that are there. modified are those left out because
	// they had changed after UnchangedSince (RFC 7162 §3.1.3).
	Store(ctx context.Context, uids []UID, change FlagChange) (modified []UID, err error)
	// Expunge removes those that are \Deleted (RFC 3501 §6.4.3); of all if uids is nil, else
	// of those (RFC 4315 §2.1).
	Expunge(ctx context.Context, uids []UID) error
	// Copy copies messages to another mailbox, all or none, with their flags and dates (RFC 3501
	// §6.4.7). Move moves each at once (RFC 6851 §3.3). Those that were expunged are left out. A
	// mailbox that is not there is *Response NO [TRYCREATE].
	Copy(ctx context.Context, uids []UID, to string) (Copied, error)
	Move(ctx context.Context, uids []UID, to string) (Copied, error)

	// Body is a message's octets. It works for a while after the message was expunged; then the
	// error is *Response NO [EXPUNGEISSUED]. The Body may be used until the next call of Body,
	// Structure or Text.
	Body(ctx context.Context, m *Message) (Body, error)
	// Structure is what its header and MIME structure say, likewise.
	Structure(ctx context.Context, m *Message) (*Structure, error)
	// Text is what SEARCH, SORT and THREAD look at, likewise.
	Text(ctx context.Context, m *Message) (Text, error)
	// Decoded is the octets of a part without their transfer encoding (RFC 3516 §4.3), which are
	// decoded as they are read; what is wrong with the encoding is no error. One that is not
	// known is *Response NO [UNKNOWN-CTE]. What Structure told may still be used then.
	Decoded(ctx context.Context, m *Message, part *scan.Part) (io.Reader, error)
	// Ahead tells which messages will be asked for next, in this order, so that many can be
	// read at once.
	Ahead(ms []*Message)

	// Close ends it. It is called once, last.
	Close()
}

// Changes are what happened in a mailbox.
type Changes struct {
	// Messages are new, or have other flags, in rising order of their UIDs.
	Messages []*Message
	// Expunged are gone, in rising order.
	Expunged []UID
	// Recent is the first of the new ones that is \Recent in this session, or 0.
	Recent UID
	// HighestModSeq is up to where this is the whole truth.
	HighestModSeq uint64
	// Gone says that the mailbox itself was removed.
	Gone bool
}

// A FlagChange is what STORE does to each message (RFC 3501 §6.4.6).
type FlagChange struct {
	Mode     StoreMode
	Flags    Flags
	Keywords []string
	// UnchangedSince leaves out messages that changed after it, where Conditional is set
	// (RFC 7162 §3.1.3).
	Conditional    bool
	UnchangedSince uint64
}

// Apply is what the change makes of a message's flags and keywords. Keywords are the same in
// letters of any case (RFC 9051 §2.3.2): one that is there keeps its letters.
func (c *FlagChange) Apply(flags Flags, keywords []string) (Flags, []string) {
	switch c.Mode {
	case AddFlags:
		return flags | c.Flags, c.add(keywords, keywords)
	case RemoveFlags:
		if len(keywords) > 0 && len(c.Keywords) > 0 {
			keywords = slices.DeleteFunc(slices.Clone(keywords), func(w string) bool {
				return hasFold(c.Keywords, w)
			})
		}
		return flags &^ c.Flags, keywords
	}
	return c.Flags, c.add(nil, keywords)
}

// add returns words with those of the change, each once and in the order of the alphabet, in the
// letters that known has them in.
func (c *FlagChange) add(words, known []string) []string {
	if len(c.Keywords) == 0 {
		return words
	}
	words = slices.Clone(words)
	for _, w := range c.Keywords {
		if i := indexFold(known, w); i >= 0 {
			w = known[i]
		}
		if !hasFold(words, w) {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return words
}

func hasFold(words []string, w string) bool { return indexFold(words, w) >= 0 }

func indexFold(words []string, w string) int {
	return slices.IndexFunc(words, func(other string) bool { return sameWord(w, other) })
}

// A StoreMode says whether flags are set, added or removed.
type StoreMode uint8

// The modes of STORE.
const (
	SetFlags    StoreMode = iota // FLAGS: those and no others
	AddFlags                     // +FLAGS
	RemoveFlags                  // -FLAGS
)

// A Copied says which messages were copied or moved, and their UIDs there: From[i] became
// To[i] (RFC 4315 §3, COPYUID).
type Copied struct {
	UIDValidity uint32
	From, To    []UID
}

// A Body is a message's octets. It reads a piece at a time, and holds nobody up meanwhile. WriteTo
// writes all of them, each time that it is called.
type Body interface {
	io.ReaderAt
	io.WriterTo
	Size() int64
}

// A Structure is what the Store has read out of a message, once for all. Nothing in it is decoded.
type Structure struct {
	// Fields are the header fields that ENVELOPE and sorting need, unfolded, in the order of
	// the message.
	Fields []Field
	// Tree is the message's parts, each with its fields. It is made when it is asked for: an
	// ENVELOPE needs none.
	Tree func() *scan.Tree
}

// A Field is a header field, unfolded (RFC 5322 §2.2.3).
type Field = scan.KeptField

// Get is the value of the first field with this name, in letters of any case, or "".
func (s *Structure) Get(name string) string { return scan.ValueOf(s.Fields, name) }

// A Text is a message as people read it: encoded words, transfer encodings and character sets
// undone. What is looked for is in UTF-8, and is found in letters of any case.
type Text interface {
	// Field says whether a field of this name has value in it; with "" whether there is one
	// (RFC 3501 §6.4.4, HEADER).
	Field(name, value string) bool
	// Get is the value of the first field with this name, decoded, or "".
	Get(name string) string
	// InBody looks in the body, InText in the header too.
	InBody(value string) bool
	InText(value string) bool
	// Err is why one of these could not be answered, and said that nothing is there; nil where
	// all could. It is an error as Body's.
	Err() error
}
