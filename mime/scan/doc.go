// Package scan reads the outside of a message: its header fields and its parts,
// each with the offsets at which it begins and ends, without decoding anything.
//
// A message is a header section and a body, divided by an empty line (RFC 5322
// §2.1). MIME (RFC 2045, RFC 2046) lets a body hold further messages, divided by
// boundary lines, so that a message is a tree of parts. What is needed to find
// the way in that tree, and to judge the header section, lies here:
//
//   - [HeaderCheck] is fed one line after the other and judges the header section
//     by RFC 5322, at the octet, while a message crosses a wire;
//   - [ParseFields] cuts a header section into its fields;
//   - [Scanner] makes the tree of parts of a message that comes in pieces;
//   - [ParseDate] reads the value of a Date field, [ParseAddresses] that of an address
//     field as ENVELOPE shows it.
//
// Nothing here needs more memory than its limits say, however long a message is,
// and none of it fails: a message may be wrong in every way and still has a
// header section and a tree.
package scan
