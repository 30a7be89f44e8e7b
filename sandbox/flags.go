package sandbox

import (
	"mailtool/imap"
	"mailtool/mailbox"
)

// flagPairs are the system flags of the mailbox and of IMAP.
var flagPairs = [...]struct {
	kept mailbox.Flags
	said imap.Flags
}{{mailbox.Seen, imap.FlagSeen}, {mailbox.Answered, imap.FlagAnswered},
	{mailbox.Flagged, imap.FlagFlagged}, {mailbox.Deleted, imap.FlagDeleted},
	{mailbox.DraftFlag, imap.FlagDraft}}

func imapFlags(flags mailbox.Flags) (said imap.Flags) {
	if flags == 0 {
		return 0
	}
	for _, p := range flagPairs {
		if flags&p.kept != 0 {
			said |= p.said
		}
	}
	return said
}

func mailboxFlags(flags imap.Flags) (kept mailbox.Flags) {
	for _, p := range flagPairs {
		if flags&p.said != 0 {
			kept |= p.kept
		}
	}
	return kept
}
