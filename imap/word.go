package imap

// capitals appends a word of the protocol to dst, in capitals. Letters beyond US-ASCII stay what
// they are: a long s is no S.
func capitals(dst []byte, word []byte) []byte {
	for _, c := range word {
		dst = append(dst, upper(c))
	}
	return dst
}

// isWord says that octets of the wire are a word of the protocol, in any case.
func isWord(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if !sameOctet(c, word[i], true) {
			return false
		}
	}
	return true
}
