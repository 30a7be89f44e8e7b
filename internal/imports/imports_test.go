// Package imports holds one test: who may import what. The reasons stand in
// docs/design.md, "The tree".
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "mailtool"

// A law says what the packages of a folder may import: of ours, and of other modules.
// The standard library is free, but for what is forbidden below. A folder stands for
// itself; with /... for what lies in it, too.
type law struct {
	folder string
	ours   []string
	others []string // module paths
}

// everything, as an import, stands for any package that is not a test's.
var everything = []string{"..."}

// laws are looked through in order: the first that names a package holds for it.
var laws = []law{
	{"internal/sasl", nil,
		[]string{"github.com/xdg-go/scram", "github.com/xdg-go/stringprep"}},
	{"internal/casemap", nil, []string{"golang.org/x/text"}},
	{"internal/...", nil, nil},
	{"trace/rule", nil, nil},
	{"mime/scan", []string{"trace/rule"}, nil},
	{"trace", []string{"trace/rule"}, nil},
	{"trace/explain", []string{"trace", "trace/rule", "mime/scan", "internal/..."}, nil},
	{"trace/term", []string{"trace", "trace/rule", "trace/explain", "internal/..."},
		[]string{"github.com/fatih/color", "golang.org/x/text", "golang.org/x/term"}},
	{"trace/svg", []string{"trace", "trace/rule", "trace/term", "trace/explain", "internal/..."}, nil},
	{"trace/session", []string{"trace", "trace/rule", "internal/..."}, nil},
	{"trace/tracetest", []string{"trace", "trace/rule"}, nil},
	{"mime", []string{"mime/scan", "trace/rule"},
		[]string{"golang.org/x/text", "github.com/jhillyerd/enmime/v2",
			"github.com/inbucket/html2text"}},
	{"mime/mbox", nil, nil},
	{"smtp", protocol, nil},
	{"pop3", protocol, nil},
	{"imap", protocol, nil},
	{"mailbox", []string{"mime/scan", "trace/rule"}, nil},
	{"sandbox/...", everything, everything},
	{"cmd/...", everything, everything},
	{"examples/...", everything, everything},
	{"bench/...", everything, everything},
	{"interop/...", everything, everything},
}

// protocol is what a protocol's package may import. The store is not among it: whoever
// runs a server gives it what it consumes.
var protocol = []string{"internal/...", "trace", "trace/rule", "mime/scan"}

// except narrows what a law allows: only the folders named may import the package.
var except = map[string][]string{
	// Sentences are for people. Protocol code and the dissectors yield ids.
	"internal/sentence": {"trace/term", "trace/explain", "trace/svg", "cmd/..."},
	// Laws and records for tests, and sessions that are tests.
	"trace/tracetest":       nil,
	"internal/conversation": nil,
}

// A database is linked where mail is kept and nowhere below: fuzz targets, examples and
// a build for the browser go without. Package mime keeps nothing; enmime draws tables with
// a module that can show values of database/sql, so that is linked, without any driver.
var database = law{folder: "database/sql",
	ours: []string{"mailbox", "mime", "sandbox/...", "cmd/...", "examples/...", "bench/...", "interop/..."}}

// driver is the module of the database. The mailbox is handed connections and knows no
// driver: there may be others.
var driver = law{folder: "modernc.org/sqlite",
	ours: []string{"sandbox/...", "cmd/...", "examples/...", "bench/...", "interop/..."}}

// aware are the files of a protocol's package that may know of the trace: those of its
// dissector. Clients and servers are handed a connection that happens to be tapped.
var aware = []string{"dissect*.go", "judge.go", "rules.go", "view.go"}

// A pkg is what go list says of a package. Test files are exempt: Imports is of the
// others.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
}

func list(t *testing.T, goos string) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module",
		module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &trouble)
	}
	pkgs := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatal(err)
		}
		pkgs[p.ImportPath] = p
	}
}

// TestImports checks the laws, on each system that has files of its own.
func TestImports(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Fatal("the test asks the go command for the imports: ", err)
	}
	watchSources(t)
	for _, goos := range []string{"linux", "windows", "darwin"} {
		pkgs := list(t, goos)
		for _, p := range pkgs {
			if short, ours := inModule(p.ImportPath); ours {
				for _, complaint := range judge(short, p, pkgs) {
					t.Errorf("%s: %s", goos, complaint)
				}
			}
		}
	}
}

// watchSources looks at each file of ours. What the go command reads for us is hidden from
// the cache of test results: without this a changed import would go unnoticed.
func watchSources(t *testing.T) {
	t.Helper()
	look := func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go"):
			_, err = os.Stat(path)
		}
		return err
	}
	if err := filepath.WalkDir(filepath.Join("..", ".."), look); err != nil {
		t.Fatal(err)
	}
}

// judge returns what is wrong with a package's imports.
func judge(short string, p pkg, pkgs map[string]pkg) (complaints []string) {
	l, ok := lawOf(short)
	if !ok {
		return []string{short + " has no law: say in " + module +
			"/internal/imports what it may import"}
	}
	for _, i := range p.Imports {
		if dep, ours := inModule(i); ours {
			if !within(dep, l.ours) {
				complaints = append(complaints, short+" may not import "+dep)
			}
			if who, narrow := except[dep]; narrow && !within(short, who) {
				complaints = append(complaints, short+" may not import "+dep+
					": it is for "+strings.Join(who, " ")+" (and tests)")
			}
			continue
		}
		if q := pkgs[i]; !q.Standard && q.Module != nil && !within(q.Module.Path, l.others) {
			complaints = append(complaints, short+" may not import "+i)
		}
	}
	for _, dep := range p.Deps {
		for _, l := range []law{database, driver} {
			if dep == l.folder && !within(short, l.ours) {
				complaints = append(complaints, short+" may not depend on "+dep)
			}
		}
	}
	return complaints
}

func lawOf(short string) (law, bool) {
	for _, l := range laws {
		if within(short, []string{l.folder}) {
			return l, true
		}
	}
	return law{}, false
}

// inModule returns the path of a package of ours below the module.
func inModule(path string) (string, bool) {
	return strings.CutPrefix(path, module+"/")
}

// within says that one of patterns stands for path.
func within(path string, patterns []string) bool {
	for _, p := range patterns {
		folder, below := strings.CutSuffix(p, "/...")
		if p == "..." || path == folder || below && strings.HasPrefix(path, folder+"/") {
			return true
		}
	}
	return false
}

// TestTraceStaysInDissectors checks that clients and servers do not know of the trace.
func TestTraceStaysInDissectors(t *testing.T) {
	for _, name := range []string{"smtp", "pop3", "imap"} {
		files, err := filepath.Glob(filepath.Join("..", "..", name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			base := filepath.Base(file)
			if strings.HasSuffix(base, "_test.go") || mayKnow(base) {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, i := range f.Imports {
				path := strings.Trim(i.Path.Value, `"`)
				if short, _ := inModule(path); within(short, []string{"trace/..."}) {
					t.Errorf("%s/%s imports %s: that is for %s", name, base, path,
						strings.Join(aware, " "))
				}
			}
		}
	}
}

func mayKnow(base string) bool {
	for _, pattern := range aware {
		if ok, _ := filepath.Match(pattern, base); ok {
			return true
		}
	}
	return false
}

// TestJudge shows that the laws bite.
func TestJudge(t *testing.T) {
	pkgs := map[string]pkg{
		"github.com/fatih/color":  {Module: &struct{ Path string }{"github.com/fatih/color"}},
		"github.com/xdg-go/scram": {Module: &struct{ Path string }{"github.com/xdg-go/scram"}},
		"golang.org/x/text":       {Module: &struct{ Path string }{"golang.org/x/text"}},
		"strings":                 {Standard: true},
	}
	for _, c := range []struct {
		short, dep string
		ok         bool
	}{
		{"smtp", "strings", true},
		{"smtp", "mailtool/trace", true},
		{"smtp", "mailtool/internal/wire", true},
		{"smtp", "mailtool/internal/sentence", false},
		{"smtp", "mailtool/mailbox", false},
		{"smtp", "mailtool/pop3", false},
		{"smtp", "github.com/fatih/color", false},
		{"internal/wire", "mailtool/internal/escape", false},
		{"internal/sasl", "mailtool/internal/wire", false},
		{"internal/sasl", "github.com/xdg-go/scram", true},
		{"internal/wire", "github.com/xdg-go/scram", false},
		{"internal/casemap", "golang.org/x/text", true},
		{"imap", "golang.org/x/text", false},
		{"smtp", "github.com/xdg-go/scram", false},
		{"smtp", "mailtool/internal/sasl", true},
		{"trace", "mailtool/trace/term", false},
		{"trace/term", "github.com/fatih/color", true},
		{"cmd/mailtool", "mailtool/sandbox", true},
		{"cmd/mailtool", "mailtool/trace/tracetest", false},
		{"smtp", "mailtool/internal/conversation", false},
		{"mailbox", "mailtool/mime/scan", true},
		{"mailbox", "mailtool/sandbox", false},
		{"sandbox", "mailtool/mailbox", true},
		{"nowhere", "strings", false},
	} {
		got := judge(c.short, pkg{Imports: []string{c.dep}}, pkgs)
		if (len(got) == 0) != c.ok {
			t.Errorf("%s imports %s: complaints %q", c.short, c.dep, got)
		}
	}
	for _, c := range []struct {
		short, dep string
		ok         bool
	}{
		{"imap", "database/sql", false},
		{"mailbox", "database/sql", true},
		{"mailbox", "modernc.org/sqlite", false},
		{"sandbox", "modernc.org/sqlite", true},
	} {
		if got := judge(c.short, pkg{Deps: []string{c.dep}}, pkgs); (len(got) == 0) != c.ok {
			t.Errorf("%s depends on %s: complaints %q", c.short, c.dep, got)
		}
	}
}
