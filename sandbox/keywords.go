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

// A vocabulary is the keywords of a folder, as they are written there, by their capitals: case does
// not count in them (RFC 9051 §2.3.2).
type vocabulary map[string]string

func (v vocabulary) has(keyword string) bool {
	_, known := v[strings.ToUpper(keyword)]
	return known
}

// learn returns how a keyword is written.
func (v *vocabulary) learn(keyword string) string {
	key := strings.ToUpper(keyword)
	if known, ok := (*v)[key]; ok {
		return known
	}
	if *v == nil {
		*v = make(vocabulary)
	}
	(*v)[key] = keyword
	return keyword
}

// spelt are keywords as they are to be written. Those that are new are learnt, all or none; the
// error is a refusal where the folder would have too many.
func (v *vocabulary) spelt(keywords []string) ([]string, error) {
	var fresh vocabulary
	for _, k := range keywords {
		if v.has(k) || fresh.has(k) {
			continue
		}
		if err := roomFor(k, len(*v)+len(fresh)); err != nil {
			return nil, err
		}
		fresh.learn(k)
	}
	var all []string
	for _, k := range keywords {
		all = append(all, v.learn(k))
	}
	return all, nil
}

// known are keywords as they are written, where they are.
func (v vocabulary) known(keywords []string) []string {
	var all []string
	for _, k := range keywords {
		if known, ok := v[strings.ToUpper(k)]; ok {
			k = known
		}
		all = append(all, k)
	}
	return all
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

// vocabulary is that of a folder, which need not be selected.
func (s *folders) vocabulary(ctx context.Context, id mailbox.FolderID) (vocabulary, error) {
	there, err := s.store.Keywords(ctx, id)
	if err != nil {
		return nil, imapRefusal(err, imap.CodeNonexistent)
	}
	var v vocabulary
	for _, k := range there {
		v.learn(k)
	}
	return v, nil
}

// learnOf learns the keywords of messages.
func (f *shared) learnOf(ms []*imap.Message) {
	for _, m := range ms {
		for _, k := range m.Keywords {
			f.words.learn(k)
		}
	}
}

// spelt are keywords as they are written in the folder, or will be; the error is a refusal.
func (f *shared) spelt(keywords []string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.words.spelt(keywords)
}

// known are keywords as they are written in the folder.
func (f *shared) known(keywords []string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.words.known(keywords)
}

// relearn forgets the keywords but for these.
func (f *shared) relearn(v vocabulary) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.words = v
}

// spelt are keywords as they are written in the folder that is selected, or will be where they are
// not just taken away. The error is a refusal where it would have too many.
func (x *selection) spelt(ctx context.Context, change *imap.FlagChange) ([]string, error) {
	if change.Mode == imap.RemoveFlags {
		return x.shared.known(change.Keywords), nil
	}
	all, err := x.shared.spelt(change.Keywords)
	if err == nil {
		return all, nil
	}
	// Some of those that the sessions know may be on no message any more.
	there, failed := x.folders.vocabulary(ctx, x.shared.id)
	if failed != nil {
		return nil, failed
	}
	x.shared.relearn(there)
	return x.shared.spelt(change.Keywords)
}

// mayTake refuses to copy messages with keywords that are too many for a folder.
func (x *selection) mayTake(
	ctx context.Context, to mailbox.FolderID, uids []imap.UID, there rows,
) error {
	seen := make(map[string]bool)
	var all []string
	for _, uid := range uids {
		m := there.find(uid)
		if m == nil {
			continue
		}
		for _, k := range m.Keywords {
			if !seen[k] {
				seen[k] = true
				all = append(all, k)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	v, err := x.folders.vocabulary(ctx, to)
	if err == nil {
		_, err = v.spelt(all)
	}
	return err
}
