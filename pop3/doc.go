// Package pop3 is the Post Office Protocol, version 3: how a user agent fetches mail
// from the server where it waits (RFC 1939), with the extensions that are in use:
// CAPA and PIPELINING (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034), UTF8 and LANG
// (RFC 6856).
//
// A client sends a line, the server answers with a line that begins with +OK or -ERR;
// some answers go on with many lines, up to a line that holds a dot alone. A session
// runs through three states: in AUTHORIZATION the client says who it is, in
// TRANSACTION it reads and marks for deletion, and only QUIT leads to UPDATE, where
// what was marked is deleted.
//
// Read command.go and reply.go for the grammar and state.go for the table of commands;
// then server.go, session.go, maildrop.go, drop.go and transaction.go for the server, client.go
// and retrieve.go for the client. capability.go and starttls.go hold both ends; auth.go has the
// server's of a log-in, auth_client.go the client's. view.go is what a record shows of a session,
// dissect.go and its siblings are how octets become events, and rules.go is what a session is
// judged by.
package pop3
