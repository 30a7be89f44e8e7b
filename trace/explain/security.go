package explain

import (
	"strings"
	"time"

	"mailtool/trace"
)

// shownNames is how many names of a certificate stand in a line.
const shownNames = 6

// Security says in lines what is known of TLS, beside what was agreed: whose certificate
// the server showed, and why it is trusted or not. The words in it that came from the
// network are as they are: whoever prints them escapes them.
func Security(lang Lang, s *trace.Security) []string {
	if s == nil || len(s.Chain) == 0 {
		return nil
	}
	own := s.Chain[0]
	lines := []string{Say(lang, "tls/certificate", "names", Names(own.Names),
		"issuer", CommonName(own.Issuer), "until", own.Until.Format(time.DateOnly))}
	switch {
	case s.Trusted():
		lines = append(lines, Say(lang, "tls/trusted", "root", CommonName(s.Root)))
	case s.Anyway:
		lines = append(lines, Say(lang, "tls/anyway", "why", Faults(lang, s.Faults)))
	case s.Version != "":
		lines = append(lines, Say(lang, "tls/untrusted", "why", Faults(lang, s.Faults)))
	}
	return lines
}

// Faults says why a server is not trusted, or why a handshake failed: all reasons.
func Faults(lang Lang, faults []trace.Fault) string {
	said := ""
	for i, f := range faults {
		if i == 0 {
			said = Fault(lang, f)
			continue
		}
		said = Say(lang, "tls/and", "one", said, "other", Fault(lang, f))
	}
	return said
}

// Fault is one of the reasons.
func Fault(lang Lang, f trace.Fault) string {
	key := "tls/fault/" + f.Cause
	s := Say(lang, key, f.Args...)
	if s == key { // a file may have any
		return f.Cause
	}
	return s
}

// Names are those of a certificate in a line, "-" for none.
func Names(names []string) string {
	switch {
	case len(names) == 0:
		return "-"
	case len(names) > shownNames:
		return strings.Join(names[:shownNames], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

// CommonName is the short form of a distinguished name: what people call an authority or
// a server. A name without one stands as it is.
func CommonName(dn string) string {
	cn, ok := strings.CutPrefix(dn, "CN=")
	if !ok {
		return dn
	}
	for i := 0; i < len(cn); i++ {
		switch cn[i] {
		case '\\': // RFC 4514 §2.4: what follows is meant as it is
			i++
		case ',', '+':
			return cn[:i]
		}
	}
	return cn
}
