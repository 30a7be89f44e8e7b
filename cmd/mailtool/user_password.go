package main

import "io"

// The letters of a password that is made here. None looks like another or like a digit, and
// a consonant always stands before a vowel, so that it can be read out and typed.
const (
	consonants = "bcdfghjkmnprstxz" // 16: 4 bits
	vowels     = "aeuy"             // 4: 2 bits
)

// newPassword makes a password of four syllables twice over, as in "tabe-kuny-zaru-fexu":
// 48 bits of chance, where a few guesses a minute are all that the server takes.
func newPassword(chance io.Reader) (string, error) {
	const syllables = 8
	var octets [syllables]byte
	if _, err := io.ReadFull(chance, octets[:]); err != nil {
		return "", err
	}
	var out []byte
	for i, o := range octets {
		if i > 0 && i%2 == 0 {
			out = append(out, '-')
		}
		out = append(out, consonants[o>>4], vowels[o&3])
	}
	return string(out), nil
}
