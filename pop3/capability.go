package pop3

// A Capability is one line of the answer to CAPA: a keyword and its parameters
// (RFC 2449 §5).
type Capability struct {
	Keyword string // in capitals
	Params  string // as it was said, "" where there are none
}

// Capabilities are what a server can do, in its order. nil is a server that does not know
// CAPA, or was not asked.
type Capabilities []Capability

// StandardCapabilities are those of this package, but for USER, SASL and STLS, which a
// server adds by itself: RFC 2449 §6, RFC 3206, RFC 6856.
func StandardCapabilities() Capabilities {
	return Capabilities{{"TOP", ""}, {"UIDL", ""}, {"RESP-CODES", ""}, {"AUTH-RESP-CODE", ""},
		{"PIPELINING", ""}, {"UTF8", "USER"}, {"EXPIRE", "NEVER"}, {"IMPLEMENTATION", "mailtool"}}
}

// Mechanisms are those by which the server lets a client log in with AUTH, in capitals
// (RFC 5034 §3).
func (c Capabilities) Mechanisms() []string { return nil }

// Has says that the capability with that keyword, in capitals, is offered.
func (c Capabilities) Has(keyword string) bool { return false }

// Param returns what stands behind the keyword, and whether it is offered.
func (c Capabilities) Param(keyword string) (params string, ok bool) { return "", false }
