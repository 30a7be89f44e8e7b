package sasl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The messages of SCRAM (RFC 5802 §7) are attributes with commas between them: a letter, "=",
// a value. The first letters of each message are fixed, others may follow:
//
//	client-first   n,a=authzid,  n=name,r=nonce        the header of GS2, then the bare message
//	server-first   r=nonce,s=salt,i=rounds
//	client-final   c=header and binding,r=nonce  ,p=proof
//	server-final   v=signature, or e=error
//
// The library that computes them is generous in reading; here it is checked that they are
// what the grammar says. reveal.go needs the same.

// An attribute is a letter and its value.
type attribute struct {
	letter byte
	value  string
}

// errMessage says nothing of the message: it may be a secret in the wrong place.
var errMessage = fmt.Errorf("%w: not a message of SCRAM", ErrSyntax)

// attributes reads a message that begins with certain letters. What follows them are
// extensions, of any letter but m, which stands for one that must be understood.
func attributes(message, letters string) ([]attribute, error) {
	if !utf8.ValidString(message) {
		return nil, errMessage
	}
	var list []attribute
	for i, part := range strings.Split(message, ",") {
		letter, value, ok := strings.Cut(part, "=")
		if !ok || len(letter) != 1 || !alpha(letter[0]) || value == "" {
			return nil, errMessage
		}
		a := attribute{letter[0], value}
		if i < len(letters) && a.letter != letters[i] || a.letter == 'm' || !a.valid() {
			return nil, errMessage
		}
		list = append(list, a)
	}
	if len(list) < len(letters) {
		return nil, errMessage
	}
	return list, nil
}

// valid says that the value is of the kind that the letter has.
func (a attribute) valid() bool {
	switch a.letter {
	case 'a', 'n':
		return saslname(a.value)
	case 'r':
		return printable(a.value)
	case 'c', 'p', 's', 'v':
		_, err := decode([]byte(a.value))
		return err == nil
	case 'i':
		return strings.Trim(a.value, "0123456789") == "" && a.value[0] != '0'
	}
	return !control(a.value)
}

// A clientFirst is what must be known of a client-first-message before it is believed.
type clientFirst struct {
	flag      string // "n": not bound; "y": could be, but the server cannot; "p": bound
	binding   string // its type, with "p"
	authorize []attribute
	bare      []attribute
}

func parseClientFirst(message string) (m clientFirst, err error) {
	flag, rest, ok1 := strings.Cut(message, ",")
	authorize, bare, ok2 := strings.Cut(rest, ",")
	if !ok1 || !ok2 {
		return m, errMessage
	}
	var bound bool
	m.flag = flag
	if m.binding, bound = strings.CutPrefix(flag, "p="); bound {
		m.flag = "p"
	}
	if bound && !cbName(m.binding) || !bound && flag != "n" && flag != "y" {
		return m, errMessage
	}
	if authorize != "" {
		if m.authorize, err = attributes(authorize, "a"); err != nil {
			return m, err
		}
	}
	m.bare, err = attributes(bare, "nr")
	return m, err
}

// parseClientFinal reads a client-final-message: the proof comes last, behind extensions.
func parseClientFinal(message string) ([]attribute, error) {
	list, err := attributes(message, "cr")
	if err != nil {
		return nil, err
	}
	if list[len(list)-1].letter != 'p' {
		return nil, errMessage
	}
	return list, nil
}

func parseServerFirst(message string) ([]attribute, error) { return attributes(message, "rsi") }

func parseServerFinal(message string) ([]attribute, error) {
	if list, err := attributes(message, "v"); err == nil {
		return list, nil
	}
	return attributes(message, "e")
}

// saslname: "=" is only there in =2C, a comma, and =3D, itself (RFC 5802 §5.1).
func saslname(s string) bool {
	rest := strings.NewReplacer("=2C", "", "=3D", "").Replace(s)
	return !strings.Contains(rest, "=") && !control(s)
}

func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F })
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == ',' })
}

// cbName is the name of a type of binding, as tls-exporter.
func cbName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf || !alpha(byte(r)) && !(r >= '0' && r <= '9') && r != '.' && r != '-'
	})
}

func alpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
