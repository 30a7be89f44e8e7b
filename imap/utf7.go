package imap

// EncodeName is for the branch that has it.
func EncodeName(s string) string { return s }

// DecodeName likewise.
func DecodeName(s string) (string, error) { return s, nil }
