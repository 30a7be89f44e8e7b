package mime

import (
	"slices"
	"testing"
)

// TestDamagedWords names the words whose text is not what their encoding makes.
func TestDamagedWords(t *testing.T) {
	for value, want := range map[string][]DamagedWord{
		"=?utf-8?b?!!!?=":                       {{"=?utf-8?b?!!!?=", true}},
		"a =?utf-8?Q?=4?= b =?x*en?B?eA=a?=":    {{"=?utf-8?Q?=4?=", false}, {"=?x*en?B?eA=a?=", true}},
		"=?utf-8?q?=?=":                         {{"=?utf-8?q?=?=", false}},
		"=?utf-8?b?eA==?= =?utf-8?b?eA?=":       nil, // without its padding it is read, too
		"=?utf-8?q?=c3=BC_?= =? =?utf-8?x?!!?=": nil,
		"no word =?":                            nil,
		"":                                      nil,
	} {
		if got := DamagedWords(value); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
