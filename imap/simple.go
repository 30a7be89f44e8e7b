package imap

// A Simple is a command without arguments. Those of one family, CLOSE say, are obeyed in
// its file.
type Simple struct{ Name string }

// Verb implements Command.
func (c Simple) Verb() string { return c.Name }

func (c Simple) print(*writer) {}

// simple is the parser of a command without arguments.
func simple(name string) parser {
	return func(*scanner) Command { return Simple{name} }
}

// noop does nothing but give the server a moment to tell what happened (RFC 3501 §6.1.2).
func (s *session) noop(Simple) *Response { return Accept("Nothing done, as you wished") }

// check is for servers that keep something in memory (RFC 3501 §6.4.1). What this one said is
// done is on the disk.
func (s *session) check(Simple) *Response { return Accept("All is on the disk") }

// logout ends the session: BYE comes before the result (RFC 3501 §6.1.3).
func (s *session) logout(Simple) *Response {
	s.deselect()
	s.bye("", "until next time")
	return Accept("Logged out")
}
