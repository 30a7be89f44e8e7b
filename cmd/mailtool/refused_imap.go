package main

import (
	"cmp"
	"errors"

	"mailtool/imap"
)

// refused tells of what the server would not do, or of what became of the connection. The
// session's own trace says which command that was.
func (s *imapSession) refused(what string, err error) error {
	if err == nil {
		return nil
	}
	return s.k.told(cmp.Or(what, s.live.culprit(err)), err)
}

// refusedFolder is refused for a command that names a folder: it may not be there.
func (s *imapSession) refusedFolder(what, folder string, err error) error {
	said, _ := replyIn(err).(*imap.Response)
	message := (*imap.MessageError)(nil)
	errors.As(err, &message)
	err = s.refused(what, err)
	e := (*problem)(nil)
	if said == nil || !errors.As(err, &e) || len(e.hints) > 0 {
		return err
	}
	switch {
	case message != nil && message.NUL:
		return e.hint("hint/imap/nul", "")
	case message != nil:
		return e.hint("hint/imap/header", "")
	case said.Code.Name == imap.CodeTryCreate:
		return e.hint("hint/imap/create", "mailtool imap create "+quoted(folder)+s.k.words())
	case said.Status == imap.NO && !said.Transient():
		return e.hint("hint/imap/folders", "mailtool imap folders"+s.k.words())
	}
	return err
}

// helpIMAP adds to a problem what may help, by the code of the response (RFC 5530 §3).
func (k *call) helpIMAP(e *problem, said *imap.Response) {
	if said.Transient() {
		e.hint("hint/imap/later", "")
		return
	}
	switch said.Code.Name {
	case imap.CodeNonexistent:
		e.hint("hint/imap/folders", "mailtool imap folders"+k.words())
	case imap.CodeBadCharset:
		e.hint("hint/imap/charset", "")
	case imap.CodeOverQuota:
		e.hint("hint/imap/quota", "mailtool imap folders"+k.words())
	case imap.CodePrivacyRequired:
		e.hint("hint/auth/after-tls", "--tls starttls")
	}
}

// isFarewell says that the server has ended the session, and nobody had asked it to.
func isFarewell(err error) bool {
	bye := (*imap.ByeError)(nil)
	return errors.As(err, &bye)
}

// farewellStatus is the exit status of a farewell: out of turn, unless it is for now.
func farewellStatus(err error) int {
	if bye := (*imap.ByeError)(nil); errors.As(err, &bye) && bye.Response.Transient() {
		return exitLater
	}
	return exitProtocol
}

// farewell tells of a session that the server has ended. As a greeting that is a refusal
// (RFC 3501 §7.1.5).
func (k *call) farewell(what string, err error) error {
	bye := (*imap.ByeError)(nil)
	if !errors.As(err, &bye) {
		return err
	}
	status := farewellStatus(err)
	if what == k.p.say("what/greeting") && status == exitProtocol {
		status = exitRefused
	}
	e := fail(status, "error/imap/bye", "what", what, "reply", bye.Response.Error()).because(err)
	if status == exitLater {
		e.hint("hint/imap/later", "")
	}
	return e
}
