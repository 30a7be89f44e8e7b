// Package smtp is the Simple Mail Transfer Protocol: how a letter is handed to the server that
// takes it on (RFC 5321), with the extensions that are in use:
//
//	SIZE                  RFC 1870
//	PIPELINING            RFC 2920
//	ENHANCEDSTATUSCODES   RFC 2034
//	CHUNKING              RFC 3030
//	STARTTLS              RFC 3207
//	DSN                   RFC 3461
//	AUTH                  RFC 4954
//	8BITMIME              RFC 6152
//	SMTPUTF8              RFC 6531
//
// The server speaks first. Then the client sends a line, and the server answers with a code of
// three digits for programs and text for people: 2yz it is done, 3yz go on, 4yz not now, 5yz
// never. A letter is a transaction of three commands, MAIL, RCPT and DATA: who it is from, whom
// it is for, and the message itself, up to a line that holds a dot alone. The 250 to that dot
// means that the letter is the server's business from now on.
//
// Read command.go, address.go and reply.go for the grammar (scanner.go reads the productions,
// fault.go says what can be wrong) and state.go for the table of commands; then server.go,
// session.go, transaction.go, data.go, arrival.go and textlines.go for the server (received.go is
// what it adds to a message, inquiry.go how it answers VRFY, EXPN and HELP, limits.go and
// refusal.go are what it says no by), client.go, send.go and break.go for the client. Extensions
// have files of their own, in which both ends stand: extension.go, starttls.go, dsn.go; auth.go
// and chunk.go have the server's, auth_client.go and chunk_client.go the client's. Last the
// dissector: view.go is what a record shows of a session, queue.go which commands wait for their
// replies, dissect.go and its siblings are how octets become events, and rules.go is what a
// session is judged by (judge.go and trait.go: how).
package smtp
