package trace

import (
	"bytes"
	"slices"
	"time"

	"mailtool/trace/rule"
)

// MaxHeld is how many octets of an end are held until the other end's reply shows
// what they are.
const MaxHeld = 64 << 10

// A Scribe keeps the books of a dissector: the octets of each end that are not yet an
// event, their times, the offsets, the numbers, the masks. It knows no protocol; each
// dissector has one, decides where units end and what they are, and has them written.
//
// The order of calls for a unit is: Fresh and Scanned until its end is found, Take,
// then Write. Between Take and Write the event's Raw is what stood on the wire.
type Scribe struct {
	emit    func(*Event)
	session string
	opened  time.Time
	now     time.Duration
	show    bool // secrets are left readable
	client  stream
	server  stream
	secrets secrets
	speaker End
	turn    int // how often the ends took turns to speak
	layer   int
	number  int
	line    int
	free    []*Event // those that were emitted: their memory makes the next ones
}

// NewScribe returns a Scribe for the session of that name.
func NewScribe(session string) Scribe { return Scribe{session: session} }

// Clone returns a copy that shares nothing with s.
func (s *Scribe) Clone() Scribe {
	c := *s
	c.client, c.server = s.client.clone(), s.server.clone()
	c.secrets.values = slices.Clone(s.secrets.values)
	c.free = nil
	return c
}

func (s *Scribe) stream(e End) *stream {
	if e == Server {
		return &s.server
	}
	return &s.client
}

// Begin takes what every mark has in common. It comes first in each Mark.
func (s *Scribe) Begin(m Mark, emit func(*Event)) {
	s.emit = emit
	if m.Kind == MarkOpen {
		s.opened = m.When
		if m.Open != nil {
			s.show = m.Open.ShowSecrets
		}
	}
	s.now = max(m.When.Sub(s.opened), s.now)
	if m.Kind == MarkBytes {
		if s.speaker != m.End {
			s.speaker = m.End
			s.turn++
		}
		s.stream(m.End).add(m.B, s.now, s.turn)
	}
}

// End comes last in each Mark: what is left is copied, since the mark's octets belong
// to whoever made it.
func (s *Scribe) End() {
	s.client.keep()
	s.server.keep()
	for _, ev := range s.free {
		ev.Raw = nil
	}
	s.emit = nil
}

// Fresh returns the octets of the current unit of e that were not yet scanned. It ends
// where the unit would have to be cut.
func (s *Scribe) Fresh(e End) []byte {
	st := s.stream(e)
	if st.scanned >= MaxUnit {
		return nil
	}
	return st.bytes[st.scanned:min(len(st.bytes), MaxUnit)]
}

// Scanned says that n more octets of e were scanned, and returns how many of the unit
// were by now.
func (s *Scribe) Scanned(e End, n int) int {
	st := s.stream(e)
	st.scanned += n
	return st.scanned
}

// Oldest is the end whose octets have waited longest for an event, NoEnd if none wait.
// When a connection ends, what is left is written in this order.
func (s *Scribe) Oldest() End {
	c, v := s.client.stamps, s.server.stamps
	switch {
	case len(s.client.bytes) == 0 && len(s.server.bytes) == 0:
		return NoEnd
	case len(s.server.bytes) == 0:
		return Client
	case len(s.client.bytes) == 0 || v[0].turn < c[0].turn:
		return Server
	}
	return Client
}

// Held returns the octets of e that no event has been made of.
func (s *Scribe) Held(e End) []byte { return s.stream(e).bytes }

// Next is the mark of octets that e would send now.
func (s *Scribe) Next(e End, b []byte) Mark {
	return Mark{Kind: MarkBytes, When: s.opened.Add(s.now), End: e, B: b}
}

// ShowsSecrets says that the record leaves secrets readable.
func (s *Scribe) ShowsSecrets() bool { return s.show }

// Seen is how far e's stream has been dissected.
func (s *Scribe) Seen(e End) int64 { return s.stream(e).off }

// Take makes an event of the first n octets of e that no event has been made of.
func (s *Scribe) Take(e End, n int, k Kind) *Event {
	st := s.stream(e)
	ev := s.event(k)
	ev.End = e
	ev.Raw = st.bytes[:n:n]
	ev.Off, ev.Len = st.off, int64(n)
	first, last := st.drop(n)
	ev.First, ev.Last = first.when, last.when
	ev.EOL = eol(ev.Raw)
	ev.Lines = 1
	ev.Part = st.first
	return ev
}

// Cut is Take for a unit that is too long to be waited for: the event is the first
// piece of it, and what follows will be a part of it.
func (s *Scribe) Cut(e End, n int, k Kind) *Event {
	ev := s.Take(e, n, k)
	ev.EOL, ev.More = 0, true
	return ev
}

// Drop throws away n octets of e: they belong to a mask that has been written.
func (s *Scribe) Drop(e End, n int) { s.stream(e).drop(n) }

// Continues says that units of e belong to the event numbered first until it is called
// with 0.
func (s *Scribe) Continues(e End, first int) { s.stream(e).first = first }

// Remember has value, as it stood on the wire, masked wherever a later command or reply
// repeats it.
func (s *Scribe) Remember(value []byte) {
	if !s.show {
		s.secrets.remember(value)
	}
}

// RememberParts is Remember for a value of which is known what it holds: of that only the
// secrets are masked where they are repeated.
func (s *Scribe) RememberParts(value []byte, secrets []string) {
	if s.show {
		return
	}
	s.secrets.add(value)
	for _, secret := range secrets {
		s.secrets.add([]byte(secret))
	}
}

// Write masks hide, which are ranges of Raw, and whatever secret of the session is
// repeated, completes the event's findings, numbers it and emits it. Findings must be
// relative to Raw. Data is written as it is, except for hide.
func (s *Scribe) Write(ev *Event, hide ...Span) {
	if !s.show {
		s.mask(ev, hide)
	}
	for i := range ev.Findings {
		ev.Findings[i].Off += ev.Off
	}
	s.number++
	ev.N = s.number
	if ev.Lines > 0 {
		ev.Line = s.line + 1
		s.line += ev.Lines
	} else {
		ev.Line = s.line
	}
	s.stream(ev.End).off += ev.Len
	s.hand(ev)
}

func (s *Scribe) mask(ev *Event, hide []Span) {
	if len(hide) == 0 && len(s.secrets.values) == 0 {
		return
	}
	if ev.Kind == Data || ev.Kind == DataEnd {
		if len(hide) == 0 && len(ev.Findings) == 0 {
			return
		}
	} else {
		hide = append(hide, s.secrets.find(ev.Payload())...)
		hide = append(hide, s.across(ev)...)
	}
	for i := range ev.Findings {
		s.maskArgs(ev.Findings[i].Args)
	}
	ev.Decoded = s.masked(ev.Decoded)
	if hide = merge(hide); len(hide) == 0 {
		return
	}
	for i := range ev.Findings {
		maskFinding(&ev.Findings[i], hide)
	}
	ev.Raw, ev.Secrets = mask(ev.Raw, hide)
	ev.Len = int64(len(ev.Raw))
}

// across finds what is secret of a unit that is cut within a secret.
func (s *Scribe) across(ev *Event) (hide []Span) {
	st := s.stream(ev.End)
	if n := s.secrets.crossing(st.tail, ev.Payload()); n > 0 {
		hide = append(hide, Span{0, n})
	}
	st.tail = nil
	if ev.EOL > 0 || len(ev.Raw) < MaxUnit {
		return hide
	}
	if n := s.secrets.overlap(ev.Raw, 1); n > 0 {
		st.tail = bytes.Clone(ev.Raw[len(ev.Raw)-n:])
		hide = append(hide, Span{len(ev.Raw) - n, n})
	}
	return hide
}

// maskArgs masks the secrets that a finding's words repeat.
func (s *Scribe) maskArgs(args []string) {
	for i, a := range args {
		args[i] = s.masked(a)
	}
}

// Masked is text with the secrets masked that it repeats: it is none of the record's.
func (s *Scribe) Masked(text string) string { return s.masked(text) }

// masked is text with the secrets masked that it repeats.
func (s *Scribe) masked(text string) string {
	if text == "" {
		return ""
	}
	spans := s.secrets.find([]byte(text))
	if len(spans) == 0 {
		return text
	}
	m, _ := mask([]byte(text), spans)
	return string(m)
}

// maskFinding moves a finding to where its octets stand once hide is masked.
func maskFinding(f *rule.Finding, hide []Span) {
	from, hidden := maskedIndex(int(f.Off), hide)
	to, _ := maskedIndex(int(f.Off+f.Len), hide)
	f.Off, f.Len = int64(from), int64(max(to-from, 0))
	if f.At > 0 {
		f.At = from + 1
	}
	if hidden {
		f.Byte = -1
	}
}

// Mark makes an event of a mark of the record and emits it.
func (s *Scribe) Mark(e End, k Kind, text string) *Event {
	ev := s.event(k)
	ev.End, ev.Text, ev.First, ev.Last = e, text, s.now, s.now
	if e != NoEnd {
		ev.Off = s.stream(e).off
	}
	return ev
}

// WriteMark numbers and emits an event that Mark made. n octets of its end's stream are
// accounted to it.
func (s *Scribe) WriteMark(ev *Event, n int64) {
	ev.Len = n
	for i := range ev.Findings {
		ev.Findings[i].Off += ev.Off
	}
	if ev.End != NoEnd {
		s.stream(ev.End).off += n
	}
	s.number++
	ev.N = s.number
	if !s.show && len(s.secrets.values) > 0 { // why TLS failed may quote what came instead
		ev.Text = s.masked(ev.Text)
		ev.Security = ev.Security.maskedBy(s)
	}
	s.hand(ev)
}

// Rebase begins a new layer: offsets count from 0 again.
func (s *Scribe) Rebase() {
	s.layer++
	for _, st := range []*stream{&s.client, &s.server} {
		*st = stream{own: st.own[:0]}
	}
}

// Pending masks text, an unfinished line of e, with hide and what else is known to be
// secret, and returns a copy of it.
func (s *Scribe) Pending(text []byte, hide ...Span) []byte {
	if s.show || len(text) == 0 {
		return bytes.Clone(text)
	}
	hide = append(hide, s.secrets.find(text)...)
	for _, st := range []*stream{&s.client, &s.server} { // whose text it is does not matter
		hide = append(hide, Span{0, s.secrets.crossing(st.tail, text)})
	}
	line := bytes.TrimSuffix(text, []byte("\r"))
	if n := s.secrets.overlap(line, 1); n > 0 {
		hide = append(hide, Span{len(line) - n, n})
	}
	masked, _ := mask(text, merge(hide))
	return masked
}

// event makes an event of one that is over, if there is one: see Dissector.Mark.
func (s *Scribe) event(k Kind) *Event {
	var ev *Event
	if last := len(s.free) - 1; last >= 0 {
		ev, s.free = s.free[last], s.free[:last]
	} else {
		ev = new(Event)
	}
	*ev = Event{}
	ev.Session, ev.Layer, ev.Kind = s.session, s.layer, k
	return ev
}

// hand emits ev. The dissector may look at it until it makes another event.
func (s *Scribe) hand(ev *Event) {
	s.emit(ev)
	s.free = append(s.free, ev)
}

// eol is how many octets of raw are its line ending.
func eol(raw []byte) int {
	n := len(raw)
	switch {
	case n > 1 && raw[n-2] == '\r' && raw[n-1] == '\n':
		return 2
	case n > 0 && raw[n-1] == '\n':
		return 1
	}
	return 0
}
