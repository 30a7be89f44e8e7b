package trace

import (
	"encoding/binary"
	"time"

	"mailtool/trace/rule"
)

// A Ring packs the events that it keeps: as octets they take a third of the memory, and
// the garbage collector has nothing to look for in them.

// The flags that begin a packed event.
const (
	packedFinal = 1 << iota
	packedMore
	packedRaw // Raw is there, though it may be empty
	packedBody
	packedExtras // secrets, findings, a text, what was decoded, or what is known of TLS
	packedLike   // what pack calls its likeness is that of the event before
	packedNext   // so is all that next speaks of, or goes on from there
)

// What may change of a likeness, in the order in which it is packed.
const (
	newEnd = 1 << iota
	newKind
	newPhase
	newState
	newVerb
	newLayer
	newAnswers
	newPart
)

// A likeness is what an event often has in common with the one before it: the lines of a
// message have.
type likeness struct {
	kind                 Kind
	phase, state, verb   string
	end                  End
	layer, answers, part int
}

// changes are what of it ev has not.
func (l *likeness) changes(ev *Event) (set byte) {
	if l.end != ev.End {
		set |= newEnd
	}
	if l.kind != ev.Kind {
		set |= newKind
	}
	if l.phase != ev.Phase {
		set |= newPhase
	}
	if l.state != ev.State {
		set |= newState
	}
	if l.verb != ev.Verb {
		set |= newVerb
	}
	if l.layer != ev.Layer {
		set |= newLayer
	}
	if l.answers != ev.Answers {
		set |= newAnswers
	}
	if l.part != ev.Part {
		set |= newPart
	}
	return set
}

// next says that ev is a line, came together with the event before, and follows it
// directly in every measure: most lines of a message do.
func (l *loss) next(ev *Event) bool {
	return l.number+1 == ev.N && l.upto == ev.Off && l.line+l.lines == ev.Line && ev.Lines == 1 &&
		l.first == ev.First && l.last == ev.Last && int64(len(ev.Raw)) == ev.Len && ev.Raw != nil
}

// pack appends ev to b, which holds the event that before is the likeness of, or none.
// last is how far ev's end had come.
func pack(b []byte, ev *Event, before *likeness, last *loss) []byte {
	flags := byte(0)
	if ev.Final {
		flags |= packedFinal
	}
	if ev.More {
		flags |= packedMore
	}
	if ev.Raw != nil {
		flags |= packedRaw
	}
	if ev.Body != nil {
		flags |= packedBody
	}
	if ev.Text != "" || len(ev.Findings) > 0 || len(ev.Secrets) > 0 || ev.Decoded != "" ||
		ev.Security != nil {
		flags |= packedExtras
	}
	if len(b) == 0 {
		*before = likeness{}
	}
	changes := before.changes(ev)
	if changes == 0 && len(b) > 0 {
		flags |= packedLike
		if last != nil && last.next(ev) {
			flags |= packedNext
		}
	}
	b = append(b, flags, byte(ev.EOL))
	if flags&packedLike == 0 {
		b = packLikeness(b, ev, before, changes)
	}
	if flags&packedNext == 0 {
		b = packPlace(b, ev)
	}
	if ev.Raw != nil {
		b = binary.AppendUvarint(b, uint64(len(ev.Raw)))
		b = append(b, ev.Raw...)
	}
	if ev.Body != nil {
		b = binary.AppendUvarint(b, uint64(ev.Body.Octets))
		b = binary.AppendUvarint(b, uint64(ev.Body.Lines))
		b = binary.AppendUvarint(b, uint64(ev.Body.Longest))
		b = packString(b, ev.Body.SHA256)
	}
	if flags&packedExtras != 0 {
		b = packExtras(b, ev)
	}
	return b
}

func packPlace(b []byte, ev *Event) []byte {
	b = binary.AppendUvarint(b, uint64(ev.N))
	b = binary.AppendUvarint(b, uint64(ev.Off))
	b = binary.AppendUvarint(b, uint64(ev.Len))
	b = binary.AppendUvarint(b, uint64(ev.First))
	b = binary.AppendUvarint(b, uint64(ev.Last-ev.First))
	b = binary.AppendUvarint(b, uint64(ev.Line))
	return binary.AppendUvarint(b, uint64(ev.Lines))
}

// packLikeness appends what changes of l, and makes it that of ev.
func packLikeness(b []byte, ev *Event, l *likeness, changes byte) []byte {
	b = append(b, changes)
	if changes&newEnd != 0 {
		l.end = ev.End
		b = append(b, byte(ev.End))
	}
	if changes&newKind != 0 {
		l.kind = ev.Kind
		b = packString(b, string(ev.Kind))
	}
	if changes&newPhase != 0 {
		l.phase = ev.Phase
		b = packString(b, ev.Phase)
	}
	if changes&newState != 0 {
		l.state = ev.State
		b = packString(b, ev.State)
	}
	if changes&newVerb != 0 {
		l.verb = ev.Verb
		b = packString(b, ev.Verb)
	}
	if changes&newLayer != 0 {
		l.layer = ev.Layer
		b = binary.AppendUvarint(b, uint64(ev.Layer))
	}
	if changes&newAnswers != 0 {
		l.answers = ev.Answers
		b = binary.AppendUvarint(b, uint64(ev.Answers))
	}
	if changes&newPart != 0 {
		l.part = ev.Part
		b = binary.AppendUvarint(b, uint64(ev.Part))
	}
	return b
}

func packExtras(b []byte, ev *Event) []byte {
	b = packString(b, ev.Text)
	b = packString(b, ev.Decoded)
	b = packString(b, packSecurity(ev.Security))
	b = binary.AppendUvarint(b, uint64(len(ev.Secrets)))
	for _, s := range ev.Secrets {
		b = binary.AppendUvarint(b, uint64(s.At))
		b = binary.AppendUvarint(b, uint64(s.Len))
	}
	b = binary.AppendUvarint(b, uint64(len(ev.Findings)))
	for i := range ev.Findings {
		f := &ev.Findings[i]
		b = packString(b, f.ID)
		b = packString(b, string(f.Level))
		b = packString(b, f.Section)
		for _, n := range [...]int64{f.Off, f.Len, int64(f.At), int64(f.Byte)} {
			b = binary.AppendVarint(b, n)
		}
		b = binary.AppendUvarint(b, uint64(len(f.Args)))
		for _, a := range f.Args {
			b = packString(b, a)
		}
	}
	return b
}

func packString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// An unpacker reads what pack wrote, from the beginning. It trusts it: nobody else writes
// it.
type unpacker struct {
	b      []byte
	like   likeness // of the event before
	before *Event
}

func (u *unpacker) number() int64 {
	n, k := binary.Uvarint(u.b)
	u.b = u.b[k:]
	return int64(n)
}

func (u *unpacker) signed() int64 {
	n, k := binary.Varint(u.b)
	u.b = u.b[k:]
	return n
}

func (u *unpacker) octets() []byte {
	n := u.number()
	p := u.b[:n:n]
	u.b = u.b[n:]
	return p
}

func (u *unpacker) string() string { return string(u.octets()) }

// event reads an event. Its octets are a copy.
func (u *unpacker) event(session string) *Event {
	flags, eol := u.b[0], u.b[1]
	u.b = u.b[2:]
	if flags&packedLike == 0 {
		u.likeness()
	}
	l := &u.like
	ev := &Event{Session: session, EOL: int(eol), Kind: l.kind, Phase: l.phase, State: l.state,
		Verb: l.verb, End: l.end, Layer: l.layer, Answers: l.answers, Part: l.part,
		Final: flags&packedFinal != 0, More: flags&packedMore != 0}
	if flags&packedNext == 0 {
		u.place(ev)
	} else {
		before := u.before
		ev.N, ev.Off, ev.Line = before.N+1, before.Off+before.Len, before.Line+before.Lines
		ev.First, ev.Last, ev.Lines = before.First, before.Last, 1
	}
	u.before = ev
	if flags&packedRaw != 0 {
		ev.Raw = append([]byte{}, u.octets()...)
	}
	if flags&packedNext != 0 {
		ev.Len = int64(len(ev.Raw))
	}
	if flags&packedBody != 0 {
		ev.Body = &Body{Octets: u.number(), Lines: int(u.number()), Longest: int(u.number()),
			SHA256: u.string()}
	}
	if flags&packedExtras != 0 {
		u.extras(ev)
	}
	return ev
}

func (u *unpacker) place(ev *Event) {
	ev.N = int(u.number())
	ev.Off, ev.Len = u.number(), u.number()
	ev.First = time.Duration(u.number())
	ev.Last = ev.First + time.Duration(u.number())
	ev.Line, ev.Lines = int(u.number()), int(u.number())
}

func (u *unpacker) likeness() {
	changes, l := u.b[0], &u.like
	u.b = u.b[1:]
	if changes&newEnd != 0 {
		l.end = End(u.b[0])
		u.b = u.b[1:]
	}
	if changes&newKind != 0 {
		l.kind = Kind(u.string())
	}
	if changes&newPhase != 0 {
		l.phase = u.string()
	}
	if changes&newState != 0 {
		l.state = u.string()
	}
	if changes&newVerb != 0 {
		l.verb = u.string()
	}
	if changes&newLayer != 0 {
		l.layer = int(u.number())
	}
	if changes&newAnswers != 0 {
		l.answers = int(u.number())
	}
	if changes&newPart != 0 {
		l.part = int(u.number())
	}
}

func (u *unpacker) extras(ev *Event) {
	ev.Text, ev.Decoded = u.string(), u.string()
	ev.Security = unpackSecurity(u.octets())
	for range u.number() {
		ev.Secrets = append(ev.Secrets, Span{int(u.number()), int(u.number())})
	}
	for range u.number() {
		f := rule.Finding{ID: u.string(), Level: rule.Level(u.string()), Section: u.string(),
			Off: u.signed(), Len: u.signed(), At: int(u.signed()), Byte: int(u.signed())}
		for range u.number() {
			f.Args = append(f.Args, u.string())
		}
		ev.Findings = append(ev.Findings, f)
	}
}
