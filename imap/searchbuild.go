package imap

import (
	"slices"
	"strings"
)

// A KeyKind says what the word of a search key wants behind it.
type KeyKind uint8

// What search keys want.
const (
	NoKey      KeyKind = iota // there is no such key
	FlagKey                   // nothing: Flagged
	TextKey                   // a text: Containing
	FieldKey                  // the name of a field and a text: Header
	KeywordKey                // a flag: HasKeyword
	DayKey                    // a date: Dated
	NumberKey                 // a number: Sized
	UIDKey                    // a set: InUIDs
	NotKey                    // a key: Not
	OrKey                     // two keys: Or
)

var keyKinds = map[keyArgument]KeyKind{argNone: FlagKey, argText: TextKey, argField: FieldKey,
	argKeyword: KeywordKey, argDay: DayKey, argSize: NumberKey, argInterval: NumberKey,
	argModSeq: NumberKey, argUIDs: UIDKey, argKey: NotKey, argTwoKeys: OrKey}

// KindOfKey tells what the key wants that begins with a word, in letters of any case.
func KindOfKey(word string) KeyKind {
	argument, ok := keyArguments[strings.ToUpper(word)]
	if !ok {
		return NoKey
	}
	return keyKinds[argument]
}

// KeyWords are the words that search keys begin with, in their alphabet.
func KeyWords() []string {
	var all []string
	for word, argument := range keyArguments {
		if keyKinds[argument] != NoKey {
			all = append(all, word)
		}
	}
	slices.Sort(all)
	return all
}

// The functions below make keys. Name is that of a key of the kind that the function is for, in
// letters of any case.

// Flagged is a key of one word: ALL, SEEN, UNSEEN, RECENT and so on.
func Flagged(name string) Key { return Key{Name: strings.ToUpper(name)} }

// Containing finds text in the body, in the whole message or in a field: BODY, TEXT, FROM and
// so on. Text is in UTF-8.
func Containing(name, text string) Key { return Key{Name: strings.ToUpper(name), Text: text} }

// Header finds text in a field; with an empty text whatever has that field.
func Header(field, text string) Key { return Key{Name: "HEADER", Field: field, Text: text} }

// HasKeyword finds what has a flag that is no system flag, or has it not: KEYWORD, UNKEYWORD.
func HasKeyword(name, flag string) Key { return Key{Name: strings.ToUpper(name), Text: flag} }

// Dated finds by the day when a message came or was sent: SINCE, SENTBEFORE and so on.
func Dated(name string, day Day) Key { return Key{Name: strings.ToUpper(name), Day: day} }

// Sized finds by octets (LARGER, SMALLER), by seconds since a message came (OLDER, YOUNGER), or
// by modification sequence (MODSEQ).
func Sized(name string, n int64) Key { return Key{Name: strings.ToUpper(name), Number: n} }

// InNumbers finds by message sequence number, InUIDs by unique identifier.
func InNumbers(set MessageSet) Key { return Key{Name: keySet, Set: set} }

// InUIDs finds by unique identifier.
func InUIDs(set MessageSet) Key { return Key{Name: "UID", Set: set} }

// And finds what all keys find.
func And(keys ...Key) Key { return Key{Name: keyAnd, Keys: keys} }

// Or finds what one of the keys finds.
func Or(a, b Key, more ...Key) Key {
	return Key{Name: "OR", Keys: append([]Key{a, b}, more...)}
}

// Not finds what the key does not find.
func Not(k Key) Key { return Key{Name: "NOT", Keys: []Key{k}} }

// inASCII says that no key looks for more than US-ASCII.
func inASCII(keys []Key) bool {
	for i := range keys {
		if k := &keys[i]; !isASCII(k.Text) || !isASCII(k.Field) || !inASCII(k.Keys) {
			return false
		}
	}
	return true
}
