package mime

import (
	"fmt"
	"strings"
)

// An Error says what is wrong with what was to be sent. The sentence for people is
// found by its ID.
type Error struct {
	// ID is one of the IDs below.
	ID string
	// Args are the words that the sentence has room for. They come from outside
	// and may hold anything: escape them before they are shown.
	Args []string
}

// The IDs of errors, and what their Args are.
const (
	// ErrAddressEmpty: an address was expected and nothing stands there.
	ErrAddressEmpty = "mime/address-empty"
	// ErrAddressNoAt: the text has no @, so it is a name at best. Args: the text.
	ErrAddressNoAt = "mime/address-no-at"
	// ErrAddressSyntax: not an address of RFC 5322 §3.4. Args: the text.
	ErrAddressSyntax = "mime/address-syntax"
	// ErrAddressMany: one address was expected. Args: the text.
	ErrAddressMany = "mime/address-many"
	// ErrLineBreak: CR or LF in what becomes a header line: it would end the line,
	// and what follows would be a field of its own. Args: the field's name.
	ErrLineBreak = "mime/field-line-break"
	// ErrFieldForm: an extra field that is not "Name: value". Args: the text.
	ErrFieldForm = "mime/field-form"
	// ErrFieldName: not a field name of RFC 5322 §2.2. Args: the name.
	ErrFieldName = "mime/field-name"
	// ErrFieldTwice: an extra field that the message has already. Args: the name.
	ErrFieldTwice = "mime/field-twice"
	// ErrFieldBcc: Bcc as an extra field: the blind copies would be no secret.
	ErrFieldBcc = "mime/field-bcc"
	// ErrFieldLong: a field whose value cannot be folded into lines of 998 octets.
	// Args: the name.
	ErrFieldLong = "mime/field-long"
	// ErrMessageID: not of the form <left@right> (RFC 5322 §3.6.4). Args: the text.
	ErrMessageID = "mime/message-id"
	// ErrNoFrom: a message without an author.
	ErrNoFrom = "mime/from-missing"
	// ErrTextCharset: a text that is neither UTF-8 nor GB18030.
	ErrTextCharset = "mime/text-charset"
	// ErrCharset: a character set that is not known. Args: its name.
	ErrCharset = "mime/charset-unknown"
	// ErrCharsetMail: a character set that no text of a message can be in, since it does
	// not write ASCII as ASCII: UTF-16. Args: its name.
	ErrCharsetMail = "mime/charset-mail"
	// ErrCharsetLacks: a text does not fit into a character set. Args: its name, the first
	// character that it lacks.
	ErrCharsetLacks = "mime/charset-lacks"
	// ErrEncodingOctet: octets over 127 or NULs, which the transfer encoding that was
	// asked for does not allow (RFC 2045 §2.7). Args: the encoding.
	ErrEncodingOctet = "mime/encoding-octet"
	// ErrEncodingLine: lines over 998 octets, likewise. Args: the encoding.
	ErrEncodingLine = "mime/encoding-line"
	// ErrEncoding: a transfer encoding that is not known. Args: its name.
	ErrEncoding = "mime/encoding-unknown"
	// ErrBase64Octet: an octet in base64 that is none of it. Args: which of the body it
	// is, counted from 1; so with the next three.
	ErrBase64Octet = "mime/base64-octet"
	// ErrBase64End: base64 that ends within a group of four, or lacks its padding.
	ErrBase64End = "mime/base64-end"
	// ErrBase64After: something stands behind the padding that ends base64.
	ErrBase64After = "mime/base64-after"
	// ErrQuotedPrintable: an "=" that neither two hexadecimal digits nor the end of the
	// line follow.
	ErrQuotedPrintable = "mime/quoted-printable"
	// ErrFileEmpty: there is no message in the file.
	ErrFileEmpty = "mime/file-empty"
	// ErrFileUTF16: the file is written in UTF-16, as PowerShell's > does it.
	ErrFileUTF16 = "mime/file-utf16"
)

// ErrorIDs lists the IDs of all errors of this package.
func ErrorIDs() []string {
	return []string{
		ErrAddressEmpty, ErrAddressNoAt, ErrAddressSyntax, ErrAddressMany, ErrLineBreak,
		ErrFieldForm, ErrFieldName, ErrFieldTwice, ErrFieldBcc, ErrFieldLong, ErrMessageID,
		ErrNoFrom, ErrTextCharset, ErrCharset, ErrCharsetMail, ErrCharsetLacks, ErrEncodingOctet,
		ErrEncodingLine, ErrEncoding, ErrBase64Octet, ErrBase64End, ErrBase64After,
		ErrQuotedPrintable, ErrFileEmpty, ErrFileUTF16,
	}
}

// Error is the ID and the quoted words, for logs and tests.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.ID)
	for _, arg := range e.Args {
		fmt.Fprintf(&b, " %+q", arg)
	}
	return b.String()
}

func fail(id string, args ...string) *Error { return &Error{ID: id, Args: args} }
