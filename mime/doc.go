// Package mime makes what a person writes fit for a mail message, and reads it
// back.
//
// A message as SMTP was made for it is lines of 7-bit ASCII, of at most 998 octets
// each (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1). "Grüße", "你好" and pictures do not fit.
// MIME, the Multipurpose Internet Mail Extensions, does not change the lines: it
// says how to write other things in them, and leaves a note in the header how to
// get them back. There are three such devices, and each has its file here:
//
//   - in the header, encoded-words: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Wien?= (RFC 2047, word.go);
//   - in the body, a transfer encoding: quoted-printable for text that is mostly
//     ASCII, base64 for all else (RFC 2045 §6, transfer.go);
//   - a type and a character set, so that the reader knows what the octets mean once
//     they are decoded (RFC 2045 §5, entity.go and charset.go).
//
// A message of several parts is such entities between lines that divide them (RFC 2046
// §5.1, compose.go).
//
// Encoding is not encryption: anyone can undo it, no key is needed.
//
// [Letter] builds a message, [PrepareFile] makes a file with a message ready to be
// sent, [ParseAddressList] reads what stands in From, To and Cc. [Open] opens a
// message: its tree, with what the parts hold decoded when somebody asks, and
// [Message.Lint] says what is wrong with it. Package mime/scan finds the fields and
// parts of a message without decoding them.
package mime
