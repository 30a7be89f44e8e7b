package term

import "mailtool/internal/escape"

// Escape returns wire text as it may be put on a screen; see escape.Text.
func Escape(b []byte) string { return escape.Text(b) }

// EscapeBytes is Escape for people who want to see each octet; see escape.ASCII.
func EscapeBytes(b []byte) string { return escape.ASCII(b) }
