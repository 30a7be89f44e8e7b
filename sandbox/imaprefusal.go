package sandbox

import (
	"errors"

	"mailtool/imap"
	"mailtool/mailbox"
)

// imapRefusal is the response for an error of the mailbox that means something to a client
// (RFC 5530 §3). missing is the code where a folder is not there.
func imapRefusal(err error, missing string) error {
	switch {
	case errors.Is(err, mailbox.ErrNoFolder):
		return imap.Refuse(missing, "There is no such mailbox")
	case errors.Is(err, mailbox.ErrExists):
		return imap.Refuse(imap.CodeAlreadyExists, "There is a mailbox of that name already")
	case errors.Is(err, mailbox.ErrInbox):
		return imap.Refuse(imap.CodeCannot, "INBOX is always there")
	case errors.Is(err, mailbox.ErrLong):
		return imap.Refuse(imap.CodeLimit, "The name is too long, or has too many levels")
	case errors.Is(err, mailbox.ErrTooMany):
		return imap.Refuse(imap.CodeLimit, "An account may have %d mailboxes, and as many names "+
			"subscribed to", mailbox.MaxFolders)
	case errors.Is(err, mailbox.ErrName):
		return imap.Refuse(imap.CodeCannot, "That cannot be the name of a mailbox")
	case errors.Is(err, mailbox.ErrLines):
		return imap.Refuse(imap.CodeCannot, "A line of the message does not end in CRLF")
	case errors.Is(err, mailbox.ErrNoBody), errors.Is(err, mailbox.ErrNoMessage):
		return imap.Refuse(imap.CodeExpungeIssued, "Somebody else has expunged the message")
	case errors.Is(err, mailbox.ErrMemory):
		return imap.Refuse(imap.CodeUnavailable, "Too much mail arrives at the same time")
	case errors.Is(err, mailbox.ErrFull):
		return imap.Refuse(imap.CodeUnavailable, "The disk of the mailboxes is full")
	case errors.Is(err, mailbox.ErrNoUser):
		return imap.Refuse(imap.CodeUnavailable, "The account was removed")
	}
	return err
}
