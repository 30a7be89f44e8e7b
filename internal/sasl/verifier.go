package sasl

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// What a Verifier is made of (RFC 5802 §3); Hi is PBKDF2, slow on purpose:
//
//	SaltedPassword := Hi(SASLprep(password), salt, rounds)
//	StoredKey      := H(HMAC(SaltedPassword, "Client Key"))
//	ServerKey      := HMAC(SaltedPassword, "Server Key")
//
// Each guess at a password costs whoever steals a Verifier as many rounds, and the salt makes
// a guess good for one account only.
const (
	MinRounds = 20_000    // of a new Verifier; RFC 7677 §4 wants 4,096 at least
	maxRounds = 2_000_000 // of any Verifier, and that a client takes: a second or so
	saltSize  = 16        // octets, of a new Verifier at least
	maxSalt   = 1024
)

// NewVerifier makes a Verifier of a password for one of the SCRAM mechanisms. A salt that is
// nil is made at random. The error is ErrMechanism or ErrCredentials.
func NewVerifier(mechanism, password string, rounds int, salt []byte) (Verifier, error) {
	hash, ok := hashOf(mechanism)
	if !ok {
		return Verifier{}, fmt.Errorf("%w: %q", ErrMechanism, mechanism)
	}
	if salt == nil {
		salt = make([]byte, saltSize)
		rand.Read(salt) // never fails
	}
	if rounds < MinRounds || rounds > maxRounds || len(salt) < saltSize || len(salt) > maxSalt {
		return Verifier{}, fmt.Errorf("%w: %d rounds, %d octets of salt",
			ErrCredentials, rounds, len(salt))
	}
	return derive(hash, password, rounds, salt)
}

func derive(
	hash scram.HashGeneratorFcn, password string, rounds int, salt []byte,
) (Verifier, error) {
	prepared, err := preparePassword(password)
	if err != nil {
		return Verifier{}, fmt.Errorf("%w: the password: %w", ErrCredentials, err)
	}
	client, err := hash.NewClientUnprepped("", prepared, "")
	if err != nil {
		return Verifier{}, err
	}
	c, err := client.GetStoredCredentialsWithError(
		scram.KeyFactors{Salt: string(salt), Iters: rounds})
	if err != nil {
		return Verifier{}, err
	}
	return Verifier{salt, rounds, c.StoredKey, c.ServerKey}, nil
}

// hashOf is the hash function of a mechanism.
func hashOf(mechanism string) (scram.HashGeneratorFcn, bool) {
	switch mechanism {
	case SCRAMSHA1:
		return scram.SHA1, true
	case SCRAMSHA256, SCRAMSHA256Plus:
		return scram.SHA256, true
	}
	return nil, false
}

// Mechanism is what the Verifier is for: the length of its keys says it. It is "" if it is
// for none.
func (v Verifier) Mechanism() string {
	switch len(v.StoredKey) {
	case sha1.Size:
		return SCRAMSHA1
	case sha256.Size:
		return SCRAMSHA256
	}
	return ""
}

// Fits says whether it was made of this password. How long it takes hangs on the rounds and
// the length of the password, not on whether it fits.
func (v Verifier) Fits(password string) bool {
	hash, ok := hashOf(v.Mechanism())
	if !ok {
		return false
	}
	w, err := derive(hash, password, v.Rounds, v.Salt)
	return err == nil && hmac.Equal(w.StoredKey, v.StoredKey)
}

// String is the form of RFC 5803 §2; all but the scheme and the rounds is base64:
//
//	SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=
//	scheme     rounds:salt           $StoredKey                   :ServerKey
func (v Verifier) String() string {
	return v.Mechanism() + "$" + strconv.Itoa(v.Rounds) + ":" + Encode(v.Salt) +
		"$" + Encode(v.StoredKey) + ":" + Encode(v.ServerKey)
}

// ParseVerifier is the inverse of String. The error is ErrSyntax.
func ParseVerifier(s string) (Verifier, error) {
	bad := fmt.Errorf("%w: not a verifier", ErrSyntax)
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '$' || r == ':' })
	if len(parts) != 5 {
		return Verifier{}, bad
	}
	var v Verifier
	var err error
	if v.Rounds, err = strconv.Atoi(parts[1]); err != nil || v.Rounds < 1 || v.Rounds > maxRounds {
		return Verifier{}, bad
	}
	for i, to := range []*[]byte{&v.Salt, &v.StoredKey, &v.ServerKey} {
		if *to, err = decode([]byte(parts[2+i])); err != nil {
			return Verifier{}, bad
		}
	}
	if len(v.Salt) > maxSalt || len(v.ServerKey) != len(v.StoredKey) || v.Mechanism() == "" ||
		v.String() != s {
		return Verifier{}, bad // among them other spellings of the same
	}
	return v, nil
}
