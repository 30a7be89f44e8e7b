package imap

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mailtool/trace/explain"
)

// explainedBy are the words of the tables of this package, by the family of sentences that tell
// what they mean.
func explainedBy(t *testing.T) map[string][]string {
	all := map[string][]string{
		"response-code":     codesOf(t),
		"flag":              flagNames[:],
		"mailbox-attribute": slices.Concat(uses, []string{NoSelect, NonExistent, Subscribed, HasChildren, HasNoChildren}),
		"fetch-item":        slices.Concat(fetchNames[:], []string{"ALL", "FAST", "FULL"}),
		"search-result":     returnNames,
		"sort-key":          sortNames[:],
		"thread-algorithm":  {OrderedSubject, References},
		"quota-resource":    {QuotaStorage, QuotaMessage},
	}
	for item := range statusItems {
		all["status-item"] = append(all["status-item"], string(item))
	}
	for verb := range handlers {
		if name, ok := strings.CutPrefix(verb, "UID "); ok && name != "EXPUNGE" {
			verb = name
		}
		all["command"] = append(all["command"], strings.ReplaceAll(verb, " ", "-"))
	}
	for word := range dataParsers {
		all["response"] = append(all["response"], word)
	}
	for key, argument := range keyArguments {
		if argument == argUnsaid {
			continue
		}
		all["search-key"] = append(all["search-key"], key)
	}
	for _, c := range StandardCapabilities() {
		if _, _, ok := explain.Meaning(explain.English, "imap/capability/"+strings.ToUpper(c)); !ok {
			c, _, _ = strings.Cut(c, "=")
		}
		all["capability"] = append(all["capability"], c)
	}
	return all
}

// codesOf are the codes that have a name in this package.
func codesOf(t *testing.T) (codes []string) {
	f, err := goparser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Code") {
			code, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			codes = append(codes, code)
		}
		return true
	})
	return codes
}

// TestWordsAreExplained: whatever word of the protocol this package knows, a reader can be told what
// it means.
func TestWordsAreExplained(t *testing.T) {
	for family, words := range explainedBy(t) {
		if len(words) < 2 {
			t.Errorf("%s: only %q", family, words)
		}
		for _, word := range words {
			key := "imap/" + family + "/" + strings.ToUpper(word)
			for _, lang := range []explain.Lang{explain.English, explain.Chinese} {
				if _, _, ok := explain.Meaning(lang, key); word != "" && !ok {
					t.Errorf("%s: nothing is said of %s", lang, key)
				}
			}
		}
	}
}
