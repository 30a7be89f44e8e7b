package smtp

// A State is how far a session has come, as its server sees it (RFC 5321 §4.1.4). States
// are bits, so that a command can say in which of them it may come.
type State uint8

// The states of a session, in the order in which they are reached.
const (
	StateConnected State = 1 << iota // the greeting has not been sent
	StateGreeted                     // 220 was sent; EHLO or HELO is to come
	StateReady                       // no mail transaction is open
	StateSender                      // MAIL was accepted
	StateRecipient                   // so was a RCPT, at least
	StateChunk                       // so was a BDAT; more of the message is to come
	StateData                        // 354 was sent; the message flows
	StateQuit                        // 221 or 421 was sent
)

// anyState is whenever a command may be read.
const anyState = StateGreeted | StateReady | StateSender | StateRecipient | StateChunk

// String is the state's name as the trace shows it.
func (s State) String() string {
	switch s {
	case StateConnected:
		return "connected"
	case StateGreeted:
		return "greeted"
	case StateReady:
		return "ready"
	case StateSender:
		return "sender"
	case StateRecipient:
		return "recipient"
	case StateChunk:
		return "chunk"
	case StateData:
		return "data"
	case StateQuit:
		return "quit"
	}
	return "several"
}

// A CommandInfo is what the server's table says of a command.
type CommandInfo struct {
	Verb    string
	Syntax  string // as HELP shows it
	In      State  // the states in which it may come
	Section string // of the standard
	Needs   string // the extension that it is a part of, "" for none
}

// A handler obeys a command that came in its turn, and returns the reply.
type handler func(*session, Command) *Reply

// commands is all that the server understands. The dispatch, HELP and the documentation
// are made from it.
var commands = []struct {
	CommandInfo
	run handler
}{
	{CommandInfo{"EHLO", "EHLO domain", anyState, "RFC 5321 §4.1.1.1", ""}, (*session).ehlo},
	{CommandInfo{"HELO", "HELO domain", anyState, "RFC 5321 §4.1.1.1", ""}, (*session).helo},
	{CommandInfo{"STARTTLS", "STARTTLS", anyState, "RFC 3207 §4", "STARTTLS"}, (*session).starttls},
	{CommandInfo{"AUTH", authSyntax, StateReady, "RFC 4954 §4", "AUTH"}, (*session).auth},
	{CommandInfo{"MAIL", "MAIL FROM:<sender@domain> [parameters]", StateReady,
		"RFC 5321 §4.1.1.2", ""}, (*session).mail},
	{CommandInfo{"RCPT", "RCPT TO:<recipient@domain> [parameters]", StateSender | StateRecipient,
		"RFC 5321 §4.1.1.3", ""}, (*session).rcpt},
	{CommandInfo{"DATA", "DATA", StateRecipient, "RFC 5321 §4.1.1.4", ""}, (*session).data},
	{CommandInfo{"BDAT", "BDAT size [LAST]", StateRecipient | StateChunk, "RFC 3030 §2",
		"CHUNKING"}, (*session).bdat},
	{CommandInfo{"RSET", "RSET", anyState, "RFC 5321 §4.1.1.5", ""}, (*session).rset},
	{CommandInfo{"VRFY", "VRFY name", anyState, "RFC 5321 §4.1.1.6", ""}, (*session).vrfy},
	{CommandInfo{"EXPN", "EXPN list", anyState, "RFC 5321 §4.1.1.7", "EXPN"}, (*session).expn},
	{CommandInfo{"HELP", "HELP [command]", anyState, "RFC 5321 §4.1.1.8", ""}, (*session).help},
	{CommandInfo{"NOOP", "NOOP [text]", anyState, "RFC 5321 §4.1.1.9", ""}, (*session).noop},
	{CommandInfo{"QUIT", "QUIT", anyState, "RFC 5321 §4.1.1.10", ""}, (*session).quit},
}

// Commands returns what the server understands, in the order of the standard.
func Commands() []CommandInfo {
	infos := make([]CommandInfo, len(commands))
	for i := range commands {
		infos[i] = commands[i].CommandInfo
	}
	return infos
}
