package imap

import "mailtool/internal/utf7"

// EncodeName returns the name of a mailbox as it goes over the wire, in modified UTF-7
// (RFC 3501 §5.1.3).
func EncodeName(name string) string { return utf7.Encode(name) }

// DecodeName returns the name of a mailbox that came over the wire, in UTF-8. The error says that
// it is none in modified UTF-7.
func DecodeName(wire string) (string, error) { return utf7.Decode(wire) }
