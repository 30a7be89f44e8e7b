package term

import "testing"

func TestUseColour(t *testing.T) {
	for _, c := range []struct {
		when     string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"auto", true, nil, true},
		{"auto", false, nil, false},
		{"", true, nil, true},
		{"never", true, map[string]string{"CLICOLOR_FORCE": "1"}, false},
		{"always", false, map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true},
		{"auto", true, map[string]string{"NO_COLOR": "1"}, false},
		{"auto", true, map[string]string{"NO_COLOR": ""}, true}, // set, but empty: does not count
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"auto", true, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{"auto", true, map[string]string{"TERM": "dumb"}, false},
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
	} {
		got, err := UseColour(c.when, c.terminal, func(k string) string { return c.env[k] })
		if err != nil || got != c.want {
			t.Errorf("UseColour(%q, %v, %v) = %v, %v, want %v", c.when, c.terminal, c.env, got, err, c.want)
		}
	}
	if _, err := UseColour("rainbow", true, func(string) string { return "" }); err == nil {
		t.Error("a word that is none was accepted")
	}
}
