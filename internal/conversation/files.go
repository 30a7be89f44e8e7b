package conversation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// A Session is a script that lies in a file of testdata.
type Session struct {
	*Script
	// ByOctet says that every octet is to be sent by itself, as Player has it.
	ByOctet bool

	file string
}

// Each runs f for each *.session of folders of testdata, whole and in single octets, where
// time passes as fast as nobody needs it.
func Each(t *testing.T, folders []string, f func(t *testing.T, s *Session)) {
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.session"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no sessions in %s: %v", folder, err)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".session"), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				script, err := Parse(string(text))
				if err != nil {
					t.Fatal(err)
				}
				synctest.Test(t, func(t *testing.T) {
					for _, byOctet := range []bool{false, true} {
						f(t, &Session{script, byOctet, file})
					}
				})
			})
		}
	}
}

// Check compares what has come of it all with the end of the file, or writes it there.
func (s *Session) Check(t *testing.T, got string, update bool) {
	t.Helper()
	switch {
	case got == s.Rest:
		return
	case !update:
		t.Errorf("what came of it:\n%s\nwant\n%s", got, s.Rest)
		return
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	script, _, _ := strings.Cut(string(text), "\n----\n")
	if err := os.WriteFile(s.file, []byte(script+"\n----\n"+got), 0o644); err != nil {
		t.Fatal(err)
	}
}
