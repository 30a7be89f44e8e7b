package pop3

// A State is how far a session has come (RFC 1939 §3). States are bits, so that a command
// can say in which of them it may come.
type State uint8

// The states of a session, in the order in which they are reached.
const (
	StateConnected     State = 1 << iota // the greeting has not been sent
	StateAuthorization                   // who the client is has to be shown
	StateTransaction                     // the maildrop is locked
	StateUpdate                          // QUIT has come: what is marked is deleted
)

// String is the state's name as the trace shows it.
func (s State) String() string {
	switch s {
	case StateConnected:
		return connected
	case StateAuthorization:
		return Authorization
	case StateTransaction:
		return Transaction
	case StateUpdate:
		return Update
	}
	return "several"
}
