package sasl

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		line string
		want string
		err  error
	}{
		{"", "", nil},
		{"AGEAYg==", "\x00a\x00b", nil},
		{"*", "", ErrCancelled},
		{"**", "", ErrSyntax},
		{"* ", "", ErrSyntax},
		{"=", "", ErrSyntax},
		{"=AAA", "", ErrSyntax},
		{"AAA=BBB", "", ErrSyntax},
		{"AGEAYg", "", ErrSyntax},
		{"AGEAYg=", "", ErrSyntax},
		{"AGEAYh==", "", ErrSyntax}, // bits that stand for nothing
		{"AGEA\r\nYg==", "", ErrSyntax},
		{"AGEA\n", "", ErrSyntax},
		{" AGEAYg==", "", ErrSyntax},
		{"AGEAYg== ", "", ErrSyntax},
		{"AG-_", "", ErrSyntax},
		{"AGEAYg==\x00", "", ErrSyntax},
		{strings.Repeat("A", 12288), strings.Repeat("\x00", MaxMessage), nil},
		{strings.Repeat("A", 12289), "", ErrLong},
		{strings.Repeat("!", 12289), "", ErrLong},
		{strings.Repeat("A", 12292), "", ErrLong},
	} {
		got, err := Decode([]byte(c.line))
		if !errors.Is(err, c.err) || string(got) != c.want || (got == nil) != (err != nil) {
			t.Errorf("%.40q: %.40q %v", c.line, got, err)
		}
	}
	for _, c := range []struct {
		argument string
		err      error
	}{
		{"=", nil}, {"AA==", nil}, {"", ErrSyntax}, {"*", ErrSyntax}, {"==", ErrSyntax},
	} {
		got, err := DecodeInitial([]byte(c.argument))
		if !errors.Is(err, c.err) || (got == nil) != (err != nil) {
			t.Errorf("%q: %q %v", c.argument, got, err)
		}
	}
	if !errors.Is(ErrLong, ErrSyntax) {
		t.Error("too long is not wrong")
	}
}

// FuzzDecode: each message has one line, and each line that is taken is that of its message.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("AGEAYg=="))
	f.Add([]byte("="))
	f.Add([]byte("*"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if got, err := Decode(line); err == nil && Encode(got) != string(line) {
			t.Errorf("%q is %q", line, got)
		}
		if got, err := DecodeInitial(line); err == nil && EncodeInitial(got) != string(line) {
			t.Errorf("%q is %q", line, got)
		}
		if len(line) > MaxMessage {
			return
		}
		if got, err := Decode([]byte(Encode(line))); err != nil || !bytes.Equal(got, line) {
			t.Errorf("%q comes back as %q, %v", line, got, err)
		}
		if got, err := DecodeInitial([]byte(EncodeInitial(line))); err != nil || !bytes.Equal(got, line) {
			t.Errorf("%q comes back as %q, %v", line, got, err)
		}
	})
}
