package wire

import "testing"

func TestFindLiteral(t *testing.T) {
	for _, row := range []struct {
		why, in string
		want    Literal
		ok      bool
	}{
		{"the plain form", "a LOGIN {5}", Literal{Size: 5, At: 8}, true},
		{"alone", "{5}", Literal{Size: 5}, true},
		{"empty string", "a {0}", Literal{At: 2}, true},
		{"leading zeros are digits", "a {005}", Literal{Size: 5, At: 2}, true},
		{"does not wait (RFC 7888)", "a {5+}", Literal{Size: 5, NoWait: true, At: 2}, true},
		{"binary (RFC 3516)", "a ~{5}", Literal{Size: 5, Binary: true, At: 2}, true},
		{"binary at the start", "~{5}", Literal{Size: 5, Binary: true}, true},
		{"both", "a ~{5+}", Literal{Size: 5, Binary: true, NoWait: true, At: 2}, true},
		{"no space is needed", "BODY[]{12}", Literal{Size: 12, At: 6}, true},
		{"the last counts", "{1} {2}", Literal{Size: 2, At: 4}, true},
		{"2^53 is the greatest", "{9007199254740992}", Literal{Size: 1 << 53}, true},
		{"one more is none", "{9007199254740993}", Literal{}, false},
		{"an overflow is none", "{99999999999999999999999999}", Literal{}, false},
		{"no digits", "a {}", Literal{}, false},
		{"no digits, plus", "a {+}", Literal{}, false},
		{"a sign", "a {-5}", Literal{}, false},
		{"two plus", "a {5++}", Literal{}, false},
		{"LITERAL- has no sign of its own (RFC 7888 §5)", "a {5-}", Literal{}, false},
		{"a space within", "a { 5}", Literal{}, false},
		{"not at the end", "a {5} ", Literal{}, false},
		{"no opening brace", "a 5}", Literal{}, false},
		{"digits from the start", "123}", Literal{}, false},
		{"nothing", "", Literal{}, false},
		{"a brace", "}", Literal{}, false},
		{"two", "+}", Literal{}, false},
		{"three", "x+}", Literal{}, false},
		{"hexadecimal", "a {A}", Literal{}, false},
	} {
		got, ok := FindLiteral([]byte(row.in))
		if got != row.want || ok != row.ok {
			t.Errorf("%s: %q: %+v %v, want %+v %v", row.why, row.in, got, ok, row.want, row.ok)
		}
	}
}
