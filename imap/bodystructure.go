package imap

import "mailtool/mime/scan"

// A BodyStructure is what a message or a part is made of (RFC 3501 §7.4.2, BODYSTRUCTURE). A
// text that is empty is NIL.
type BodyStructure struct {
	Type, Subtype string       // as they are written
	Params        []scan.Param // none is decoded; a multipart's are extension data

	// Of what is no multipart:
	ID, Description string
	Encoding        string
	Octets          int64
	Lines           int64     // of text and message/rfc822
	Envelope        *Envelope // of message/rfc822

	// Parts are those of a multipart, or the one message in a message/rfc822.
	Parts []*BodyStructure

	// Extended says that there is extension data, which BODY has none of.
	Extended    bool
	MD5         string
	Disposition string
	DispParams  []scan.Param
	Languages   []string
	Location    string
}

// Multipart says that it is one (RFC 2046 §5.1).
func (b *BodyStructure) Multipart() bool { return sameWord(b.Type, "multipart") }

// message says that it is a message/rfc822, of which there are envelope, structure and lines.
func (b *BodyStructure) message() bool {
	return sameWord(b.Type, "message") && sameWord(b.Subtype, "rfc822")
}

func (b *BodyStructure) text() bool { return sameWord(b.Type, "text") }

// body writes body (RFC 3501 §9).
func (w *writer) body(b *BodyStructure) {
	w.raw("(")
	if b.Multipart() {
		w.multipart(b)
	} else {
		w.singlePart(b)
	}
	if b.Extended {
		w.extension(b)
	}
	w.raw(")")
}

// multipart writes body-type-mpart, but for the extension data behind the parameters.
func (w *writer) multipart(b *BodyStructure) {
	for _, part := range b.Parts {
		w.body(part)
	}
	w.sp()
	w.fieldText(b.Subtype)
	if b.Extended {
		w.sp()
		w.params(b.Params)
	}
}

// singlePart writes body-type-1part, but for its extension data.
func (w *writer) singlePart(b *BodyStructure) {
	w.fieldText(b.Type)
	w.sp()
	w.fieldText(b.Subtype)
	w.sp()
	w.params(b.Params)
	w.sp()
	w.orNIL(b.ID)
	w.sp()
	w.orNIL(b.Description)
	w.sp()
	w.fieldText(b.Encoding)
	w.sp()
	w.number64(b.Octets)
	if b.message() {
		w.sp()
		w.envelope(b.Envelope)
		w.sp()
		w.body(b.Parts[0])
	}
	if b.message() || b.text() {
		w.sp()
		w.number64(b.Lines)
	}
	if b.Extended {
		w.sp()
		w.orNIL(b.MD5)
	}
}

// extension writes what both kinds of extension data end in.
func (w *writer) extension(b *BodyStructure) {
	w.sp()
	if b.Disposition == "" && len(b.DispParams) == 0 {
		w.raw("NIL")
	} else {
		w.raw("(")
		w.fieldText(b.Disposition)
		w.sp()
		w.params(b.DispParams)
		w.raw(")")
	}
	w.sp()
	switch len(b.Languages) {
	case 0:
		w.raw("NIL")
	case 1:
		w.fieldText(b.Languages[0])
	default:
		w.list(len(b.Languages), func(i int) { w.fieldText(b.Languages[i]) })
	}
	w.sp()
	w.orNIL(b.Location)
}

// params writes body-fld-param.
func (w *writer) params(all []scan.Param) {
	if len(all) == 0 {
		w.raw("NIL")
		return
	}
	w.raw("(")
	for i := range all {
		if i > 0 {
			w.sp()
		}
		w.fieldText(all[i].Name)
		w.sp()
		w.fieldText(all[i].Value)
	}
	w.raw(")")
}

// body reads body. How deep parts lie in each other is bounded by nested.
func (s *scanner) body() *BodyStructure {
	b := &BodyStructure{}
	s.nested(func() {
		if s.next() == '(' {
			s.multipart(b)
		} else {
			s.singlePart(b)
		}
	})
	return b
}

// multipart reads body-type-mpart.
func (s *scanner) multipart(b *BodyStructure) {
	b.Type = "multipart"
	for s.next() == '(' {
		b.Parts = append(b.Parts, s.body())
		if rest := s.rest(); len(rest) > 1 && rest[0] == ' ' && rest[1] == '(' {
			s.sp() // some servers put spaces between parts
		}
	}
	s.sp()
	b.Subtype = s.str()
	if s.take(' ') {
		b.Extended = true
		b.Params = s.params()
		s.extension(b)
	}
}

// singlePart reads body-type-1part.
func (s *scanner) singlePart(b *BodyStructure) {
	b.Type = s.str()
	s.sp()
	b.Subtype = s.str()
	s.sp()
	b.Params = s.params()
	s.sp()
	b.ID, _ = s.nstring()
	s.sp()
	b.Description, _ = s.nstring()
	s.sp()
	b.Encoding, _ = s.nstring() // some servers have NIL there
	s.sp()
	b.Octets = s.number64()
	if b.message() {
		s.sp()
		b.Envelope = s.envelope()
		s.sp()
		b.Parts = []*BodyStructure{s.body()}
	}
	if b.message() || b.text() {
		s.sp()
		b.Lines = s.number64()
	}
	if s.take(' ') {
		b.Extended = true
		b.MD5, _ = s.nstring()
		s.extension(b)
	}
}

// extension reads what both kinds of extension data end in. A server may leave out the end,
// and a newer one may have more (RFC 3501 §9, body-extension).
func (s *scanner) extension(b *BodyStructure) {
	if s.take(' ') && !s.word("NIL") {
		s.nested(func() {
			b.Disposition = s.str()
			s.sp()
			b.DispParams = s.params()
		})
	}
	if s.take(' ') {
		b.Languages = s.languages()
	}
	if s.take(' ') {
		b.Location, _ = s.nstring()
	}
	for s.take(' ') {
		s.anything()
	}
}

// languages reads body-fld-lang.
func (s *scanner) languages() (all []string) {
	if s.next() == '(' {
		s.list(func() { all = append(all, s.str()) })
	} else if one, there := s.nstring(); there {
		all = []string{one}
	}
	return all
}

// params reads body-fld-param.
func (s *scanner) params() (all []scan.Param) {
	if s.word("NIL") {
		return nil
	}
	s.list(func() {
		p := scan.Param{Name: s.str()}
		s.sp()
		p.Value, _ = s.nstring()
		all = append(all, p)
	})
	return all
}
