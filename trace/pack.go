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
	packedExtras // secrets, findings or a text
)

// pack appends ev to b.
func pack(b []byte, ev *Event) []byte {
	flags := byte(0)
	set := func(f byte, on bool) {
		if on {
			flags |= f
		}
	}
	extras := len(ev.Secrets) > 0 || len(ev.Findings) > 0 || ev.Text != ""
	set(packedFinal, ev.Final)
	set(packedMore, ev.More)
	set(packedRaw, ev.Raw != nil)
	set(packedBody, ev.Body != nil)
	set(packedExtras, extras)
	b = append(b, flags, byte(ev.End), byte(ev.EOL))
	for _, n := range [...]int{ev.N, ev.Layer, ev.Line, ev.Lines, ev.Answers, ev.Part} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range [...]int64{ev.Off, ev.Len, int64(ev.First), int64(ev.Last - ev.First)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, s := range [...]string{string(ev.Kind), ev.Phase, ev.State, ev.Verb} {
		b = packString(b, s)
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
	if extras {
		b = packExtras(b, ev)
	}
	return b
}

func packExtras(b []byte, ev *Event) []byte {
	b = packString(b, ev.Text)
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

// An unpacker reads what pack wrote. It trusts it: nobody else writes it.
type unpacker struct{ b []byte }

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
	flags, end, eol := u.b[0], u.b[1], u.b[2]
	u.b = u.b[3:]
	ev := &Event{Session: session, End: End(end), EOL: int(eol),
		Final: flags&packedFinal != 0, More: flags&packedMore != 0}
	for _, n := range [...]*int{&ev.N, &ev.Layer, &ev.Line, &ev.Lines, &ev.Answers, &ev.Part} {
		*n = int(u.number())
	}
	ev.Off, ev.Len = u.number(), u.number()
	ev.First = time.Duration(u.number())
	ev.Last = ev.First + time.Duration(u.number())
	ev.Kind = Kind(u.string())
	ev.Phase, ev.State, ev.Verb = u.string(), u.string(), u.string()
	if flags&packedRaw != 0 {
		ev.Raw = append([]byte{}, u.octets()...)
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

func (u *unpacker) extras(ev *Event) {
	ev.Text = u.string()
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
