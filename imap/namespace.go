package imap

// A Namespace is a part of the names there are (RFC 2342 §5).
type Namespace struct {
	Prefix    string // what its names begin with
	Delimiter string // "" where names have no levels
}

// A NamespaceData is what NAMESPACE tells: where the user's own mailboxes are, those of others,
// and those for all.
type NamespaceData struct{ Personal, Others, Shared []Namespace }

func (d *NamespaceData) print(w *writer) {
	w.raw("NAMESPACE")
	for _, spaces := range [][]Namespace{d.Personal, d.Others, d.Shared} {
		w.sp()
		if len(spaces) == 0 {
			w.raw("NIL")
			continue
		}
		w.raw("(") // nothing is between them (RFC 2342 §5)
		for _, n := range spaces {
			w.raw("(")
			w.namespacePrefix(n.Prefix)
			w.sp()
			w.delimiter(n.Delimiter)
			w.raw(")")
		}
		w.raw(")")
	}
}

func (w *writer) namespacePrefix(prefix string) {
	if !w.utf8 {
		prefix = EncodeName(prefix)
	}
	w.str(prefix)
}

func parseNamespaceData(s *scanner, _ uint32) Data {
	d := &NamespaceData{}
	for _, spaces := range []*[]Namespace{&d.Personal, &d.Others, &d.Shared} {
		s.sp()
		if s.word("NIL") {
			continue
		}
		s.nested(func() {
			for s.next() == '(' {
				*spaces = append(*spaces, s.namespace())
				s.take(' ') // some servers have one
			}
		})
	}
	return d
}

// namespace reads one, and passes over extensions.
func (s *scanner) namespace() (n Namespace) {
	s.nested(func() {
		n.Prefix = s.decodedName(s.str)
		s.sp()
		n.Delimiter = s.delimiter()
		for s.take(' ') {
			s.anything()
		}
	})
	return n
}

// namespace tells that all names are the user's own (RFC 2342 §5).
func (s *session) namespace(Simple) *Response {
	s.tell(&NamespaceData{Personal: []Namespace{{Delimiter: string(Delimiter)}}})
	return Accept("That is all")
}

// Namespace asks where the names of mailboxes begin (RFC 2342 §5).
func (c *Client) Namespace() (*NamespaceData, error) {
	if err := c.needs("NAMESPACE"); err != nil {
		return nil, err
	}
	return only[*NamespaceData](c, Simple{"NAMESPACE"})
}
