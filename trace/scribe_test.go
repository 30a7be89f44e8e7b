package trace

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestScribeMasks(t *testing.T) {
	var l log
	r := NewRecorder(newLines(), Opening{}, tick(), l.take)
	code := base64.StdEncoding.EncodeToString([]byte("\x00bob\x00sesame"))
	say(r, Client, "PASS sesame\r\nNOOP sesame\r\nAUTH PLAIN "+code+"\r\n")
	say(r, Server, "500 sesame, sesame?\r\n250 ses\r\n")
	say(r, Client, "NOOP ses")
	var raws []string
	at := map[End]int64{}
	for _, ev := range l.events[1:] {
		raws = append(raws, string(ev.Raw))
		if ev.Off != at[ev.End] || ev.Len != int64(len(ev.Raw)) {
			t.Errorf("event %d: off %d len %d, want %d", ev.N, ev.Off, ev.Len, at[ev.End])
		}
		at[ev.End] += ev.Len
		for _, s := range ev.Secrets {
			if string(ev.Raw[s.At:s.At+s.Len]) != Mask {
				t.Errorf("%q is no mask", ev.Raw[s.At:s.At+s.Len])
			}
		}
	}
	want := []string{"PASS ********\r\n", "NOOP ********\r\n", "AUTH PLAIN ********\r\n",
		"500 ********, ********?\r\n", "250 ses\r\n"}
	if !reflect.DeepEqual(raws, want) {
		t.Errorf("got %q, want %q", raws, want)
	}
	if p := string(r.Pending(Client)); p != "NOOP "+Mask {
		t.Errorf("pending %q: it may be going to be the secret", p)
	}
}

// TestSecretsRepeated: what is masked again, and where.
func TestSecretsRepeated(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	for value, c := range map[string]struct{ hides, leaves []string }{
		b64([]byte("\x00alice\x00sesame open")): {
			[]string{"sesame open", b64([]byte("sesame open")), b64([]byte("\x00alice\x00sesame open")),
				b64([]byte("xsesame open")), b64([]byte("xxsesame open")), "x" + b64([]byte("sesame open")),
				"xx" + b64([]byte("sesame open")), "xxx" + b64([]byte("xsesame open"))},
			[]string{"alice", "sesame", b64([]byte("alice, alice"))}},
		b64([]byte("sesame\x00")):                               {[]string{"sesame"}, nil},
		b64([]byte("user=alice\x01auth=Bearer ya29.x\x01\x01")): {[]string{"ya29.x"}, []string{"alice", "Bearer"}},
	} {
		var s secrets
		s.remember([]byte(value))
		for _, text := range c.hides {
			if got, _ := mask([]byte(text), s.find([]byte(text))); string(got) != Mask && string(got) != Mask+"=" {
				t.Errorf("%q is shown as %q", text, got)
			}
		}
		for _, text := range c.leaves {
			if len(s.find([]byte(text))) > 0 {
				t.Errorf("%q is masked", text)
			}
		}
	}
}

// TestSecretsInBase64: a value is found wherever it lies in base64, and no run that holds it, however
// it is cut, is passed over unread.
func TestSecretsInBase64(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	octets := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	for range 20_000 {
		var s secrets
		value := octets(minSecret + rng.IntN(9))
		s.add(value)
		plain := slices.Concat(octets(rng.IntN(7)), value, octets(rng.IntN(7)))
		run := []byte(strings.Repeat("x", rng.IntN(4)) + base64.StdEncoding.EncodeToString(plain))
		text := append([]byte("NOOP "), run...)
		if len(s.find(text)) == 0 {
			t.Fatalf("%q is not found in %q", value, text)
		}
		if cut := run[:1+rng.IntN(len(run))]; s.encoded(cut) && !s.mayEncode(cut) {
			t.Fatalf("%q is not looked for in %q", value, cut)
		}
	}
}

// TestOverlap: what may be the beginning of a secret.
func TestOverlap(t *testing.T) {
	var s secrets
	s.remember([]byte("sesame open"))
	code := "x" + base64.StdEncoding.EncodeToString([]byte("sesame open"))
	for text, want := range map[string][2]int{"no": {}, "no s": {1, 0}, "no sesame": {6, 6},
		"no sesame open": {}, "no " + code[:11]: {11, 11}, "no " + code[:7]: {7, 7}, "no xc2V": {}} {
		if got := [2]int{s.overlap([]byte(text), 1), s.overlap([]byte(text), minSecret)}; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestScribeTimes(t *testing.T) {
	var l log
	r := NewRecorder(newLines(), Opening{}, tick(), l.take)
	for _, p := range []string{"NO", "OP", "\r\nA", "\r\nB\r\n"} {
		say(r, Client, p)
	}
	var got []time.Duration
	for _, ev := range l.events[1:] {
		got = append(got, ev.First/time.Millisecond, ev.Last/time.Millisecond)
	}
	if want := []time.Duration{1, 3, 3, 4, 4, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("first and last %v, want %v", got, want)
	}
}

func TestMerge(t *testing.T) {
	for _, row := range []struct{ in, want []Span }{
		{nil, nil}, {[]Span{{3, 0}}, nil}, {[]Span{{5, 2}, {1, 2}}, []Span{{1, 2}, {5, 2}}},
		{[]Span{{1, 4}, {2, 1}}, []Span{{1, 4}}}, {[]Span{{1, 2}, {3, 2}}, []Span{{1, 4}}},
	} {
		if got := merge(row.in); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%v, want %v", got, row.want)
		}
	}
}

func TestMaskedIndex(t *testing.T) {
	spans := []Span{{2, 3}, {7, 20}}
	for i, want := range map[int]int{0: 0, 2: 2, 4: 2, 5: 10, 6: 11, 7: 12, 26: 12, 27: 20} {
		got, hidden := maskedIndex(i, spans)
		if got != want || hidden != (i >= 2 && i < 5 || i >= 7 && i < 27) {
			t.Errorf("%d: %d %v, want %d", i, got, hidden, want)
		}
	}
}

func TestSecretsAreBounded(t *testing.T) {
	var s secrets
	for i := range 100 {
		s.remember([]byte(strings.Repeat(string(rune('a'+i%26)), 1000+i)))
	}
	if len(s.values) > maxSecrets || len(s.values[0].plain) > maxSecret {
		t.Errorf("%d values of %d octets", len(s.values), len(s.values[0].plain))
	}
	s = secrets{}
	if s.remember([]byte("abc")); len(s.values) != 0 {
		t.Error("a value too common to look for was remembered")
	}
}

func TestDigest(t *testing.T) {
	for _, row := range []struct {
		in             string
		lines, longest int
	}{
		{"", 0, 0}, {"a\r\n", 1, 1}, {"a\r\nbcd\r\n", 2, 3}, {"\r\n\r\n", 2, 0}, {"a", 1, 1},
		{"a\nbc", 2, 2}, {"a\r\r\n", 1, 2}, {"a\rb\r\n", 1, 3}, {"a\r", 1, 2},
	} {
		sum := sha256.Sum256([]byte(row.in))
		want := Body{Octets: int64(len(row.in)), Lines: row.lines, Longest: row.longest,
			SHA256: hex.EncodeToString(sum[:])}
		var d Digest
		for size := 1; size <= len(row.in)+1; size++ { // the same Digest again and again
			for at := 0; at < len(row.in); at += size {
				d.Write([]byte(row.in[at:min(at+size, len(row.in))]))
			}
			c := d.Clone()
			if got := *d.Body(); got != want {
				t.Errorf("%q in %ds: %+v, want %+v", row.in, size, got, want)
			}
			if got := *c.Body(); got != want {
				t.Errorf("a clone of %q: %+v, want %+v", row.in, got, want)
			}
		}
	}
}

// The stream keeps octets beyond a mark, and few times of arrival.
func TestStreamIsBounded(t *testing.T) {
	var s stream
	b := make([]byte, 1)
	for i := range 10 * maxStamps {
		b[0] = byte(i)
		s.add(b, time.Duration(i), i)
		s.keep()
	}
	if len(s.stamps) > maxStamps || len(s.bytes) != 10*maxStamps || s.bytes[300] != byte(300%256) {
		t.Errorf("%d stamps, %d octets", len(s.stamps), len(s.bytes))
	}
	if first, last := s.drop(5); first.when != 0 || last.when != 4 || len(s.bytes) != 10*maxStamps-5 {
		t.Errorf("%v %v", first, last)
	}
	c := s.clone()
	c.bytes[0]++
	if c.bytes[0] == s.bytes[0] {
		t.Error("a clone shares its octets")
	}
}
