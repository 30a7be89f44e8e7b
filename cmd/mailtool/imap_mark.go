package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A marking is one run of "imap mark" or "imap unmark".
type marking struct {
	imapCall
	mode     imap.StoreMode
	set      messageWords
	flags    imap.Flags
	keywords []string
}

// newIMAPMark is "imap mark SET FLAG...", or "imap unmark SET FLAG...".
func (p *program) newIMAPMark(name string, mode imap.StoreMode) *cobra.Command {
	m := &marking{imapCall: p.newIMAPCall(), mode: mode}
	c := p.newIMAPCommand(&m.imapCall, name+" SET FLAG...", m.speak, func() []offer {
		next := []offer{{"mailtool imap messages" + m.again(), "next/imap/messages"}}
		if m.flags&imap.FlagDeleted != 0 && mode == imap.AddFlags {
			next = append([]offer{{"mailtool imap expunge" + m.again(), "next/imap/expunge"}}, next...)
		}
		return next
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) < 2 {
			return p.words("SET", "FLAG")(c, args)
		}
		var err error
		if m.set, err = readSet(args[0]); err != nil {
			return err
		}
		m.flags, m.keywords, err = readFlags(args[1:], "mailtool imap "+name+" "+quoted(args[0]), m.same())
		return err
	}
	m.folderFlags(c, true)
	m.imapCall.flags(c)
	return c
}

// flagWord has the system flags as they are typed (RFC 3501 §2.3.2).
var flagWord = map[string]imap.Flags{"seen": imap.FlagSeen, "answered": imap.FlagAnswered,
	"flagged": imap.FlagFlagged, "deleted": imap.FlagDeleted, "draft": imap.FlagDraft}

// systemFlags are those words, the usual ones first.
var systemFlags = []string{"seen", "answered", "flagged", "deleted", "draft"}

// readFlags reads flags as somebody types them: seen or \Seen, and keywords, which are words of
// one's own. A slip of a system flag is taken for one. before and behind are the command around the flags.
func readFlags(words []string, before, behind string) (flags imap.Flags, keywords []string, err error) {
	for _, w := range words {
		name := strings.ToLower(strings.TrimPrefix(w, `\`))
		if flag, ok := flagWord[name]; ok {
			flags |= flag
			continue
		}
		if name == "recent" {
			return 0, nil, fail(exitUsage, "error/imap/recent")
		}
		for _, known := range systemFlags {
			if distance(name, known) <= 2 {
				return 0, nil, fail(exitUsage, "error/imap/flag", "word", w).
					hint("hint/did-you-mean", before+" "+known+behind)
			}
		}
		if _, _, err := imap.ParseFlag(w); err != nil {
			return 0, nil, fail(exitUsage, "error/imap/flag", "word", w).because(err).
				hint("hint/imap/flags", "", "flags", strings.Join(systemFlags, ", "))
		}
		keywords = append(keywords, w)
	}
	return flags, keywords, nil
}

func (m *marking) speak(_ *live, s *imapSession, _ []string) (string, error) {
	if err := s.open(false); err != nil {
		return "", err
	}
	if s.empty(m.set) {
		return "", s.noMessages()
	}
	cmd := &imap.StoreCommand{UID: m.uid, Set: m.set.set}
	cmd.Mode, cmd.Flags, cmd.Keywords = m.mode, m.flags, m.keywords
	told, _, err := s.Store(cmd)
	if err != nil {
		return "", s.refusedSet("STORE", m.set, err)
	}
	missing := s.missing(m.set)
	switch {
	case len(told) == 0 && m.uid && !strings.Contains(m.set.text, "*"):
		return "", s.notFound(m.set)
	case len(told) == 0 && missing != nil:
		return "", missing
	case len(told) == 1:
		return m.p.say("verdict/imap/marked/one", "n", decimal(told[0].Number),
			"flags", flagNames(told[0])), nil
	}
	key := "verdict/imap/marked"
	if m.mode == imap.RemoveFlags {
		key = "verdict/imap/unmarked"
	}
	return m.p.say(key, "messages", m.p.counted("verdict/messages", len(told)), "flags",
		strings.Trim(string(imap.AppendFlags(nil, m.flags, m.keywords)), "()")), nil
}

// newIMAPExpunge is "imap expunge".
func (p *program) newIMAPExpunge() *cobra.Command {
	k := p.newIMAPCall()
	removed := false
	c := p.newIMAPCommand(&k, "expunge", func(l *live, s *imapSession, _ []string) (string, error) {
		if err := s.open(false); err != nil {
			return "", err
		}
		l.judge = func(t *tally) string { return p.mailboxChange(&t.arrange) }
		gone, _, err := s.Expunge()
		removed = len(gone) > 0
		if err == nil && len(gone) == 0 {
			l.judge = func(t *tally) string {
				return p.mailboxChange(&t.arrange) + p.say("verdict/semicolon") + p.say("verdict/imap/none-deleted")
			}
		}
		return "", s.refused("EXPUNGE", err)
	}, func() []offer {
		if !removed {
			return []offer{{"mailtool imap messages" + k.again(), "next/imap/messages"},
				{"mailtool imap mark 1 deleted" + k.again(), "next/imap/delete"}}
		}
		return []offer{{"mailtool imap messages" + k.again(), "next/imap/left"},
			{"mailtool imap folders" + k.words(), "next/imap/folders"}}
	})
	k.folderFlags(c, false)
	k.flags(c)
	return c
}
