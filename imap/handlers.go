package imap

// A handler obeys a command that came in its turn, and returns the result, without its tag; nil
// where there is nobody left to hear it.
type handler func(*session, Command) *Response

// by makes a handler of a method that obeys one kind of command.
func by[C Command](obey func(*session, C) *Response) handler {
	return func(s *session, c Command) *Response { return obey(s, c.(C)) }
}

// handlers are those of the server. Verbs without one it does not know.
var handlers = map[string]handler{
	"CAPABILITY": by((*session).capability),
	"NOOP":       by((*session).noop),
	"LOGOUT":     by((*session).logout),

	"STARTTLS":     by((*session).startTLS),
	"LOGIN":        by((*session).login),
	"AUTHENTICATE": by((*session).authenticate),

	"SELECT":  by((*session).selectMailbox),
	"EXAMINE": by((*session).selectMailbox),

	"IDLE":        by((*session).idle),
	"CHECK":       by((*session).check),
	"CLOSE":       by((*session).closeMailbox),
	"UNSELECT":    by((*session).unselect),
	"EXPUNGE":     by((*session).expunge),
	"UID EXPUNGE": by((*session).uidExpunge),
	"STORE":       by((*session).storeFlags),
	"UID STORE":   by((*session).storeFlags),
	"FETCH":       by((*session).fetch),
	"UID FETCH":   by((*session).fetch),
	"COPY":        by((*session).copyMessages),
	"UID COPY":    by((*session).copyMessages),
	"MOVE":        by((*session).copyMessages),
	"UID MOVE":    by((*session).copyMessages),

	"ID":        by((*session).id),
	"ENABLE":    by((*session).enable),
	"NAMESPACE": by((*session).namespace),

	"CREATE":      by((*session).create),
	"DELETE":      by((*session).delete),
	"RENAME":      by((*session).rename),
	"SUBSCRIBE":   by((*session).subscribe),
	"UNSUBSCRIBE": by((*session).subscribe),
	"LIST":        by((*session).list),
	"LSUB":        by((*session).lsub),
	"STATUS":      by((*session).status),
	"APPEND":      by((*session).noMessage),

	"GETQUOTA":     by((*session).getQuota),
	"GETQUOTAROOT": by((*session).getQuotaRoot),
	"SETQUOTA":     by((*session).setQuota),

	"SEARCH":     by((*session).search),
	"UID SEARCH": by((*session).search),
	"SORT":       by((*session).sort),
	"UID SORT":   by((*session).sort),
	"THREAD":     by((*session).thread),
	"UID THREAD": by((*session).thread),
}

// needs are the capabilities that commands belong to, where RFC 3501 has not got them.
var needs = map[string]string{
	"STARTTLS":     "STARTTLS",
	"ID":           "ID",
	"ENABLE":       "ENABLE",
	"NAMESPACE":    "NAMESPACE",
	"IDLE":         "IDLE",
	"UNSELECT":     "UNSELECT",
	"UID EXPUNGE":  "UIDPLUS",
	"MOVE":         "MOVE",
	"UID MOVE":     "MOVE",
	"SORT":         "SORT",
	"UID SORT":     "SORT",
	"THREAD":       "THREAD",
	"UID THREAD":   "THREAD",
	"GETQUOTA":     "QUOTA",
	"GETQUOTAROOT": "QUOTA",
	"SETQUOTA":     "QUOTA",
}
