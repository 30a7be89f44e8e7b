package imap

// An IDField is a word about a program: ("name" "mailtool") (RFC 2971 §3.3).
type IDField struct {
	Name, Value string
	None        bool // the value is NIL
}

// An ID is what a client tells of itself (RFC 2971 §3.1), and what the server answers (§3.2).
// It is for statistics and for reports of bugs: nothing may hang on it.
type ID []IDField

// The limits of RFC 2971 §3.3.
const (
	maxIDFields = 30
	maxIDName   = 30
	maxIDValue  = 1024
)

// Verb implements Command.
func (c ID) Verb() string { return "ID" }

func (c ID) print(w *writer) {
	w.sp()
	if len(c) == 0 {
		w.raw("NIL")
		return
	}
	w.list(len(c), func(i int) {
		w.str(c[i].Name)
		w.sp()
		w.nstring(c[i].Value, !c[i].None)
	})
}

func parseID(s *scanner) Command { return s.id() }

// id reads fields, as strictly as the RFC has it.
func (s *scanner) id() ID {
	var all ID
	s.sp()
	if s.word("NIL") {
		return nil
	}
	s.listOrNone(func() {
		at := s.at
		f := IDField{Name: s.str()}
		s.sp()
		there := false
		f.Value, there = s.nstring()
		f.None = !there
		switch {
		case s.err != nil:
			return
		case len(all) == maxIDFields:
			s.at = at
			s.fail("at most 30 fields")
		case len(f.Name) > maxIDName || len(f.Value) > maxIDValue:
			s.at = at
			s.fail("a field of at most 30 octets, with a value of at most 1024,")
		case all.has(f.Name):
			s.at = at
			s.fail("each field once")
		}
		all = append(all, f)
	})
	return all
}

func (c ID) has(name string) bool {
	for _, f := range c {
		if sameWord(f.Name, name) {
			return true
		}
	}
	return false
}

// An IDData is a server's ID.
type IDData struct{ ID }

func (d IDData) print(w *writer) {
	w.raw("ID")
	d.ID.print(w)
}

func parseIDData(s *scanner, _ uint32) Data { return IDData{s.id()} }

// id answers with what the server was told to tell of itself.
func (s *session) id(ID) *Response {
	var d IDData
	for i := 0; i+1 < len(s.srv.ID); i += 2 {
		d.ID = append(d.ID, IDField{Name: s.srv.ID[i], Value: s.srv.ID[i+1]})
	}
	s.tell(d)
	return Accept("Pleased to meet you")
}

// ID tells the server of the client, and returns what it tells of itself (RFC 2971 §3.1).
func (c *Client) ID(own ID) (ID, error) {
	if err := c.needs("ID"); err != nil {
		return nil, err
	}
	d, err := only[IDData](c, own)
	return d.ID, err
}
