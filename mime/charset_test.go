package mime

import (
	"fmt"
	"strings"
	"testing"
)

// TestCharsetNames: sets are known by the names that mail calls them, and by no others.
func TestCharsetNames(t *testing.T) {
	for _, name := range []string{"us-ascii", "ANSI_X3.4-1968", "ansi-x3.4-1968", " latin-1 ", "ISO-8859-15",
		"GB2312", "ks_c_5601-1987", "windows-1251", "UTF-7", "cp949", "UHC",
		"cp950", "EUC-CN"} {
		if text, err := DecodeCharset(name, []byte("abc")); text != "abc" || err != nil {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for name := range elsewhere { // else it would not be asked
		if text, err := decodeElsewhere(name, []byte("abc")); text != "abc" || err != nil || lookUp(name) != nil {
			t.Errorf("%s: %q, %v, looked up: %v", name, text, err, lookUp(name) != nil)
		}
	}
	for _, name := range []string{"x-unknown", "iso-2022-kr", "iso-2022-cn", "none at all", "\x1b"} {
		want := fmt.Sprintf("mime/charset-unknown %q", name)
		if text, err := DecodeCharset(name, []byte("abc")); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// TestByteOrder: UTF-16 is read in the order that its mark tells of, and the mark is no text.
func TestByteOrder(t *testing.T) {
	for octets, want := range map[string]string{
		"\xfe\xff\x4f\x60": "你", "\xff\xfe\x60\x4f": "你", "\x60\x4f": "你",
	} {
		if text, err := DecodeCharset("UTF-16", []byte(octets)); text != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", octets, text, err, want)
		}
	}
}

func TestCutCharacter(t *testing.T) {
	for piece, want := range map[string]int{"": 0, "a": 0, "你": 0, "你\xe5": 1, "你\xe5\xa5": 2,
		"\xf0\x9f\x98": 3, "\x80\x80\x80\x80": 0, "\xff": 0} {
		if got := CutCharacter([]byte(piece)); got != want {
			t.Errorf("%q: %d, want %d", piece, got, want)
		}
	}
}

// BenchmarkUnknownWords reads a header of 256 KiB, each word of which is in another character
// set that nobody knows.
func BenchmarkUnknownWords(b *testing.B) {
	var header strings.Builder
	for i := 0; header.Len() < 256<<10; i++ {
		fmt.Fprintf(&header, "=?x-%d?q?a?= ", i)
	}
	b.SetBytes(int64(header.Len()))
	for b.Loop() {
		DecodeHeader(header.String())
	}
}
