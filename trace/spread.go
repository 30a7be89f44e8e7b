package trace

import "bytes"

// Spread finds what is secret of a text that goes on from unit to unit, as that of a reply of
// many lines does: who quotes a secret may wrap it. The text stands from the octet at on in
// ev's payload; fresh says that it begins there. ev is to be written next, with what is to be
// hidden.
func (s *Scribe) Spread(ev *Event, at int, fresh bool) (hide []Span) {
	st := s.stream(ev.End)
	before := st.text
	st.text = nil
	if s.show || len(s.secrets.values) == 0 {
		return nil
	}
	if fresh {
		before = nil
	}
	payload := ev.Payload()[at:]
	texts := [][]byte{bytes.Trim(payload, " "), payload}
	if len(texts[0]) == len(payload) {
		texts = texts[1:]
	}
	for _, text := range texts { // blanks at its ends may be of the secret, or of who quotes it
		at := at + bytes.Index(payload, text)
		for _, between := range []string{"", " "} { // it may have been wrapped at a space
			joined := append(append(bytes.Clone(before), between...), text...)
			start := len(joined) - len(text)
			for _, span := range s.secrets.find(joined) {
				if end := span.At + span.Len; span.At < start && end > start {
					hide = append(hide, Span{at, end - start})
				}
			}
			if n := min(s.secrets.overlap(joined, minSecret), len(text)); n > 0 {
				hide = append(hide, Span{at + len(text) - n, n})
			}
			if n := s.secrets.overlap(joined, 1); n > len(st.text) && n <= maxSpread {
				st.text = joined[len(joined)-n:]
			}
			if len(before) == 0 {
				break
			}
		}
	}
	return hide
}

// Spreads says that the next unit of e may go on with a secret.
func (s *Scribe) Spreads(e End) bool { return len(s.stream(e).text) > 0 }

// maxSpread is how many octets are kept of a secret that may go on in the next unit: as many
// as are remembered of one, in base64.
const maxSpread = maxSecret * 4 / 3
