package wire

import "testing"

func TestUnquote(t *testing.T) {
	for _, c := range []struct {
		text, content string
		n             int
	}{
		{`"a b" c`, `a b`, 5},
		{`"" ""`, ``, 2},
		{`"say \"hi\"" x`, `say "hi"`, 12},
		{`"back\\" x`, `back\`, 8},
		{`"no end`, `no end`, 7},
		{`"no end\`, `no end\`, 8},
		{`"`, ``, 1},
		{`atom "x"`, ``, 0},
		{``, ``, 0},
	} {
		content, n := Unquote([]byte(c.text))
		if string(content) != c.content || n != c.n {
			t.Errorf("%s: %q, %d; want %q, %d", c.text, content, n, c.content, c.n)
		}
	}
}
