// Package mailbox keeps mail: users, their folders, and the messages in them. It is what
// stands behind a server's 250 to a message (RFC 5321 §6.1): when Deliver returns, the
// message is on the disk.
//
// It works on database/sql and knows no driver: whoever opens a Store brings one. Four
// things give it its shape.
//
//   - One goroutine writes. Deliveries that wait, or come while a transaction is written,
//     are committed together, and answered after the commit; one that fails fails alone
//     ([Store], writer.go).
//   - A message that arrives is a [Draft]. What is long is written in pieces while it
//     arrives, so that it delays nobody and needs no memory (draft.go, stage.go).
//   - What is expunged leaves the folder at once, and the disk later: who still reads it
//     is not disturbed (sweep.go).
//   - Whoever watches a folder is woken after each commit and reads what changed since
//     ([Store.Watch], [Store.ChangesSince]).
//
// What lists and IMAP tell of a message is read out of it when nothing is written
// (quiet.go), and kept ([Store.Derived], [Batch.ReadDerived]).
//
// Read store.go, then draft.go and deliver.go: how a message gets in. Then body.go and
// message.go: how it is read (batch.go, each.go: how many are). writer.go is the heart, tx.go
// what its jobs write with, fill.go how folders take what is delivered. folder.go and user.go are
// whose it is; flag.go, expunge.go and move.go change what is there, a slice at a time
// (slice.go). sql.go has every statement, and schema/sqlite/0001.sql says what each column is
// for.
package mailbox
