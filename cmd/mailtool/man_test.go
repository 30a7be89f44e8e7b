package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mailtool/internal/sentence"
)

// TestManual: every command has a page, which names its flags and examples, and there is
// none besides. Where groff is, it formats each without a warning.
func TestManual(t *testing.T) {
	groff, missing := exec.LookPath("groff")
	if missing != nil && os.Getenv("MAILTOOL_CI") != "" {
		t.Error("groff is missing")
	}
	for _, lang := range []sentence.Lang{sentence.English, sentence.Chinese} {
		dir := filepath.Join(t.TempDir(), "man")
		status, out, errs := try(t, t.Context(), "", "man", dir, "--lang", string(lang))
		if status != 0 || out != "" || errs != "" {
			t.Fatalf("status %d, %q, %q", status, out, errs)
		}
		pages := 0
		p := testProgram(lang)
		for c := range commands(p.root) {
			if c.Hidden {
				continue
			}
			pages++
			path := filepath.Join(dir, pageName(c)+".1")
			page, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
				continue
			}
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if !bytes.Contains(page, []byte(escapeRoff("--"+f.Name))) {
					t.Errorf("%s says nothing of --%s", path, f.Name)
				}
			})
			if example, _, _ := strings.Cut(p.say(helpKey(c)+"/examples"), "\n"); !bytes.Contains(page,
				[]byte("\n"+escapeRoff(example)+"\n")) {
				t.Errorf("%s has no example", path)
			}
			if missing == nil {
				said, err := exec.Command(groff, "-man", "-ww", "-K", "utf8", "-T", "utf8", "-z",
					path).CombinedOutput()
				if err != nil || len(said) > 0 {
					t.Errorf("%s: %v\n%s", path, err, said)
				}
			}
		}
		if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) != pages {
			t.Errorf("%d files for %d commands, %v", len(files), pages, err)
		}
	}
}

// TestEscapeRoff: text is text, whatever it begins with and holds.
func TestEscapeRoff(t *testing.T) {
	for text, want := range map[string]string{
		".TH": `\&.TH`, "'x": `\&'x`, `a\b`: `a\eb`, "--to": `\-\-to`, "信a": `信\:a`,
	} {
		if got := escapeRoff(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
