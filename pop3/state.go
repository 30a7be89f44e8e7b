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
		return "connected"
	case StateAuthorization:
		return "AUTHORIZATION"
	case StateTransaction:
		return "TRANSACTION"
	case StateUpdate:
		return "UPDATE"
	}
	return "several"
}

// A verbID is the place of a verb in the table of verbs: a command that waits for its
// reply is remembered by it in one octet.
type verbID uint8

// What can wait for a reply: the verbs, and three things that are none.
const (
	noVerb   verbID = iota // an unknown command
	greeting               // the connection, which the server answers first
	authLine               // the client's answer to a challenge
	verbUser
	verbPass
	verbAPOP
	verbAuth
	verbSTLS
	verbUTF8
	verbStat
	verbList
	verbRetr
	verbDele
	verbNoop
	verbRset
	verbTop
	verbUIDL
	verbCapa
	verbLang
	verbQuit
)

// A multi says whether an answer that begins with +OK goes on with many lines.
type multi uint8

const (
	single   multi = iota
	always         // RETR
	whenBare       // LIST: only without an argument
)

// A commandInfo is what the standards say of a command.
type commandInfo struct {
	Verb    string
	Syntax  string
	In      State  // the states in which it may come
	Section string // of the standard
	Needs   string // the capability that it belongs to, "" for none
}

// A verb is a line of the protocol's state table.
type verb struct {
	commandInfo
	min, max int  // how many words its argument has
	numbers  bool // they are decimal numbers
	answer   multi
}

const (
	either   = StateAuthorization | StateTransaction
	anyWords = 1 << 10
)

// verbs is the state table (RFC 1939 §9, and the extensions). PASS, and names behind
// USER, may hold spaces (RFC 1939 §7). Client, server and dissector go by it.
var verbs = [...]verb{
	verbUser: {commandInfo{"USER", "USER name", StateAuthorization, "RFC 1939 §7", "USER"},
		1, anyWords, false, single},
	verbPass: {commandInfo{"PASS", "PASS password", StateAuthorization, "RFC 1939 §7", "USER"},
		1, anyWords, false, single},
	verbAPOP: {commandInfo{"APOP", "APOP name digest", StateAuthorization, "RFC 1939 §7", ""},
		2, 2, false, single},
	verbAuth: {commandInfo{"AUTH", "AUTH mechanism [initial-response]", StateAuthorization,
		"RFC 5034 §4", "SASL"}, 0, 2, false, whenBare},
	verbSTLS: {commandInfo{"STLS", "STLS", StateAuthorization, "RFC 2595 §4", "STLS"},
		0, 0, false, single},
	verbUTF8: {commandInfo{"UTF8", "UTF8", StateAuthorization, "RFC 6856 §2.1", "UTF8"},
		0, 0, false, single},
	verbStat: {commandInfo{"STAT", "STAT", StateTransaction, "RFC 1939 §5", ""},
		0, 0, true, single},
	verbList: {commandInfo{"LIST", "LIST [number]", StateTransaction, "RFC 1939 §5", ""},
		0, 1, true, whenBare},
	verbRetr: {commandInfo{"RETR", "RETR number", StateTransaction, "RFC 1939 §5", ""},
		1, 1, true, always},
	verbDele: {commandInfo{"DELE", "DELE number", StateTransaction, "RFC 1939 §5", ""},
		1, 1, true, single},
	verbNoop: {commandInfo{"NOOP", "NOOP", StateTransaction, "RFC 1939 §5", ""},
		0, 0, true, single},
	verbRset: {commandInfo{"RSET", "RSET", StateTransaction, "RFC 1939 §5", ""},
		0, 0, true, single},
	verbTop: {commandInfo{"TOP", "TOP number lines", StateTransaction, "RFC 1939 §7", "TOP"},
		2, 2, true, always},
	verbUIDL: {commandInfo{"UIDL", "UIDL [number]", StateTransaction, "RFC 1939 §7", "UIDL"},
		0, 1, true, whenBare},
	verbCapa: {commandInfo{"CAPA", "CAPA", either, "RFC 2449 §5", "CAPA"},
		0, 0, false, always},
	verbLang: {commandInfo{"LANG", "LANG [language]", either, "RFC 6856 §3", "LANG"},
		0, 1, false, whenBare},
	verbQuit: {commandInfo{"QUIT", "QUIT", either, "RFC 1939 §5", ""},
		0, 0, false, single},
}

var verbIDs = func() map[string]verbID {
	m := make(map[string]verbID)
	for id, v := range verbs {
		if v.Verb != "" {
			m[v.Verb] = verbID(id)
		}
	}
	return m
}()

// A handler obeys a command that came in its turn, and returns the reply.
type handler func(*session, Command) *Reply

// handlers are those of the server. LANG has none: it speaks one language.
var handlers = [len(verbs)]handler{
	verbUser: (*session).userName,
	verbPass: (*session).pass,
	verbAPOP: (*session).apop,
	verbAuth: (*session).auth,
	verbSTLS: (*session).stls,
	verbUTF8: (*session).utf8,
	verbStat: (*session).stat,
	verbList: (*session).list,
	verbRetr: (*session).retr,
	verbDele: (*session).dele,
	verbNoop: (*session).noop,
	verbRset: (*session).rset,
	verbTop:  (*session).top,
	verbUIDL: (*session).uidl,
	verbCapa: (*session).capa,
	verbQuit: (*session).quit,
}
