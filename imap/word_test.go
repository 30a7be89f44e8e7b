package imap

import "testing"

// TestLongS: a long s is no S, and the sign of kelvins no K, although they have the same capitals.
func TestLongS(t *testing.T) {
	for _, word := range []string{"LI\u017fT", "\u017fELECT", "CHEC\u212a"} {
		if id := findVerb([]byte(word)); id != noVerb {
			t.Errorf("%q is taken for %s", word, verbs[id].name)
		}
	}
	for _, word := range []string{"U\u017fE", "EXI\u017fT\u017f"} {
		if w := wordOf([]byte(word)); w != "" {
			t.Errorf("%q is taken for %s", word, w)
		}
	}
	if o := parseCapabilities([]byte("\u017fTARTTL\u017f STARTTL\u017f")); o != offersKnown {
		t.Errorf("offers %b", o)
	}
	if (Capabilities{"\u017fORT"}).Has("SORT") {
		t.Error("a capability of other letters is taken for SORT")
	}
	if id := findVerb([]byte("select")); id != verbSelect {
		t.Error("small letters are letters")
	}
}
