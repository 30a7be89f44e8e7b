package imap

// Flags are the system flags of a message.
type Flags uint32
