package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mailtool/internal/sasl"
	"mailtool/mailbox"
)

// ErrPassword says that something cannot be a password.
var ErrPassword = errors.New("sandbox: it cannot be a password")

// maxPassword is how long one may be, in octets.
const maxPassword = 255

// CheckPassword says whether something can be a password: ErrPassword if it is empty, long,
// no UTF-8, or has characters that nobody types or that SASLprep forbids (RFC 4013). It
// takes as long as a log-in.
func CheckPassword(password string) error {
	_, err := newVerifiers(password, false)
	return err
}

// newVerifiers is what is kept of a password. SCRAM-SHA-256 has a verifier, and PLAIN and
// LOGIN are checked against the same. The mechanisms of old want more than they should: for
// CRAM-MD5 (and for APOP of POP3) the server must keep the password itself.
func newVerifiers(password string, legacy bool) ([]mailbox.Verifier, error) {
	if password == "" || len(password) > maxPassword ||
		strings.ContainsFunc(password, unicode.IsControl) {
		return nil, ErrPassword
	}
	mechanisms := []string{sasl.SCRAMSHA256}
	if legacy {
		mechanisms = append(mechanisms, sasl.SCRAMSHA1)
	}
	var kept []mailbox.Verifier
	for _, m := range mechanisms {
		v, err := sasl.NewVerifier(m, password, sasl.MinRounds, nil)
		if errors.Is(err, sasl.ErrCredentials) {
			return nil, fmt.Errorf("%w: %w", ErrPassword, err)
		}
		if err != nil {
			return nil, err
		}
		kept = append(kept, mailbox.Verifier{Mechanism: m, Value: []byte(v.String())})
	}
	if legacy {
		kept = append(kept, mailbox.Verifier{Mechanism: sasl.CRAMMD5, Value: []byte(password)})
	}
	return kept, nil
}

// fitting says that what is kept is what newVerifiers would keep of a password. All of it
// was made of the same, so one is looked at.
func fitting(kept []mailbox.Verifier, password string, legacy bool) bool {
	wanted := 1
	if legacy {
		wanted = 3
	}
	i := slices.IndexFunc(kept, func(v mailbox.Verifier) bool {
		return v.Mechanism == sasl.SCRAMSHA256
	})
	if i < 0 || len(kept) != wanted || isDefault(kept[i]) {
		return false
	}
	v, err := sasl.ParseVerifier(string(kept[i].Value))
	return err == nil && v.Fits(password)
}

// MechanismsOf are those that an account can be logged in to by, with what is kept of its
// password, as far as the server offers them: the strongest first.
func MechanismsOf(kept []mailbox.Verifier) []string {
	return slices.DeleteFunc(sasl.Mechanisms(false), func(m string) bool {
		if m == sasl.Plain || m == sasl.Login {
			m = sasl.SCRAMSHA256
		}
		return !slices.ContainsFunc(kept, func(v mailbox.Verifier) bool { return v.Mechanism == m })
	})
}

// DefaultPassword is that of alice and bob, on loopback.
const DefaultPassword = "sesame"

// defaultAccounts are made where nobody says who has an account.
var defaultAccounts = []string{"alice", "bob"}

// Since everybody knows the default password, everybody may know its verifiers: they are
// made once, and a sandbox that starts need not hash. By them they are known, too.
const (
	defaultSHA256 = "SCRAM-SHA-256$20000:b3Blbiwgc2FpZCBhIGJveQ==" +
		"$4YR+l7r/ek2E3pTRzHlvDjXVJa6IPbaWLwiw+RSDWRM=:zNPmx77mGred2X9IhPvbioSiwqdD+IjK18p++GXVa64="
	defaultSHA1 = "SCRAM-SHA-1$20000:b3Blbiwgc2FpZCBhIGJveQ==" +
		"$uZlBl7M+nWd/xCdgATwJf+Fhfps=:UNvjORxKtqImnnBo6qgcX3os+2Y="
)

func defaultVerifiers(legacy bool) []mailbox.Verifier {
	kept := []mailbox.Verifier{{Mechanism: sasl.SCRAMSHA256, Value: []byte(defaultSHA256)}}
	if legacy {
		kept = append(kept, mailbox.Verifier{Mechanism: sasl.SCRAMSHA1, Value: []byte(defaultSHA1)},
			mailbox.Verifier{Mechanism: sasl.CRAMMD5, Value: []byte(DefaultPassword)})
	}
	return kept
}

// isDefault says that a verifier is one of defaultVerifiers.
func isDefault(v mailbox.Verifier) bool {
	return slices.Contains([]string{defaultSHA256, defaultSHA1, DefaultPassword}, string(v.Value))
}

// giveDefaults gives alice and bob the default password, if they have none.
func (b *Sandbox) giveDefaults(ctx context.Context) error {
	for _, name := range defaultAccounts {
		u, ok := b.accounts.find(name)
		if !ok {
			continue
		}
		kept, err := b.mailbox.Verifiers(ctx, u.ID)
		if err != nil {
			return err
		}
		if len(kept) == 0 {
			err = b.mailbox.SetVerifiers(ctx, u.ID, defaultVerifiers(b.legacy()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
