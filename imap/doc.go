// Package imap is the Internet Message Access Protocol: how a user agent reads and arranges mail
// that stays on the server. Client and server speak IMAP4rev1 (RFC 3501), and these extensions;
// the dissector also knows IMAP4rev2 (RFC 9051) where it differs, and COMPRESS (RFC 4978):
//
//	IDLE                     RFC 2177    BINARY                   RFC 3516
//	NAMESPACE                RFC 2342    UNSELECT                 RFC 3691
//	ID                       RFC 2971    UIDPLUS                  RFC 4315
//	MULTIAPPEND              RFC 3502    ESEARCH                  RFC 4731
//	SASL-IR                  RFC 4959    WITHIN                   RFC 5032
//	ENABLE                   RFC 5161    SEARCHRES                RFC 5182
//	SORT, THREAD             RFC 5256    LIST-EXTENDED            RFC 5258
//	LIST-STATUS              RFC 5819    SPECIAL-USE              RFC 6154
//	MOVE                     RFC 6851    UTF8=ACCEPT              RFC 6855
//	CONDSTORE                RFC 7162    LITERAL+, LITERAL-       RFC 7888
//	APPENDLIMIT              RFC 7889    STATUS=SIZE              RFC 8438
//	QUOTA                    RFC 9208    CHILDREN                 RFC 3348
//
// A client may send many commands without waiting. Each begins with a tag of its own choice, and
// the server's last word on it begins with the same tag; what it says besides begins with "*", and
// "+" asks the client to go on. Anything that fits no line travels as a literal: {5} at the end of a
// line says that five octets follow, and that the line goes on behind them. That is the hard part of
// IMAP: a client has to wait for "+" before it sends a literal, so whether the next octets are one,
// or the next command, is for the server to say.
//
// Read first what is said: scanner.go and writer.go (the grammar's words), command.go and
// response.go (the two kinds of line), state.go (which command may come when). Then one family of
// commands, with both ends in it: storecommand.go is short, select.go and select_client.go next.
// Then what a server does about them: store.go (what it consumes), session.go and read.go (its
// loop), handlers.go (who obeys which command), selected.go and telling.go (what a client knows of
// a folder, and when it is told more), idle.go; fetch.go and search.go with their siblings are the
// long ones. client.go and exchange.go are what a client does. Last the dissector:
// dissect_literal.go for what hangs on counts, view.go for what a session knows, dissect.go and
// its siblings for how octets become events, dissect_veil.go for how passwords are found among
// them, and rules.go for what a session is judged by.
package imap
