package imap

import "slices"

// An ESearchData is what an extended search has found (RFC 4731 §3.1). What was not asked for is
// zero, and so are Min, Max and All where nothing was found.
type ESearchData struct {
	Tag      string // of the command that it answers; "" for none
	UID      bool   // numbers are unique identifiers
	Min, Max uint32
	All      Set
	Counted  bool // Count is there
	Count    uint32
	ModSeq   uint64 // where MODSEQ was asked for (RFC 4731 §3.2)
}

func (d *ESearchData) print(w *writer) {
	w.raw("ESEARCH")
	if d.Tag != "" {
		w.raw(" (TAG ")
		w.str(d.Tag)
		w.raw(")")
	}
	if d.UID {
		w.raw(" UID")
	}
	if d.Min != 0 {
		w.raw(" MIN ")
		w.number(d.Min)
	}
	if d.Max != 0 {
		w.raw(" MAX ")
		w.number(d.Max)
	}
	if len(d.All) > 0 {
		w.raw(" ALL ")
		w.b = d.All.Append(w.b)
	}
	if d.Counted {
		w.raw(" COUNT ")
		w.number(d.Count)
	}
	if d.ModSeq != 0 {
		w.raw(" MODSEQ ")
		w.unsigned(d.ModSeq)
	}
}

// parseESearchData reads esearch-response (RFC 4466 §2.6.2). What it does not know it passes over.
func parseESearchData(s *scanner, _ uint32) Data {
	d := &ESearchData{}
	if !s.take(' ') {
		return d
	}
	if s.next() == '(' {
		s.nested(func() {
			if !s.word("TAG") {
				s.fail("TAG")
			}
			s.sp()
			d.Tag = s.astring()
		})
		if !s.take(' ') {
			return d
		}
	}
	if d.UID = s.word("UID"); d.UID && !s.take(' ') {
		return d
	}
	for !s.ended() {
		name := s.upper()
		s.sp()
		d.item(s, name)
		if !s.take(' ') {
			break
		}
	}
	return d
}

// item reads what stands behind a name.
func (d *ESearchData) item(s *scanner, name string) {
	switch name {
	case "MIN":
		d.Min = s.nzNumber()
	case "MAX":
		d.Max = s.nzNumber()
	case "COUNT":
		d.Counted, d.Count = true, s.number()
	case "ALL":
		d.All = s.knownSet()
	case "MODSEQ":
		d.ModSeq = uint64(s.number64())
	default:
		s.anything()
	}
}

// knownSet reads a set that servers tell: of numbers alone.
func (s *scanner) knownSet() Set {
	at, m := s.at, s.messageSet()
	open := slices.ContainsFunc(m.Numbers, func(r Range) bool { return r.First == 0 || r.Last == 0 })
	if s.err == nil && (m.Saved || open) {
		s.at = at
		s.fail("a set of numbers")
	}
	return m.Numbers
}
