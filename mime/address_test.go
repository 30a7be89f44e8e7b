package mime

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseAddressList(t *testing.T) {
	for text, want := range map[string][]Address{
		"alice@lab.test, Bob <bob@lab.test>":    {{"", "alice", "lab.test"}, {"Bob", "bob", "lab.test"}},
		` "Lee, Ann" <ann@lab.test> ,`:          {{"Lee, Ann", "ann", "lab.test"}},
		"=?gb2312?b?0KHD9w==?= <ming@lab.test>": {{"小明", "ming", "lab.test"}},
		"=?x-none?q?a=FF?= <a@lab.test>":        {{"a\ufffd", "a", "lab.test"}},
		"小明 <ming@lab.test>":                    {{"小明", "ming", "lab.test"}},
		"用户@例子.测试":                              {{"", "用户", "例子.测试"}},
		`"a b"@lab.test`:                        {{"", "a b", "lab.test"}},
		"bob@[127.0.0.1]":                       {{"", "bob", "[127.0.0.1]"}},
		"bob@lab.test (Bob)":                    {{"Bob", "bob", "lab.test"}},
		"Lab: a@b, C <c@d>; , e@f":              {{"", "a", "b"}, {"C", "c", "d"}, {"", "e", "f"}},
		"Undisclosed recipients:;":              {},
	} {
		got, err := ParseAddressList(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

func TestAddressErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                        ErrAddressEmpty,
		" \t":                     ErrAddressEmpty,
		"bob":                     ErrAddressNoAt + ` "bob"`,
		"a@b, bob , c@d":          ErrAddressNoAt + ` "bob"`,
		`"x, y" <a@b>, Bob <bob>`: ErrAddressNoAt + ` "Bob <bob>"`,
		"a@b, c@d@e":              ErrAddressSyntax + ` "c@d@e"`,
		"a@":                      ErrAddressSyntax + ` "a@"`,
		"a b@c":                   ErrAddressSyntax + ` "a b@c"`,
	} {
		_, err := ParseAddressList(text)
		var e *Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := ParseAddress("a@b, c@d"); err.Error() != ErrAddressMany+` "a@b, c@d"` {
		t.Error(err)
	}
	if _, err := ParseAddress("Group:;"); err.Error() != ErrAddressEmpty {
		t.Error(err)
	}
}

func TestAddressString(t *testing.T) {
	for want, a := range map[string]Address{
		"bob@lab.test":                      {"", "bob", "lab.test"},
		"Bob <bob@lab.test>":                {"Bob", "bob", "lab.test"},
		"Bob B Smith <bob@lab.test>":        {"Bob B Smith", "bob", "lab.test"},
		`"Bob B. \"X\" \\" <bob@lab.test>`:  {`Bob B. "X" \`, "bob", "lab.test"},
		`"Bob  B" <bob@lab.test>`:           {"Bob  B", "bob", "lab.test"},
		"=?utf-8?b?5bCP5piO?= <m@lab.test>": {"小明", "m", "lab.test"},
		`"a b\""@lab.test`:                  {"", `a b"`, "lab.test"},
		`"a..b"@lab.test`:                   {"", "a..b", "lab.test"},
		"用户@例子.测试":                          {"", "用户", "例子.测试"},
	} {
		if got := a.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if back, err := ParseAddress(a.String()); err != nil || back != a {
			t.Errorf("%s comes back as %+v, %v", a, back, err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"alice@lab.test, Bob <bob@lab.test>", `"a b" <"c d"@e>`, "G: =?utf-8?q?=C3=A9?= <a@b>;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAddressList(text)
		if err != nil || len(list) == 0 {
			return
		}
		for _, a := range list {
			if strings.ContainsAny(a.Name, "\r\n") {
				return // Build refuses it
			}
		}
		back, err := ParseAddressList(FormatAddresses(list))
		if err != nil || !reflect.DeepEqual(list, back) {
			t.Fatalf("%q: %+v comes back as %+v (%v)", text, list, back, err)
		}
	})
}
