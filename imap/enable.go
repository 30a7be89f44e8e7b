package imap

import "strings"

// An Enable is ENABLE: from now on the client knows these extensions, which make the server say
// what others would not understand (RFC 5161 §3.1).
type Enable struct{ Capabilities Capabilities }

// Verb implements Command.
func (c *Enable) Verb() string { return "ENABLE" }

func (c *Enable) print(w *writer) {
	for _, name := range c.Capabilities {
		w.sp()
		w.raw(name)
	}
}

func parseEnable(s *scanner) Command {
	c := &Enable{}
	s.sp()
	s.items(func() { c.Capabilities = append(c.Capabilities, s.upper()) })
	return c
}

// An EnabledData is what was enabled that was not before (RFC 5161 §3.2).
type EnabledData struct{ Capabilities Capabilities }

func (d *EnabledData) print(w *writer) {
	w.raw("ENABLED")
	(&Enable{d.Capabilities}).print(w)
}

func parseEnabledData(s *scanner, _ uint32) Data {
	d := &EnabledData{}
	for s.take(' ') && !s.ended() {
		d.Capabilities = append(d.Capabilities, strings.ToUpper(s.atom()))
	}
	return d
}

// enable enables what is there to be enabled; the rest is passed over (RFC 5161 §3.1).
func (s *session) enable(c *Enable) *Response {
	d := &EnabledData{}
	for _, name := range c.Capabilities {
		if s.offers(name) && s.switchOn(name) {
			d.Capabilities = append(d.Capabilities, name)
		}
	}
	s.tell(d)
	return Accept("That is what was enabled")
}

// switchOn enables an extension. It returns false for one that is enabled, or cannot be.
func (s *session) switchOn(name string) bool {
	switch {
	case name == "CONDSTORE" && !s.aware:
		s.becomeAware()
	case name == "UTF8=ACCEPT" && !s.utf8:
		s.utf8 = true
	default:
		return false
	}
	return true
}

// Enable says that the client knows some extensions, and returns those that are enabled by it
// (RFC 5161 §3.1). With UTF8=ACCEPT names and strings are in UTF-8 from then on (RFC 6855 §3).
func (c *Client) Enable(names ...string) (Capabilities, error) {
	if err := c.needs("ENABLE"); err != nil {
		return nil, err
	}
	d, err := only[*EnabledData](c, &Enable{names})
	if d == nil || err != nil {
		return nil, err
	}
	return d.Capabilities, nil
}
