package sandbox

import (
	"context"
	"strings"

	"mailtool/imap"
	"mailtool/mailbox"
)

// How many keywords the messages of a folder may have, and how many octets one. Each session that
// selects the folder is told all of them.
const (
	maxKeywords = 200
	maxKeyword  = 255
)

// A vocabulary is the keywords of a folder, as they are written there: case does not count in them
// (RFC 9051 §2.3.2).
type vocabulary struct {
	*folders
	id    mailbox.FolderID
	known map[string]string // by their capitals; nil for not asked yet
}

// spelt are keywords as they are to be written in the folder. The error is a refusal where it would
// have too many.
func (v *vocabulary) spelt(ctx context.Context, keywords []string) ([]string, error) {
	if len(keywords) == 0 {
		return nil, nil
	}
	if v.known == nil {
		there, err := v.store.Keywords(ctx, v.id)
		if err != nil {
			return nil, imapRefusal(err, imap.CodeNonexistent)
		}
		v.known = make(map[string]string)
		for _, k := range there {
			v.known[strings.ToUpper(k)] = k
		}
	}
	all := make([]string, len(keywords))
	for i, k := range keywords {
		key := strings.ToUpper(k)
		if _, there := v.known[key]; !there {
			if err := roomFor(k, len(v.known)); err != nil {
				return nil, err
			}
			v.known[key] = k
		}
		all[i] = v.known[key]
	}
	return all, nil
}

// roomFor refuses a keyword that is new in a folder with so many (RFC 5530 §3, LIMIT).
func roomFor(keyword string, there int) error {
	switch {
	case len(keyword) > maxKeyword:
		return imap.Refuse(imap.CodeLimit, "A keyword may have %d octets", maxKeyword)
	case there >= maxKeywords:
		return imap.Refuse(imap.CodeLimit, "The messages of a mailbox may have %d keywords", maxKeywords)
	}
	return nil
}

// spelt are keywords as they are written in the folder that is selected, or will be where they are
// not just taken away. The error is a refusal where it would have too many.
func (x *selection) spelt(ctx context.Context, change *imap.FlagChange) ([]string, error) {
	adds := change.Mode != imap.RemoveFlags
	all, err := x.shared.spelt(change.Keywords, adds)
	if err == nil {
		return all, nil
	}
	// Some of those that the sessions know may be on no message any more.
	there, failed := x.folders.store.Keywords(ctx, x.shared.id)
	if failed != nil {
		return nil, imapRefusal(failed, imap.CodeNonexistent)
	}
	x.shared.relearn(there)
	return x.shared.spelt(change.Keywords, adds)
}

// mayTake refuses to copy messages with keywords that are too many for a folder.
func (x *selection) mayTake(
	ctx context.Context, to mailbox.FolderID, uids []imap.UID, there rows,
) error {
	v := vocabulary{folders: x.folders, id: to}
	seen := make(map[string]bool)
	for _, uid := range uids {
		m := there.find(uid)
		if m == nil {
			continue
		}
		for _, k := range m.Keywords {
			if seen[k] {
				continue
			}
			seen[k] = true
			if _, err := v.spelt(ctx, []string{k}); err != nil {
				return err
			}
		}
	}
	return nil
}
