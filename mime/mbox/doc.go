// Package mbox reads and writes files that hold a mailbox: messages one after the other,
// each behind a line that begins with "From " (RFC 4155, Appendix A).
//
// The standard has no way to write a line of a message that begins with "From " itself.
// This package writes a > before such a line, and one more before a line that has some
// already, so that reading can take exactly one away: nothing is lost on the way there
// and back. Files of other programs may have left such lines as they are; a line divides
// messages only if it has an address and a date, and stands behind an empty line.
package mbox
