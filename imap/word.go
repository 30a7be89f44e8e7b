package imap

import "unicode/utf8"

// capitals appends a word of the protocol to dst, in capitals. Letters beyond US-ASCII stay what
// they are: a long s is no S.
func capitals(dst []byte, word []byte) []byte {
	for _, c := range word {
		dst = append(dst, upper(c))
	}
	return dst
}

// sameWord compares words of the protocol, or octets of the wire with one, in any case. Letters
// beyond US-ASCII are no capitals of others, as they are to package strings.
func sameWord[T string | []byte](a T, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if !sameOctet(a[i], b[i], true) {
			return false
		}
	}
	return true
}

// sameOctet compares two octets, in any case if fold is true.
func sameOctet(a, b byte, fold bool) bool { return a == b || fold && upper(a) == upper(b) }

// upper returns the capital of a letter of US-ASCII.
func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
