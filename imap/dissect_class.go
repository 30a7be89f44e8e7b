package imap

// A class is what commands in progress have in common, as far as it says what the server may
// tell meanwhile.
type class uint8

const (
	classUnknown  class = iota // no command at all: the server may take it for anything
	classOther                 // an EXPUNGE may come (RFC 3501 §7.4.1)
	classQuiet                 // none may
	classChoose                // another mailbox will be selected
	classLeave                 // none will
	classUIDFetch              // the answers tell UIDs (RFC 3501 §6.4.8)
	classEnable                // what may be sent changes (RFC 5161 §3.1)
	classes
)

// classOf are the classes of the verbs. EXPUNGE may not come during FETCH, STORE and SEARCH, nor
// during SORT and THREAD (RFC 5256 §3).
var classOf = func() []class {
	all := make([]class, len(verbs))
	for i := range all[1:] {
		all[i+1] = classOther
	}
	for c, names := range map[class][]string{
		classQuiet:    {"FETCH", "STORE", "SEARCH", "SORT", "THREAD"},
		classChoose:   {"SELECT", "EXAMINE"},
		classLeave:    {"CLOSE", "UNSELECT", "UNAUTHENTICATE"},
		classUIDFetch: {"UID FETCH"},
		classEnable:   {"ENABLE"},
	} {
		for _, name := range names {
			all[verbIDs[name]] = c
		}
	}
	return all
}()

// inProgress is how many commands of a class wait for their results.
func (q *queue) inProgress(c class) int { return int(q.count[c]) }

// moving says that the mailbox that numbers are about may be another one by now.
func (q *queue) moving() bool { return q.inProgress(classChoose)+q.inProgress(classLeave) > 0 }

// mayExpunge says that a command is in progress during which the server may tell that messages
// are gone. One that is not complete is not in progress (RFC 3501 §7.4.1).
func (d *Dissector) mayExpunge() bool {
	q := &d.waiting
	n := len(q.sent) - q.inProgress(classQuiet)
	if n == 0 {
		return false
	}
	newest := q.sent[len(q.sent)-1]
	if int(newest.n) == d.current.n && d.unfinishedCommand() && classOf[newest.verb] != classQuiet {
		n--
	}
	return n > 0
}

// unfinishedCommand says that more of the client's newest command is to come.
func (d *Dissector) unfinishedCommand() bool {
	s := &d.ends[0]
	return s.flowing || s.cut || d.mode == inHold && d.hang == onGoAhead ||
		d.mode == inCommands && s.first != 0
}

// telling says that each answer to what is in progress has to tell the UID.
func (q *queue) telling() bool {
	return len(q.sent) > 0 && q.inProgress(classUIDFetch) == len(q.sent)
}

// renumbering says that a command is in progress behind which numbers of messages may mean others
// (RFC 3501 §5.5).
func (q *queue) renumbering() bool {
	return len(q.sent) > q.inProgress(classQuiet)+q.inProgress(classUnknown)
}

// loggingIn says that the server is about a log-in.
func (q *queue) loggingIn() bool {
	return len(q.sent) > 0 && (q.sent[0].verb == verbLogin || q.sent[0].verb == verbAuthenticate)
}
