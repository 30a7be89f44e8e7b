package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A copying is one run of "imap copy" or "imap move".
type copying struct {
	imapCall
	move   bool
	set    messageWords
	to     string
	marked bool // they were copied, but what was to go is marked alone
}

// newIMAPCopy is "imap copy SET FOLDER", or "imap move SET FOLDER".
func (p *program) newIMAPCopy(name string, move bool) *cobra.Command {
	m := &copying{imapCall: p.newIMAPCall(), move: move}
	c := p.newIMAPCommand(&m.imapCall, name+" SET FOLDER", m.speak, m.next)
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.words("SET", "FOLDER")(c, args); err != nil {
			return err
		}
		var err error
		if m.set, err = readSet(args[0]); err != nil {
			return err
		}
		m.to = args[1]
		return nameable(m.to)
	}
	m.folderFlags(c, true)
	m.flags(c)
	return c
}

// next is where to go on.
func (m *copying) next() []offer {
	there := offer{"mailtool imap messages -F " + quoted(m.to) + m.words(), "next/imap/there"}
	if m.marked {
		return []offer{there, {"mailtool imap expunge" + m.again(), "next/imap/expunge"}}
	}
	if !m.move {
		return []offer{there}
	}
	return []offer{there, {"mailtool imap messages" + m.again(), "next/imap/left"}}
}

func (m *copying) speak(l *live, s *imapSession, _ []string) (string, error) {
	m.onTheWire(l, m.to)
	if err := s.open(false); err != nil {
		return "", err
	}
	if s.empty(m.set) {
		return "", s.noMessages()
	}
	cmd := &imap.CopyCommand{Move: m.move, UID: m.uid, Set: m.set.set, Mailbox: m.to}
	if m.move {
		var err error
		if cmd.Move, err = s.offers("MOVE"); err != nil {
			return "", err
		}
	}
	r, err := s.Copy(cmd)
	if err != nil {
		verb := strings.TrimPrefix(cmd.Verb(), "UID ")
		if s.missing(m.set) != nil {
			return "", s.refusedSet(verb, m.set, err)
		}
		return "", s.refusedFolder(m.said(verb, m.set.text), m.to, err)
	}
	what := m.verdict(r)
	l.judge = func(t *tally) string {
		switch {
		case !m.move:
			return what
		case m.marked:
			what = m.p.say("verdict/imap/moved/marked", "from", m.folder, "to", m.to)
		}
		return what + m.p.say("verdict/semicolon") + m.p.mailboxChange(&t.arrange)
	}
	if m.move && !cmd.Move {
		return "", m.inSteps(l, s, r)
	}
	return "", nil
}

// verdict says which UIDs became which, where the server has told (RFC 4315 §3).
func (m *copying) verdict(r *imap.Response) string {
	verb := "copied"
	if m.move {
		verb = "moved"
	}
	_, from, to, ok := r.Code.CopyUID()
	if !ok {
		return m.p.say("verdict/imap/"+verb, "from", m.folder, "to", m.to)
	}
	return m.p.say("verdict/imap/"+verb+"/uids",
		"messages", m.p.counted("verdict/messages", int(from.Count())), "from", m.folder,
		"old", from.String(), "to", m.to, "new", to.String())
}

// inSteps is how messages are moved without MOVE (RFC 6851 §1): they were copied, and are marked
// and removed. EXPUNGE would remove what others have marked, too; only UID EXPUNGE does not.
func (m *copying) inSteps(l *live, s *imapSession, copied *imap.Response) error {
	l.note("imap/no-move")
	cmd := &imap.StoreCommand{UID: m.uid, Set: m.set.set, Silent: true}
	cmd.Mode, cmd.Flags = imap.AddFlags, imap.FlagDeleted
	if _, _, err := s.Store(cmd); err != nil {
		return s.refusedSet("STORE", m.set, err)
	}
	_, from, _, told := copied.Code.CopyUID()
	if !told && m.uid {
		from, told = m.set.set.Numbers, s.Capabilities.Has("UIDPLUS")
	}
	if !told {
		m.marked = true
		l.note("imap/marked-only", "command", "mailtool imap expunge"+m.again())
		return nil
	}
	_, _, err := s.UIDExpunge(imap.MessageSet{Numbers: from})
	return s.refused("UID EXPUNGE", err)
}
