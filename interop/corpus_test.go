package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/mime"
)

// A pythonMail is what testdata/corpus.py says of a message.
type pythonMail struct {
	Subject string
	Leaves  []pythonLeaf
}

type pythonLeaf struct {
	Type, Charset, Name string
	Octets              []byte
	Text                *string // nil where Python finds no text in the octets
}

// TestCorpus reads mail that nobody here wrote, and compares each part with what Python's
// email package makes of it. testdata/corpus.tsv lists the mail, differences.tsv what
// differs and why.
func TestCorpus(t *testing.T) {
	need(t, "python3")
	known := readDifferences(t)
	for _, row := range tsv(t, "testdata/corpus.tsv") {
		name, kind, folder := row[0], row[1], filepath.Join("..", filepath.FromSlash(row[4]))
		t.Run(name, func(t *testing.T) {
			if kind != "here" {
				if os.Getenv("MAILTOOL_CORPUS") == "" {
					missing(t, "the mail is not here: .ci/corpus fetches it")
				}
				folder = filepath.Join(os.Getenv("MAILTOOL_CORPUS"), name)
			}
			compareFolder(t, name, folder, known)
		})
	}
}

// compareFolder compares all messages in a folder.
func compareFolder(t *testing.T, name, folder string, known map[string]string) {
	files, err := filepath.Glob(filepath.Join(folder, "*.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no mail (%v)", folder, err)
	}
	mails := askPython(t, files)
	seen := map[string]bool{}
	for i, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := mime.Open(raw)
		reassemble(t, file, m, raw)
		short := name + "/" + filepath.Base(file)
		what, details := differences(m, mails[i])
		seen[short] = true
		if known[short] != what {
			t.Errorf("%s differs in %q, known is %q\n%s", short, what, known[short], details)
		}
	}
	for short := range known {
		if strings.HasPrefix(short, name+"/") && !seen[short] {
			t.Errorf("%s is in differences.tsv and not in the mail", short)
		}
	}
}

// reassemble checks that the ranges of the tree are the message.
func reassemble(t *testing.T, file string, m *mime.Message, raw []byte) {
	t.Helper()
	var whole []byte
	for _, r := range m.Tree.Ranges() {
		octets, err := m.Raw(r.Start, r.End)
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, octets...)
	}
	if !bytes.Equal(whole, raw) {
		t.Errorf("%s: the ranges are not the message", file)
	}
}

// differences says in what a message differs from Python's view of it, as a list of words,
// and what stands on both sides.
func differences(m *mime.Message, python pythonMail) (what, details string) {
	var words []string
	var b strings.Builder
	differ := func(section, word, ours, theirs string) {
		if ours == theirs {
			return
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
		b.WriteString("\t" + section + " " + word + "\n\t\t" + ours + "\n\t\t" + theirs + "\n")
	}
	subject, _ := m.Root.Field("Subject")
	differ("", "subject", subject.Value, python.Subject)
	var types, theirTypes []string
	var leaves []*mime.Part
	m.Root.Walk(func(p *mime.Part) bool {
		if p.IsLeaf() {
			leaves = append(leaves, p)
			types = append(types, p.Type.String())
		}
		return true
	})
	for _, l := range python.Leaves {
		theirTypes = append(theirTypes, l.Type)
	}
	differ("", "tree", strings.Join(types, " "), strings.Join(theirTypes, " "))
	if len(types) == len(theirTypes) {
		for i, p := range leaves {
			compareLeaf(p, python.Leaves[i], differ)
		}
	}
	return strings.Join(words, " "), b.String()
}

func compareLeaf(p *mime.Part, python pythonLeaf, differ func(section, word, ours, theirs string)) {
	if python.Type == "message/delivery-status" {
		return // Python makes messages of its groups of fields: see corpus.py
	}
	octets, _ := p.Bytes() // what is wrong is told beside what could be decoded
	differ(p.Section, "octets", string(octets), string(python.Octets))
	differ(p.Section, "name", p.FileName(), python.Name)
	if !p.IsText() {
		return
	}
	differ(p.Section, "charset", strings.ToLower(p.Charset().Declared), python.Charset)
	if text, _ := p.Text(); python.Text != nil {
		differ(p.Section, "text", text, *python.Text)
	}
}

// askPython has Python look at the files.
func askPython(t *testing.T, files []string) []pythonMail {
	t.Helper()
	cmd := exec.Command("python3", "testdata/corpus.py")
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &trouble)
	}
	mails := make([]pythonMail, 0, len(files))
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var m pythonMail
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		mails = append(mails, m)
	}
	if len(mails) != len(files) {
		t.Fatalf("Python says something of %d of %d files", len(mails), len(files))
	}
	return mails
}

// readDifferences returns what differs by file, and checks that each file has a class that
// is explained, and that the classes are few.
func readDifferences(t *testing.T) map[string]string {
	t.Helper()
	classes, known := map[string]int{}, map[string]string{}
	for _, row := range tsv(t, "testdata/differences.tsv") {
		switch {
		case row[0] == "class" && len(row) == 3:
			classes[row[1]] = 0
		case row[0] == "file" && len(row) == 4:
			if _, ok := classes[row[2]]; !ok {
				t.Errorf("%s is of no class: %q", row[1], row[2])
			}
			classes[row[2]]++
			known[row[1]] = row[3]
		default:
			t.Errorf("what is %q?", row)
		}
	}
	for class, files := range classes {
		if files == 0 {
			t.Errorf("nothing is of class %s", class)
		}
	}
	if len(classes) > 20 {
		t.Errorf("%d classes of difference: more than 20 are no agreement", len(classes))
	}
	return known
}

// tsv reads a table without its comments.
func tsv(t *testing.T, file string) (rows [][]string) {
	t.Helper()
	f, err := os.Open(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}
