package imap

import (
	"slices"
	"strings"
)

// Capabilities are what a server can do, as it said (RFC 3501 §7.2.1). nil is a server that was
// not asked.
type Capabilities []string

// rev1 is the protocol itself.
const rev1 = "IMAP4rev1"

// StandardCapabilities are those of this package, but for AUTH=…, STARTTLS and LOGINDISABLED,
// which a server adds by itself. LITERAL- may stand for LITERAL+ (RFC 7888 §5).
func StandardCapabilities() Capabilities {
	return Capabilities{rev1, "LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE", "NAMESPACE", "UNSELECT",
		"UIDPLUS", "MOVE", "CHILDREN", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE",
		"CREATE-SPECIAL-USE", "STATUS=SIZE", "ESEARCH", "SEARCHRES", "WITHIN", "SORT",
		"THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "BINARY", "MULTIAPPEND", "APPENDLIMIT",
		"CONDSTORE", "UTF8=ACCEPT", "QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE"}
}

// Has says that a capability is offered, in letters of any case. One with parameters is meant by
// its name alone too: "APPENDLIMIT" is there where "APPENDLIMIT=1000" is.
func (c Capabilities) Has(name string) bool {
	return slices.ContainsFunc(c, func(offered string) bool {
		base, _, _ := strings.Cut(offered, "=")
		return sameWord(offered, name) || sameWord(base, name)
	})
}

// Mechanisms are those by which the server lets a client log in with AUTHENTICATE, in capitals.
func (c Capabilities) Mechanisms() []string {
	var all []string
	for _, offered := range c {
		if name, mechanism, ok := strings.Cut(strings.ToUpper(offered), "="); ok && name == "AUTH" {
			all = append(all, mechanism)
		}
	}
	return all
}

// A CapabilityData is the list of what a server can do (RFC 3501 §7.2.1).
type CapabilityData struct{ Capabilities }

func (d CapabilityData) print(w *writer) {
	w.raw("CAPABILITY")
	for _, c := range d.Capabilities {
		w.sp()
		w.raw(c)
	}
}

func parseCapabilityData(s *scanner, _ uint32) Data {
	var d CapabilityData
	for s.take(' ') && !s.ended() { // some servers end the line with a space
		d.Capabilities = append(d.Capabilities, s.atom())
	}
	return d
}

// capabilities are what the client is offered now.
func (s *session) capabilities() Capabilities {
	offered := Capabilities{rev1}
	for _, c := range s.srv.Capabilities {
		switch {
		case c == rev1:
		case c == "APPENDLIMIT":
			offered = append(offered, "APPENDLIMIT="+decimal(s.limits.Message))
		default:
			offered = append(offered, c)
		}
	}
	if s.state != StateNotAuthenticated {
		return offered
	}
	if s.offersStartTLS() {
		offered = append(offered, "STARTTLS")
	}
	if s.srv.Capabilities != nil {
		for _, m := range s.mechanisms() {
			offered = append(offered, "AUTH="+m)
		}
	}
	if s.loginDisabled() {
		offered = append(offered, "LOGINDISABLED")
	}
	return offered
}

func (s *session) capability(Simple) *Response {
	s.tell(CapabilityData{s.capabilities()})
	return Accept("That is all")
}
