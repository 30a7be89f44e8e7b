package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/internal/sentence"
)

// offered is what mailtool offers a shell for the last of the words, and the directive
// behind it: :4 is no files, :0 files too, :8 files with these suffixes, :16 folders.
func offered(t *testing.T, words ...string) (list []string, directive string) {
	t.Helper()
	status, out, _ := try(t, t.Context(), "", append([]string{"__completeNoDesc"}, words...)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if n := len(lines) - 1; status == 0 && strings.HasPrefix(lines[n], ":") {
		return lines[:n], lines[n]
	}
	t.Fatalf("%q: status %d: %s", words, status, out)
	return nil, ""
}

func TestCompletion(t *testing.T) {
	for _, row := range []struct{ typed, want string }{
		{"sm", "smtp :4"},
		{"smtp ", "send shell probe vrfy expn noop help :4"},
		{"smtp send --stop-after ", "connect helo mail rcpt data dot :4"},
		{"smtp send --notify ", "never success failure delay :4"},
		{"smtp send --notify success,", "success,failure success,delay :4"},
		{"smtp send --show time,", "time,state time,bytes :4"},
		{"smtp send --profile ", "textbook normal full :4"},
		{"smtp send --auth ", strings.Join(mechanisms, " ") + " :4"},
		{"smtp probe --password-file ", ":0"},
		{"smtp send --save ", "ndjson session svg :8"},
		{"smtp send --body-file ", ":0"},
		{"smtp send --from ", ":4"},
		{"smtp send --html ", ":0"},
		{"smtp send --charset ", strings.Join(charsets, " ") + " :4"},
		{"mime build --encoding ", "auto 7bit 8bit qp base64 :4"},
		{"mime build --attach ", ":0"},
		{"mime build ", ":4"},
		{"mime tree ", ":0"},
		{"mime encode ", "base64 qp word param :4"},
		{"mime explain --data ", "full head none :4"},
		{"mime part a.eml ", ":4"},
		{"mime extract a.eml -o ", ":16"},
		{"smtp send ", ":0"},
		{"smtp send a.eml ", ":0"},
		{"smtp shell ", ":4"},
		{"pop3 ", "list retr dele fetch shell probe stat uidl top rset noop capa :4"},
		{"pop3 list --auth ", strings.Join(mechanisms, " ") + " APOP USER :4"},
		{"pop3 shell --tls ", "auto implicit none :4"},
		{"pop3 retr ", ":4"},
		{"pop3 retr -o ", ":0"},
		{"pop3 fetch -o ", ":0"},
		{"pop3 fetch --as ", ":4"},
		{"serve --print ", "auto full lines none :4"},
		{"serve --save ", ":16"},
		{"serve --dir ", ":16"},
		{"trace show ", "last :0"},
		{"trace show last ", ":4"},
		{"mailbox import ", ":4"},
		{"mailbox import bob ", ":0"},
		{"ca ", "show export :4"},
		{"ca show --dir ", ":16"},
		{"ca export -o ", ":0"},
		{"completion ", "bash zsh fish powershell :4"},
		{"help trace ", "list show svg :4"},
		{"--color ", "auto always never :4"},
		{"tour --lang ", "en zh :4"},
		{"compare ", "pop3 imap :4"},
		{"compare --save ", "ndjson session svg :8"},
	} {
		list, directive := offered(t, strings.Split(row.typed, " ")...)
		slices.Sort(list)
		want := strings.Fields(row.want)
		slices.Sort(want[:len(want)-1])
		if got := append(list, directive); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", row.typed, got, want)
		}
	}
}

// TestCompletionSpeaks: what stands beside a word is said in the person's language.
func TestCompletionSpeaks(t *testing.T) {
	_, out, _ := try(t, t.Context(), "", "__complete", "--lang", "zh", "vers")
	if want := "version\t" + testProgram(sentence.Chinese).say("help/version/short"); !strings.Contains(out, want) {
		t.Errorf("%q, want %q", out, want)
	}
}

// TestFlagWords: the words that are offered for a flag are those that it takes. Each is
// tried, and a wrong one is answered with the same list.
func TestFlagWords(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, _, errs := try(t, t.Context(), "", "smtp", "noop", "--offline", "--save",
		"saved.ndjson"); status != 0 {
		t.Fatal(errs)
	}
	letter := "Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\nTo: bob@lab.test\r\n" +
		"Subject: x\r\nMessage-ID: <1@lab.test>\r\n\r\nx\r\n"
	if err := os.WriteFile("letter.eml", []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for c := range commands(testProgram(sentence.English).root) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			key, words, ok := wordsOf(c, f.Name)
			if !ok {
				return
			}
			tried[key] = true
			args := strings.Fields(c.CommandPath())[1:]
			switch {
			case c == c.Root():
				args = []string{"smtp", "noop", "--offline"}
			case c.Name() == "serve":
				args = append(args, "--smtp", "0", "--temp")
			case c.Parent().Name() == "trace", c.Name() == "explain":
				args = append(args, "saved.ndjson")
			case c.Parent().Name() == "mime" && strings.Contains(c.Use, " FILE"):
				args = append(args, "letter.eml")
			case f.Name == "profile":
				args = append(args, "--offline")
			}
			if c.Parent() != nil && c.Parent().Name() == "imap" {
				args = append(args, imapWords(c)...)
			}
			if strings.HasSuffix(c.Use, " N") || strings.Contains(c.Use, " N ") ||
				c.Name() == "dele" {
				args = append(args, "1")
			}
			wrong := append(slices.Clone(args), "--"+f.Name, "nonsense")
			status, _, errs := try(t, t.Context(), "", wrong...)
			list := strings.Join(words, ", ")
			if status != exitUsage || !strings.Contains(errs, "is one of "+list+", not") &&
				!strings.Contains(errs, "takes the word "+list+" only, not") {
				t.Errorf("%q: status %d, %s, and %s is offered", wrong, status, errs, list)
			}
			for _, w := range words {
				right := append(slices.Clone(args), "--"+f.Name, w)
				if status, _, errs := try(t, shortly(t), "", right...); status == exitUsage &&
					(strings.Contains(errs, "is one of") || strings.Contains(errs, "takes the word")) {
					t.Errorf("%q: %s", right, errs)
				}
			}
		})
	}
	for name := range flagWords {
		if !tried[name] {
			t.Errorf("no command has --%s", name)
		}
	}
}

// imapWords are words that a command of IMAP can do with.
func imapWords(c *cobra.Command) (words []string) {
	for _, name := range strings.Fields(c.Use)[1:] {
		switch strings.Trim(name, ".") {
		case "SET":
			words = append(words, "1")
		case "FLAG":
			words = append(words, "seen")
		case "FOLDER", "NAME":
			words = append(words, "Work")
		case "COMMAND":
			words = append(words, "NOOP")
		case "FILE":
			words = append(words, "letter.eml")
		}
	}
	return words
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// TestCompletionScripts: each script is what its shell can read, where that is installed;
// in bash the Tab key is pressed.
func TestCompletionScripts(t *testing.T) {
	dir := t.TempDir()
	scripts := map[string]string{}
	for _, name := range shellNames() {
		scripts[name] = filepath.Join(dir, name)
		status, out, errs := try(t, t.Context(), "", "completion", name, "-o", scripts[name])
		if status != 0 || out != "" || !strings.HasSuffix(errs, scripts[name]+"\n") {
			t.Fatalf("%s: status %d, %q, %q", name, status, out, errs)
		}
		script, err := os.ReadFile(scripts[name])
		if err != nil || !strings.Contains(string(script), "__complete") {
			t.Errorf("%s: %v, and it does not ask mailtool", name, err)
		}
		shell, err := exec.LookPath(name)
		if err != nil || name == "powershell" {
			continue
		}
		if out, err := exec.Command(shell, "-n", scripts[name]).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	pressTab(t, dir, scripts["bash"])
}

// pressTab types "mailtool smtp pr" in bash and presses Tab.
func pressTab(t *testing.T, dir, script string) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" { // where a program's name ends in .exe
		return
	}
	self, err := os.Executable() // under this name it is the program: see TestMain
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "mailtool"))
	}
	if err != nil {
		return
	}
	// The functions stand for the package bash-completion, and for a bash with a keyboard.
	press := exec.Command(bash, "-c", `
		_init_completion() { words=(mailtool smtp pr); cword=2 cur=pr prev=smtp; }
		compopt() { :; }
		source "$SCRIPT"
		COMP_WORDS=(mailtool smtp pr) COMP_CWORD=2 COMP_LINE='mailtool smtp pr' COMP_TYPE=9
		__start_mailtool
		echo "${COMPREPLY[@]}"`)
	press.Env = append(os.Environ(), "SCRIPT="+script,
		"PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := press.CombinedOutput()
	if strings.TrimSpace(string(out)) != "probe" || err != nil {
		t.Errorf("bash offers %q, %v", out, err)
	}
}
