package imap

import "strings"

// MessageID returns the first message identifier in the value of a Message-ID or
// In-Reply-To field, in the form in which identifiers are compared, and "" if there is
// none. They are compared with their case, but not with their quotes and backslashes: of
// <"a"@b> remains a@b (RFC 5256 §3, REFERENCES). So do white space and folding not count.
func MessageID(value string) string {
	for value != "" {
		id, rest := nextID(value)
		if id != "" {
			return id
		}
		value = rest
	}
	return ""
}

// ThreadReferences returns the identifiers of the messages that a message answers, the
// oldest first: those of its References field, or else the first of In-Reply-To, in which
// addresses have been seen behind it (RFC 5256 §3, REFERENCES).
func ThreadReferences(references, inReplyTo string) (ids []string) {
	for references != "" {
		var id string
		if id, references = nextID(references); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		if id := MessageID(inReplyTo); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// nextID reads the first <...> of a field's value, and returns what stands behind. Where a
// "<" follows before the ">", another begins there; a quote that has no end goes to the end
// of the value. id is "" where it is no identifier.
func nextID(value string) (id, rest string) {
	begin := strings.IndexByte(value, '<')
	if begin < 0 {
		return "", ""
	}
	value = value[begin+1:]
	quoted := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '<':
			return "", value[i:]
		case c == '>':
			return normalID(value[:i]), value[i+1:]
		}
	}
	return "", ""
}

// normalID takes quotes, backslashes in them, and white space away. It returns "" where
// nothing stands before "@", or behind it (RFC 5322 §3.6.4).
func normalID(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	at, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '"':
			quoted = !quoted
			continue
		case quoted && c == '\\':
			i++ // nextID has found the end of the quote behind it
			c = raw[i]
		case quoted:
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == '@':
			at = b.Len()
		}
		b.WriteByte(c)
	}
	if at == 0 || at+1 == b.Len() {
		return ""
	}
	return b.String()
}
