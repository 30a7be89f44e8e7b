package sasl

import (
	"context"
	"errors"
	"testing"
)

// The example of RFC 1939 §7, and names and passwords that are prepared (RFC 6856 §2.2).
func TestAPOPDigest(t *testing.T) {
	const stamp = "<1896.697170952@dbc.mtview.ca.us>"
	for _, row := range []struct{ name, password, want string }{
		{"mrose", "tanstaaf", "mrose c4c9334bac560ecc979e58001b3e22fb"},
		{"m\u00adrose", "tan\u00adstaaf", "mrose c4c9334bac560ecc979e58001b3e22fb"}, // soft hyphens
	} {
		got, err := APOPDigest(stamp, Credentials{Name: row.name, Password: row.password})
		if err != nil || got != row.want {
			t.Errorf("%q: %q %v", row.name, got, err)
		}
	}
	for _, c := range []Credentials{{Name: "", Password: "x"}, {Name: "bob", Password: ""},
		{Name: "two words", Password: "x"}, {Name: "a\x00b", Password: "x"},
		{Name: "\xff", Password: "x"}} {
		if got, err := APOPDigest(stamp, c); !errors.Is(err, ErrCredentials) {
			t.Errorf("%+v: %q %v", c, got, err)
		}
	}
}

// A keeper of one secret.
type keeper struct{ Directory }

func (keeper) Secret(_ context.Context, name string) (account, secret string, err error) {
	if name != "mrose" {
		return "", "", ErrRefused
	}
	return "mrose@lab.test", "tanstaaf", nil
}

func TestAPOPServer(t *testing.T) {
	const stamp = "<1896.697170952@dbc.mtview.ca.us>"
	for _, row := range []struct {
		response string
		want     error
	}{
		{"mrose c4c9334bac560ecc979e58001b3e22fb", nil},
		{"mrose c4c9334bac560ecc979e58001b3e22fc", ErrRefused},
		{"alice c4c9334bac560ecc979e58001b3e22fb", ErrRefused},
		{"mrose C4C9334BAC560ECC979E58001B3E22FB", ErrSyntax},
		{"mrose c4c9334bac560ecc979e58001b3e22", ErrSyntax},
		{"mrose", ErrSyntax},
		{"", ErrSyntax},
	} {
		x := NewAPOPServer(t.Context(), keeper{}, stamp)
		_, done, err := x.Next([]byte(row.response))
		if !errors.Is(err, row.want) || done != (row.want == nil) {
			t.Errorf("%q: %v %v, want %v", row.response, done, err, row.want)
		}
		if done && (x.Account() != "mrose@lab.test" || x.Name() != "mrose") {
			t.Errorf("%q %q", x.Name(), x.Account())
		}
		if _, _, err := x.Next([]byte(row.response)); err == nil {
			t.Error("a second response")
		}
	}
	x := NewAPOPServer(t.Context(), keeper{}, "<another@lab.test>")
	_, _, err := x.Next([]byte("mrose c4c9334bac560ecc979e58001b3e22fb"))
	if !errors.Is(err, ErrRefused) {
		t.Errorf("of another greeting: %v", err)
	}
}
