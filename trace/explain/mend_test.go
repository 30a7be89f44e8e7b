package explain

import (
	"testing"

	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/trace/rule"
)

// TestRulesOfMessages: each rule of a message has its sentence, and one that says what to do;
// no sentence is of a rule that there is not.
func TestRulesOfMessages(t *testing.T) {
	known := map[string]bool{}
	for _, list := range [][]rule.Rule{scan.Rules(), scan.LintRules(), mime.LintRules()} {
		for _, r := range list {
			known[r.ID] = true
			f := r.Find("one", "two", "three")
			for _, lang := range []Lang{English, Chinese} {
				if Rule(lang, f) == r.ID || Mend(lang, f) == "" {
					t.Errorf("%s: %q, mend %q", r.ID, Rule(lang, f), Mend(lang, f))
				}
			}
		}
	}
	for _, name := range []string{"rules-message", "rules-mime", "mend", "looks"} {
		for id := range read(t, "data/"+name+".en.tsv") {
			if !known[id] {
				t.Errorf("%s: there is no rule %s", name, id)
			}
		}
	}
	f := rule.Finding{ID: "mime/2392-2-part-missing", Args: []string{"cat@lab.test"}}
	if got := Mend(English, f); got != "add the part with Content-ID: <cat@lab.test>, or mend the link" {
		t.Error(got)
	}
	if got := Looks(English, rule.Finding{ID: "message/5322-2.3-bare-lf"}); got != "" {
		t.Error(got)
	}
}
