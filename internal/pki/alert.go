package pki

import (
	"reflect"
	"strconv"
)

// An alert is the one word with which an end of TLS says why it gives up (RFC 8446 §6).
type alert uint8

const protocolVersion alert = 70

// alertNames are the names in RFC 8446 §6; some of RFC 5246 §7.2 and of RFC 6066 §9, which
// TLS 1.3 has no longer; and those of RFC 7507 §4 and RFC 7301 §3.2.
var alertNames = map[alert]string{
	0:               "close_notify",
	10:              "unexpected_message",
	20:              "bad_record_mac",
	21:              "decryption_failed",
	22:              "record_overflow",
	30:              "decompression_failure",
	40:              "handshake_failure",
	41:              "no_certificate",
	42:              "bad_certificate",
	43:              "unsupported_certificate",
	44:              "certificate_revoked",
	45:              "certificate_expired",
	46:              "certificate_unknown",
	47:              "illegal_parameter",
	48:              "unknown_ca",
	49:              "access_denied",
	50:              "decode_error",
	51:              "decrypt_error",
	60:              "export_restriction",
	protocolVersion: "protocol_version",
	71:              "insufficient_security",
	80:              "internal_error",
	86:              "inappropriate_fallback",
	90:              "user_canceled",
	100:             "no_renegotiation",
	109:             "missing_extension",
	110:             "unsupported_extension",
	111:             "certificate_unobtainable",
	112:             "unrecognized_name",
	113:             "bad_certificate_status_response",
	114:             "bad_certificate_hash_value",
	115:             "unknown_psk_identity",
	116:             "certificate_required",
	120:             "no_application_protocol",
}

// String is the alert's name.
func (a alert) String() string {
	if name, ok := alertNames[a]; ok {
		return name
	}
	return "alert " + strconv.Itoa(int(a))
}

// alertOf is the alert in an error of crypto/tls, which has a type for it and does not
// export it: its number can be read all the same.
func alertOf(err error) (a alert, ok bool) {
	v := reflect.ValueOf(err)
	if !v.IsValid() || v.Kind() != reflect.Uint8 {
		return 0, false
	}
	return alert(v.Uint()), true
}
