// Package imap is the Internet Message Access Protocol: how a user agent reads and
// arranges mail that stays on the server. It speaks IMAP4rev1 (RFC 3501), IMAP4rev2
// where it differs (RFC 9051), and the extensions that change what octets mean:
//
//	IDLE               RFC 2177
//	BINARY, literal8   RFC 3516
//	SASL-IR            RFC 4959
//	COMPRESS           RFC 4978
//	LITERAL+ LITERAL-  RFC 7888
//
// A client may send many commands without waiting. Each begins with a tag of its own
// choice, and the server's last word on it begins with the same tag; what it says
// besides begins with "*", and "+" asks the client to go on. Anything that fits no line
// travels as a literal: {5} at the end of a line says that five octets follow, and that
// the line goes on behind them. That is the hard part of IMAP: a client has to wait for
// "+" before it sends a literal, so whether the next octets are one, or the next
// command, is for the server to say.
//
// Read command.go and response.go for the two kinds of line, session.go for what a server does
// about them, client.go and exchange.go for what a client does, dissect_literal.go for what hangs
// on counts, view.go for what a session knows, dissect.go and its siblings for how
// octets become events, dissect_veil.go for how passwords are found among them, and rules.go
// for what a session is judged by.
package imap
