package scan

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseAddresses(t *testing.T) {
	box := func(name, local, domain string) Address {
		return Address{Name: name, Local: local, Domain: domain}
	}
	bob := box("", "bob", "lab.test")
	begin := func(name string) Address { return Address{Kind: GroupStart, Name: name} }
	end := Address{Kind: GroupEnd}
	al := box("Al", "al", "x")
	routed := func(name string) Address {
		return Address{Name: name, Route: "@a.test,@b.test", Local: "bob", Domain: "lab.test"}
	}
	list := func(a ...Address) []Address { return a }
	for value, want := range map[string][]Address{
		// RFC 5322 §3.4
		"bob@lab.test":                         list(bob),
		"<bob@lab.test>":                       list(bob),
		"Bob <bob@lab.test>":                   list(box("Bob", "bob", "lab.test")),
		"Bob  B. \t Lee<bob@lab.test>":         list(box("Bob B. Lee", "bob", "lab.test")),
		`"Lee, \"B\" (x)" <bob@lab.test>`:      list(box(`Lee, "B" (x)`, "bob", "lab.test")),
		`"a  b" c <bob@lab.test>`:              list(box("a  b c", "bob", "lab.test")),
		"=?utf-8?q?caf=C3=A9?= <bob@lab.test>": list(box("=?utf-8?q?caf=C3=A9?=", "bob", "lab.test")),
		"学生 <学@学.test>":                        list(box("学生", "学", "学.test")),
		"bob@lab.test, <bob@lab.test>":         list(bob, bob),
		`"a@b, c"@lab.test`:                    list(box("", "a@b, c", "lab.test")),
		`"a\"b"@lab.test`:                      list(box("", `a"b`, "lab.test")),
		"bob@[192.0.2.1]":                      list(box("", "bob", "[192.0.2.1]")),
		"bob@[IPv6:::1], bob@lab.test":         list(box("", "bob", "[IPv6:::1]"), bob),
		// groups
		"Team: bob@lab.test, Al <al@x>;, <al>": list(begin("Team"), bob, al, end, box("", "al", "")),
		"undisclosed-recipients:;":             list(begin("undisclosed-recipients"), end),
		`"A: B": ;bob@lab.test`:                list(begin("A: B"), end, bob),
		"Team: bob@lab.test":                   list(begin("Team"), bob, end),
		"T: bob@lab.test:, root;":              list(begin("T"), box("", "bob", "lab.test:"), box("", "root", ""), end),
		// comments
		"bob@lab.test (Bob \\) Lee)":                       list(box("Bob ) Lee", "bob", "lab.test")),
		"<bob@lab.test> (Bob (the) Lee) ":                  list(box("Bob (the) Lee", "bob", "lab.test")),
		"Bob (x) Lee <bob@lab.test> (y)":                   list(box("Bob Lee", "bob", "lab.test")),
		"bob@(the)lab.test":                                list(bob),
		"(x, y <z>) bob@lab.test, (z)":                     list(bob),
		"bob@lab.test (Bob), x@y":                          list(box("Bob", "bob", "lab.test"), box("", "x", "y")),
		"Muhammed.(I am the greatest) Ali @(the)Vegas.WBA": list(box("", "Muhammed.Ali", "Vegas.WBA")),
		// RFC 5322 §4.4
		"<@a.test,@b.test:bob@lab.test>":       list(routed("")),
		"B <@a.test , @b.test : bob@lab.test>": list(routed("B")),
		"bob . lee @ lab . test":               list(box("", "bob.lee", "lab.test")),
		`"bob" . "lee"@lab.test`:               list(box("", "bob.lee", "lab.test")),
		",, bob@lab.test ,,":                   list(bob),
		// rubbish
		"":                             nil,
		" , ;; (x)":                    nil,
		"root":                         list(box("", "root", "")),
		"Undisclosed recipients":       list(box("", "Undisclosed recipients", "")),
		"bob@lab.test <bob@lab.test>":  list(box("bob@lab.test", "bob", "lab.test")),
		"a@b@lab.test":                 list(box("", "a@b", "lab.test")),
		"Bob <>":                       list(box("Bob", "", "")),
		"<@lab.test>":                  list(box("", "", "lab.test")),
		"Bob <bob@lab.test":            list(box("Bob", "bob", "lab.test")),
		"Bob <bob@lab.test, Al <al@x>": list(box("Bob", "bob", "lab.test"), al),
		"<a@b> <bob@lab.test>":         list(box("", "a", "b"), bob),
		"bob@lab.test; x@y":            list(bob, box("", "x", "y")),
		`"Bob <bob@lab.test>, x@y`:     list(box(`"Bob`, "bob", "lab.test"), box("", "x", "y")),
		"(Bob <bob@lab.test>":          list(box("Bob", "bob", "lab.test")),
		"bob@[192.0.2.1, x@y":          list(box("", "bob", "[192.0.2.1"), box("", "x", "y")),
		"bob@lab.test\x00\xff, x@y":    list(box("", "bob", "lab.test\x00\xff"), box("", "x", "y")),
		"bob@lab.test> , x@y":          list(box("", "bob", "lab.test>"), box("", "x", "y")),
	} {
		if got := ParseAddresses(value); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n%+v, want\n%+v", value, got, want)
		}
	}
}

// TestAddressesAreLinear: twice the octets take twice the time, whatever they are.
func TestAddressesAreLinear(t *testing.T) {
	for _, piece := range []string{`"`, `"\`, "(", "<", ">", "a,", ":;", "a:", "[", "<@", "@:", " ",
		"(()", `\"`, "<a@b> (", `"" `, "a ", "=", ".\t"} {
		value := strings.Repeat(piece, 256<<10/len(piece))
		begin := time.Now()
		list := ParseAddresses(value)
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%d octets of %q took %v", len(value), piece, took)
		}
		if len(list) > addressesKept+1 {
			t.Errorf("%q: %d addresses", piece, len(list))
		}
	}
}

func TestAppendAddresses(t *testing.T) {
	list := AppendAddresses(make([]Address, 0, 8), "Bob <bob@lab.test>")
	list = AppendAddresses(list, "Team: x@y;")
	if len(list) != 4 || list[0].Name != "Bob" || list[1].Kind != GroupStart || cap(list) != 8 {
		t.Errorf("%+v, room for %d", list, cap(list))
	}
	if n := testing.AllocsPerRun(100, func() {
		list = AppendAddresses(list[:0], "Bob Lee <bob@lab.test>, Al <al@lab.test>, x@y")
	}); n > 0 {
		t.Errorf("%v allocations for a plain list", n)
	}
}

func FuzzParseAddresses(f *testing.F) {
	for _, value := range []string{"Bob <bob@lab.test>", `"a\"" (b (c)) <@x,@y:"d e"@[::1]>`,
		"g: a, b;, c"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		depth := 0
		for _, a := range ParseAddresses(value) {
			switch a.Kind {
			case GroupStart:
				depth++
			case GroupEnd:
				depth--
			}
			if depth < 0 || depth > 1 {
				t.Fatalf("%q: groups are not in pairs", value)
			}
			if n := len(a.Name) + len(a.Route) + len(a.Local) + len(a.Domain); n > len(value) {
				t.Fatalf("%q: %d octets came of it: %+v", value, n, a)
			}
		}
		if depth != 0 {
			t.Fatalf("%q: a group does not end", value)
		}
	})
}

func BenchmarkParseAddresses(b *testing.B) {
	const value = "Alice Liddell <alice@lab.test>, \"Lee, Bob\" <bob@lab.test>, carol@lab.test"
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	var list []Address
	for b.Loop() {
		list = AppendAddresses(list[:0], value)
	}
}
