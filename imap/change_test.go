package imap

import (
	"bytes"
	"reflect"
	"testing"
)

// changeLines are commands as they are printed.
var changeLines = []string{
	"SELECT INBOX", "EXAMINE Trash (CONDSTORE)", `SELECT ""`, `SELECT "a b"`, "SELECT &bUuL1Q-",
	"STORE 1:*,$ FLAGS ()", `UID STORE 5 +FLAGS.SILENT (\Seen lab $X)`,
	`STORE 1 (UNCHANGEDSINCE 9223372036854775807) -FLAGS (\Answered \Flagged \Deleted \Draft)`,
	"COPY 2:4 INBOX", "UID COPY $ x", "MOVE 1 x", "UID MOVE 4:*,9 x", "UID EXPUNGE 1:4294967295",
	"EXPUNGE", "CLOSE", "UNSELECT", "IDLE", "CHECK",
}

// What is printed is parsed to the same, and printed to the same.
func TestChangesArePrintedAsTheyAreParsed(t *testing.T) {
	for _, text := range changeLines {
		line := "a " + text + "\r\n"
		tag, c, err := ParseCommand([]byte(line))
		if err != nil || tag != "a" {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := AppendCommand(nil, tag, c); string(got) != line {
			t.Errorf("%q, want %q", got, line)
		}
	}
	for _, text := range []string{`FLAGS (\Answered \Seen $Forwarded)`, "FLAGS ()", `FLAGS (\Recent \Custom a)`,
		"0 EXISTS", "4294967295 RECENT", "1 EXPUNGE"} {
		d, bad := parseUntagged([]byte("* "+text), false)
		if got := AppendData(nil, d); bad != nil || string(got) != "* "+text+"\r\n" {
			t.Errorf("%s: %q, %v", text, got, bad)
		}
	}
}

// FuzzChange parses what changes messages; what can be parsed is printed and parsed to the same.
func FuzzChange(f *testing.F) {
	for _, text := range changeLines {
		f.Add([]byte("a " + text))
	}
	for _, text := range []string{"a store 1 flags a b \\seen", "a SELECT {3+}\r\nabc", "a UID STORE *:1 (unchangedsince 0) flags ()",
		"a COPY 1 {1}\r\nx", "a store 1 +FLAGS (\\Recent)", "a SELECT &", "a CLOSE ", "a UID CLOSE"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tag, c, err := ParseCommand(text)
		if err != nil {
			return
		}
		switch c.(type) {
		case *Select, *StoreCommand, *CopyCommand, *UIDExpunge:
		default:
			return
		}
		printed := AppendCommand(nil, tag, c)
		again, same, err := ParseCommand(printed)
		if err != nil || again != tag || !reflect.DeepEqual(c, same) {
			t.Fatalf("%q is printed as %q, which is %+v, %v", text, printed, same, err)
		}
		if twice := AppendCommand(nil, again, same); !bytes.Equal(twice, printed) {
			t.Fatalf("%q, and then %q", printed, twice)
		}
	})
}
