package sasl

import (
	"encoding/base64"
	"fmt"
)

// Cancel is the line with which a client ends an exchange (RFC 4954 §4, RFC 5034 §4,
// RFC 3501 §6.2.2). It is no base64.
const Cancel = "*"

// strict refuses bits that stand for nothing at the end of the last group: each message
// has one encoding (RFC 4648 §3.5).
var strict = base64.StdEncoding.Strict()

// Encode returns a challenge or response as it goes over the wire. Of an empty one nothing
// is left: in SMTP that is "334 " and an empty line.
func Encode(message []byte) string { return strict.EncodeToString(message) }

// EncodeInitial returns a response as it stands behind the mechanism's name. An empty one is
// "=", since nothing would say that there is none (RFC 4954 §4, RFC 4959 §3).
func EncodeInitial(response []byte) string {
	if len(response) == 0 {
		return "="
	}
	return Encode(response)
}

// Decode is the inverse of Encode: line is without its CRLF. It never returns nil without an
// error. The error is ErrCancelled, ErrLong or ErrSyntax.
func Decode(line []byte) ([]byte, error) {
	if string(line) == Cancel {
		return nil, ErrCancelled
	}
	return decode(line)
}

// DecodeInitial is the inverse of EncodeInitial.
func DecodeInitial(argument []byte) ([]byte, error) {
	switch string(argument) {
	case "=":
		return []byte{}, nil
	case "":
		return nil, fmt.Errorf("%w: no initial response", ErrSyntax)
	}
	return decode(argument)
}

func decode(line []byte) ([]byte, error) {
	if len(line) > base64.StdEncoding.EncodedLen(MaxMessage) {
		return nil, ErrLong
	}
	for i, c := range line {
		// The library skips them; RFC 4954 §4 has every octet outside the alphabet refused.
		if c == '\r' || c == '\n' {
			return nil, fmt.Errorf("%w: octet %d is not base64", ErrSyntax, i+1)
		}
	}
	message := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	n, err := strict.Decode(message, line)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return message[:n], nil
}
