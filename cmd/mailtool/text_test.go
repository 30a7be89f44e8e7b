package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/mime"
	"mailtool/trace"
)

var catalogs = map[string]*sentence.Catalog{"cli": catalog, "serve": serveText, "mailbox": mailboxText, "tour": tourText,
	"smtp": smtpText, "completion": completionText, "ca": caText, "user": userText,
	"secure": secureText, "login": loginText, "room": roomText, "pop3": pop3Text, "imap": imapText, "compare": compareText, "mime": mimeText,
	"mimebuild": mimeBuildText}

// TestLanguages: both languages say the same things, with the same words to fill in.
func TestLanguages(t *testing.T) {
	words := regexp.MustCompile(`\{\w+\}`)
	for name, c := range catalogs {
		en, zh := c.Keys(sentence.English), c.Keys(sentence.Chinese)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(en, zh) {
			t.Errorf("%s: the languages differ in their keys:\n%s", name, difference(en, zh))
		}
		for _, key := range en {
			a, _ := c.Look(sentence.English, key)
			b, _ := c.Look(sentence.Chinese, key)
			wa, wb := words.FindAllString(a, -1), words.FindAllString(b, -1)
			slices.Sort(wa)
			slices.Sort(wb)
			if !slices.Equal(slices.Compact(wa), slices.Compact(wb)) {
				t.Errorf("%s: %v in English, %v in Chinese", key, wa, wb)
			}
		}
	}
}

// TestChineseWords: whoever reads is always called the same, and so are a client and a bit, as the
// glossary of trace/explain has it.
func TestChineseWords(t *testing.T) {
	for name, c := range catalogs {
		for _, key := range c.Keys(sentence.Chinese) {
			s, _ := c.Look(sentence.Chinese, key)
			if strings.Contains(s, "您") || strings.Contains(s, "客户端") || strings.Contains(s, "比特") {
				t.Errorf("%s: %s: not 你, not 客户, or not 位: %s", name, key, s)
			}
		}
	}
}

// TestKeyOnce: a key stands in one file alone, since all are looked into.
func TestKeyOnce(t *testing.T) {
	where := make(map[string]string)
	for name, c := range catalogs {
		for _, key := range c.Keys(sentence.English) {
			if other, twice := where[key]; twice {
				t.Errorf("%s: in %s and in %s", key, name, other)
			}
			where[key] = name
		}
	}
}

// TestOneWordForOneThing: the same thing has the same name wherever a reader of Chinese
// meets it. The other name of a phase of POP3 stands once, where that is introduced.
func TestOneWordForOneThing(t *testing.T) {
	for name, c := range catalogs {
		for _, key := range c.Keys(sentence.Chinese) {
			said, _ := c.Look(sentence.Chinese, key)
			if strings.Contains(said, "口令") {
				t.Errorf("%s: %s says 口令; a password is 密码", name, key)
			}
			if strings.Contains(said, "特许") && key != "tour/pop3/connect" {
				t.Errorf("%s: %s says 特许; the phase is 授权", name, key)
			}
		}
	}
}

func difference(a, b []string) string {
	var out []string
	for _, k := range a {
		if !slices.Contains(b, k) {
			out = append(out, "English only: "+k)
		}
	}
	for _, k := range b {
		if !slices.Contains(a, k) {
			out = append(out, "Chinese only: "+k)
		}
	}
	return strings.Join(out, "\n")
}

func testProgram(lang sentence.Lang) *program {
	p := &program{system: testSystem(), in: strings.NewReader(""), out: &strings.Builder{},
		err: &strings.Builder{}, lang: lang, color: "never"}
	p.root = p.tree()
	return p
}

// TestKeys: every key that stands in the code has its sentence.
func TestKeys(t *testing.T) {
	p := testProgram(sentence.English)
	key := regexp.MustCompile(`"((?:error|hint|assume|picture|send|shell|name|what|live|next|trace|ca|` +
		`verdict|probe|man|start|serve|mailbox|import|tour|vantage|help|flag|mime|why|compare|user|login|room|join|leave|pop3|imap|fetch|letter|open)(?:/[\w-]+)+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(source), -1) {
			found++
			if _, ok := p.lookUp(m[1]); !ok && !strings.HasPrefix(m[1], "mime/") {
				t.Errorf("%s: there is no sentence %s", name, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d keys were found in the code: the test looks at the wrong things", found)
	}
	for _, fault := range []trace.FileFault{trace.FileEmpty, trace.FileNoHeader, trace.FileNewer,
		trace.FileNoEvent, trace.FileLong} {
		if _, ok := p.lookUp("error/saved/" + string(fault)); !ok {
			t.Errorf("there is no sentence for a file with the fault %s", fault)
		}
	}
	for _, damage := range []pki.Damage{pki.NoPEM, pki.NoKey, pki.OtherKey, pki.NoAuthority,
		pki.Unconstrained} {
		if _, ok := p.lookUp("error/ca/" + string(damage)); !ok {
			t.Errorf("there is no sentence for an authority with the damage %s", damage)
		}
	}
	for _, id := range mime.ErrorIDs() {
		if _, ok := p.lookUp(id); !ok {
			t.Errorf("there is no sentence %s", id)
		}
	}
}

// TestHelpIsComplete: every command says what it is for and has an example, every flag
// says what it does; and what is said of is there.
func TestHelpIsComplete(t *testing.T) {
	p := testProgram(sentence.English)
	used := map[string]bool{}
	for c := range commands(p.root) {
		for _, part := range []string{"/short", "/examples"} {
			if p.look(helpKey(c)+part) == "" && !c.Hidden {
				t.Errorf("%s lacks %s", c.CommandPath(), helpKey(c)+part)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			used[f.Name] = true
			if text := p.flagText(c, f.Name); strings.HasPrefix(text, "flag/") {
				t.Errorf("%s: --%s is not described", c.CommandPath(), f.Name)
			}
		})
	}
	for _, c := range catalogs {
		for _, key := range c.Keys(sentence.English) {
			if parts := strings.Split(key, "/"); parts[0] == "flag" && !used[parts[1]] {
				t.Errorf("%s describes a flag that no command has", key)
			}
		}
	}
}

// commands are the commands of the tree, the root first.
func commands(c *cobra.Command) func(yield func(*cobra.Command) bool) {
	all := map[*cobra.Command]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all[c] = true
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(c)
	return maps.Keys(all)
}
