package sasl

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestVerifier(t *testing.T) {
	for _, mechanism := range []string{SCRAMSHA1, SCRAMSHA256, SCRAMSHA256Plus} {
		v, err := NewVerifier(mechanism, "pässword", MinRounds, nil)
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]bool{
			"pässword": true, "pa\u0308ssword": true, // the same to the eye
			"passwort": false, "": false, "pässword ": false, "p\xFF": false, "\x00": false,
		} {
			if v.Fits(password) != want {
				t.Errorf("%s fits %q: %v", mechanism, password, !want)
			}
		}
		again, err := NewVerifier(mechanism, "pässword", MinRounds, nil)
		if err != nil || bytes.Equal(v.Salt, again.Salt) || bytes.Equal(v.StoredKey, again.StoredKey) {
			t.Error("two accounts with one password look the same: ", err)
		}
		if same, err := NewVerifier(mechanism, "pässword", v.Rounds, v.Salt); err != nil ||
			!reflect.DeepEqual(same, v) {
			t.Error("not a function of password and salt: ", err)
		}
		if back, err := ParseVerifier(v.String()); err != nil || !reflect.DeepEqual(back, v) {
			t.Errorf("%s comes back as %v, %v", v, back, err)
		}
		if !strings.HasPrefix(v.String(), strings.TrimSuffix(mechanism, "-PLUS")+"$20000:") {
			t.Error(v)
		}
	}
	if (Verifier{}).Fits("") {
		t.Error("nothing fits")
	}
	short := make([]byte, 15)
	for _, c := range []struct {
		mechanism, password string
		rounds              int
		salt                []byte
		want                error
	}{
		{Plain, "sesame", MinRounds, nil, ErrMechanism},
		{SCRAMSHA256, "sesame", MinRounds - 1, nil, ErrCredentials},
		{SCRAMSHA256, "sesame", maxRounds + 1, nil, ErrCredentials},
		{SCRAMSHA256, "sesame", MinRounds, short, ErrCredentials},
		{SCRAMSHA256, "", MinRounds, nil, ErrCredentials},
		{SCRAMSHA256, "\u00AD", MinRounds, nil, ErrCredentials}, // nothing is left of it
		{SCRAMSHA256, "ses\x00ame", MinRounds, nil, ErrCredentials},
		{SCRAMSHA256, "ses\xFFame", MinRounds, nil, ErrCredentials},
		{SCRAMSHA256, "sesame😀", MinRounds, nil, ErrCredentials}, // not in Unicode 3.2
	} {
		if _, err := NewVerifier(c.mechanism, c.password, c.rounds, c.salt); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

const pencil = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92" +
	"$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="

func TestParseVerifier(t *testing.T) {
	if _, err := ParseVerifier(pencil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to string }{
		{pencil, ""},
		{"SCRAM-SHA-1", ""},
		{"SCRAM-SHA-1", "SCRAM-SHA-256"}, // the keys are too short
		{"SCRAM-SHA-1", "scram-sha-1"},
		{"4096", "0"},
		{"4096", "-4096"},
		{"4096", "04096"},
		{"4096", "2000001"},
		{"4096", "99999999999999999999"},
		{"QSXCR+Q6sek8bf92", ""},
		{"6dlGYMOdZcOPutkcNY8U2g7vK9Y=", "6dlGYMOdZcOPutkcNY8U2g7vK9Y"},
		{"fTE=", "fTF="}, // bits that stand for nothing
		{":D+CSWLOshSulAsxiupA+qs2/fTE=", ":AAAA"},
		{":D", "$D"},
		{"$4096", "$$4096"},
		{"$4096", " $4096"},
		{"fTE=", "fTE=\n"},
		{"fTE=", "fTE=:"},
	} {
		s := strings.Replace(pencil, c.from, c.to, 1)
		if v, err := ParseVerifier(s); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q is %v, %v", s, v, err)
		}
	}
}

// FuzzParseVerifier: what is taken is printed as it was.
func FuzzParseVerifier(f *testing.F) {
	f.Add(pencil)
	f.Add("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=" +
		":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVerifier(s)
		if err != nil {
			return
		}
		if v.String() != s {
			t.Errorf("%q is printed %q", s, v)
		}
		if back, err := ParseVerifier(v.String()); err != nil || !reflect.DeepEqual(back, v) {
			t.Errorf("%q: %v", s, err)
		}
	})
}

// FuzzVerifier: what is printed is taken.
func FuzzVerifier(f *testing.F) {
	f.Add(20000, []byte("salt"), []byte("a key"), true)
	f.Fuzz(func(t *testing.T, rounds int, salt, key []byte, sha1 bool) {
		if len(salt) == 0 || len(salt) > maxSalt || rounds < 1 || rounds > maxRounds {
			return
		}
		size := 32
		if sha1 {
			size = 20
		}
		key = append(key, make([]byte, 64)...)
		v := Verifier{salt, rounds, key[:size], key[size:][:size]}
		if back, err := ParseVerifier(v.String()); err != nil || !reflect.DeepEqual(back, v) {
			t.Errorf("%q: %v, %v", v, back, err)
		}
	})
}

func BenchmarkFits(b *testing.B) {
	v, err := NewVerifier(SCRAMSHA256, "sesame", MinRounds, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		v.Fits("sesame")
	}
}
