package wire

// Unquote returns what the quoted string at the beginning of text says, and how many octets it
// takes with its quotes: a backslash stands before each quote and each backslash that is meant as
// it is (RFC 3501 §9, quoted). A string that does not end goes to the end of text. Without a
// quote at its beginning, n is 0.
func Unquote(text []byte) (content []byte, n int) {
	if len(text) == 0 || text[0] != '"' {
		return nil, 0
	}
	for n = 1; n < len(text) && text[n] != '"'; n++ {
		if text[n] == '\\' && n+1 < len(text) {
			n++
		}
		content = append(content, text[n])
	}
	return content, min(n+1, len(text))
}
