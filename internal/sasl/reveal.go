package sasl

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Mask stands for a secret, however long it is.
const Mask = "********"

// Reveal returns what may be shown of a message to people who look at an exchange: all but
// the secrets, which are masked. ok is false where nothing may be shown but that there was
// something. Octets that are no text stand as they are.
//
// step counts the messages of that end from 0, those that are empty included. An initial
// response is the client's message 0, as is its answer to the empty challenge that asks for
// it.
//
// Programs under test put passwords into wrong places. So a message is shown only if it has
// the form that it should have, and a server's only if it could not be the client's secret
// sent back: of free text nothing is shown.
//
//	mechanism     client                            server
//	PLAIN         0: names, not the password        nothing to show
//	LOGIN         0: the name; 1: nothing           the usual questions
//	CRAM-MD5      0: the name, not the digest       0: the challenge
//	SCRAM         all but the proof                 all but the signature
//	XOAUTH2       0: the name, not the token        the status of a failure
//	OAUTHBEARER   0: name, host, port               the status of a failure
//
// Signature and digest are no passwords, but whoever has them can try passwords at home.
func Reveal(mechanism string, step int, fromServer bool, decoded []byte) (shown string, ok bool) {
	switch {
	case len(decoded) == 0:
		return "", true
	case !utf8.Valid(decoded) || len(decoded) > MaxMessage:
		return "", false
	}
	if shown, ok = reveal(mechanism, step, fromServer, string(decoded)); !ok {
		return "", false
	}
	return shown, true
}

// Hidden returns the secrets of a message: what stands where shown, which Reveal has made of
// it, has a mask.
func Hidden(message []byte, shown string) (secrets []string) {
	rest := string(message)
	if rest == shown {
		return nil
	}
	open := strings.Split(shown, Mask)
	for i, between := range open {
		at := strings.Index(rest, between)
		if i == len(open)-1 { // the last stands at the end, whatever the secret holds
			at = len(rest) - len(between)
		}
		if at < 0 {
			return append(secrets, rest) // it is not what Reveal has made of it
		}
		if i > 0 {
			secrets = append(secrets, rest[:at])
		}
		rest = rest[at+len(between):]
	}
	return secrets
}

func reveal(mechanism string, step int, fromServer bool, message string) (string, bool) {
	switch mechanism {
	case Plain:
		if !fromServer && step == 0 {
			return revealPlain(message)
		}
	case Login:
		return revealLogin(message, step, fromServer)
	case CRAMMD5:
		if step == 0 {
			return revealCRAMMD5(message, fromServer)
		}
	case SCRAMSHA1, SCRAMSHA256, SCRAMSHA256Plus:
		return revealSCRAM(message, step, fromServer)
	case XOAuth2, OAuthBearer:
		if fromServer {
			return revealFailure(message)
		}
		return revealToken(mechanism, message, step)
	}
	return "", false
}

func revealPlain(message string) (string, bool) {
	parts := strings.Split(message, "\x00")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" || control(parts[0]+parts[1]) {
		return "", false
	}
	return parts[0] + "\x00" + parts[1] + "\x00" + Mask, true
}

func revealLogin(message string, step int, fromServer bool) (string, bool) {
	if !fromServer {
		return message, step == 0 && !control(message)
	}
	switch strings.ToLower(strings.TrimRight(message, ":\x00")) {
	case "username", "user name", "password":
		return message, true
	}
	return "", false
}

func revealCRAMMD5(message string, fromServer bool) (string, bool) {
	if fromServer {
		return message, message[0] == '<' && message[len(message)-1] == '>'
	}
	name, _, ok := cutDigest([]byte(message))
	return name + " " + Mask, ok && !control(name)
}

func revealSCRAM(message string, step int, fromServer bool) (string, bool) {
	var list []attribute
	var err error
	switch {
	case fromServer && message[0] == 'r':
		list, err = parseServerFirst(message)
	case fromServer:
		list, err = parseServerFinal(message)
	case step == 0:
		m, err := parseClientFirst(message)
		if err != nil {
			return "", false
		}
		header := m.flag
		if m.flag == "p" {
			header += "=" + m.binding
		}
		return header + "," + join(m.authorize, "a") + "," + join(m.bare, "nr"), true
	case step == 1:
		list, err = parseClientFinal(message)
	default:
		return "", false
	}
	if err != nil {
		return "", false
	}
	return join(list, "rsic"), true
}

// join puts attributes together again and masks all but those of some letters.
func join(list []attribute, open string) string {
	var parts []string
	for _, a := range list {
		if strings.IndexByte(open, a.letter) < 0 && !(a.letter == 'e' && scramError(a.value)) {
			a.value = Mask
		}
		parts = append(parts, string(a.letter)+"="+a.value)
	}
	return strings.Join(parts, ",")
}

// scramError says that a server's e is one of RFC 5802 §7.
func scramError(value string) bool {
	switch value {
	case "invalid-encoding", "extensions-not-supported", "invalid-proof",
		"channel-bindings-dont-match", "server-does-support-channel-binding",
		"channel-binding-not-supported", "unsupported-channel-binding-type", "unknown-user",
		"invalid-username-encoding", "no-resources", "other-error":
		return true
	}
	return false
}

// revealToken shows the client's messages of both mechanisms that have tokens.
func revealToken(mechanism, message string, step int) (string, bool) {
	if step > 0 {
		return message, message == kvsep // the answer to a failure
	}
	var head string
	if mechanism == OAuthBearer {
		var ok bool
		if head, message, ok = strings.Cut(message, kvsep); !ok || !gs2(head) {
			return "", false
		}
		head += kvsep
	}
	body, ok := strings.CutSuffix(message, kvsep+kvsep)
	if !ok {
		return "", false
	}
	pairs := strings.Split(body, kvsep)
	for i, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok || !letters(key):
			return "", false
		case key == "user" || key == "host" || key == "port" && strings.Trim(value, "0123456789") == "":
		case key == "auth" && len(value) > 7 && strings.EqualFold(value[:7], "Bearer "):
			pairs[i] = key + "=" + value[:7] + Mask
		default:
			pairs[i] = key + "=" + Mask
		}
	}
	return head + strings.Join(pairs, kvsep) + kvsep + kvsep, true
}

// letters says that a key is a word of RFC 7628 §3.1.
func letters(key string) bool {
	for i := range len(key) {
		if !alpha(key[i]) {
			return false
		}
	}
	return key != ""
}

// gs2 says that a header names nothing but whom to act as (RFC 7628 §3.1).
func gs2(header string) bool {
	flag, authorize, _ := strings.Cut(header, ",")
	name, more, ok := strings.Cut(authorize, ",")
	if flag != "n" && flag != "y" || !ok || more != "" {
		return false
	}
	if name == "" {
		return true
	}
	_, err := attributes(name, "a")
	return err == nil
}

// revealFailure shows the status in the JSON with which a server refuses a token; the other
// members are free text.
func revealFailure(message string) (string, bool) {
	var failure struct {
		Status string `json:"status"`
	}
	if json.Unmarshal([]byte(message), &failure) != nil {
		return "", false
	}
	switch failure.Status {
	case "invalid_request", "invalid_token", "insufficient_scope", "400", "401", "403":
		return `{"status":"` + failure.Status + `"}`, true
	}
	return "", false
}
