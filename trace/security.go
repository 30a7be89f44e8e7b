package trace

import (
	"encoding/json"
	"slices"
	"time"
)

// Security is what is known of the TLS below a session, as facts: sentences are made of them
// where they are shown. The names in it come from the other end, or from whoever made its
// certificate.
//
// Of a handshake that failed it has no Version, and Faults says why. A server knows only what
// was agreed, and the name that it was called by: clients show it no certificate.
type Security struct {
	Version string `json:"version,omitempty"` // "TLS 1.3"
	Suite   string `json:"suite,omitempty"`   // "TLS_AES_128_GCM_SHA256"
	Group   string `json:"group,omitempty"`   // of the key exchange, "X25519MLKEM768"

	Host   string        `json:"host,omitempty"`   // whom the client wanted to speak with
	Chain  []Certificate `json:"chain,omitempty"`  // what the server showed, its own first
	Root   string        `json:"root,omitempty"`   // subject of the authority that makes it trusted
	Faults []Fault       `json:"faults,omitempty"` // why it is not trusted, or why TLS failed
	Anyway bool          `json:"anyway,omitempty"` // the client goes on with whoever it is
}

// Trusted says that the server is whom it says it is, as far as the client believes.
func (s *Security) Trusted() bool { return s.Root != "" }

// A Certificate is what people are shown of one.
type Certificate struct {
	Subject     string    `json:"subject"` // distinguished name (RFC 4514)
	Issuer      string    `json:"issuer"`  // of its signer
	Names       []string  `json:"names,omitempty"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	Key         string    `json:"key,omitempty"` // "ECDSA P-256"
	Fingerprint string    `json:"sha256"`        // "AB:CD:..."
	SelfSigned  bool      `json:"self_signed,omitempty"`
}

// A Fault is a reason not to trust a server, or why a handshake failed.
type Fault struct {
	Cause string   `json:"cause"`          // "name", "expired", "issuer" ..., a key of sentences
	Args  []string `json:"args,omitempty"` // names and words for the sentence
}

// maskedBy is s without the secrets that its faults repeat: a copy, if there are any faults.
func (s *Security) maskedBy(scribe *Scribe) *Security {
	if s == nil || len(s.Faults) == 0 {
		return s
	}
	c := *s
	c.Faults = slices.Clone(s.Faults)
	for i := range c.Faults {
		c.Faults[i].Args = slices.Clone(c.Faults[i].Args)
		scribe.maskArgs(c.Faults[i].Args)
	}
	return &c
}

// packSecurity is Security in a packed event, "" for none. A session has one at most, so
// that it need not be small.
func packSecurity(s *Security) string {
	if s == nil {
		return ""
	}
	octets, _ := json.Marshal(s) // strings and times: it cannot fail but for years beyond 9999
	return string(octets)
}

func unpackSecurity(octets []byte) *Security {
	s := new(Security)
	if len(octets) == 0 || json.Unmarshal(octets, s) != nil {
		return nil
	}
	return s
}
