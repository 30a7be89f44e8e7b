package main

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"mailtool/mime"
)

// maxName is how long a file's name may be, in octets: 255 on most systems, less what makes
// it unlike another.
const maxName = 200

// safeName makes a name for a file of one that a stranger chose: a name without folders,
// which no system takes for a device, a hidden file or an option, and which looks like what
// it is. It is "" where nothing is left.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"/\|?*`, r), r == utf8.RuneError:
			return '_' // Windows has no such names
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r) && !unicode.IsControl(r):
			return ' '
		}
		return -1 // control characters, and those that turn the direction of a text
	}, name)
	name = strings.TrimLeft(name, ".- ~")
	name = strings.TrimRight(shorten(name), ". ")
	if isDevice(name) {
		name = "_" + name
	}
	return name
}

// isDevice says that Windows takes a name for a device's, which it knows by what stands
// before the first dot.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return device[strings.ToUpper(strings.TrimRight(stem, " "))]
}

// device are the names that Windows gives to devices, whatever stands behind the dot.
var device = func() map[string]bool {
	names := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true,
		"CONIN$": true, "CONOUT$": true}
	for _, n := range "123456789¹²³" {
		names["COM"+string(n)], names["LPT"+string(n)] = true, true
	}
	return names
}()

// shorten cuts a long name, not its suffix, at the end of a character.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	suffix := filepath.Ext(name)
	if len(suffix) > 20 {
		suffix = ""
	}
	n := maxName - len(suffix)
	for !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n] + suffix
}

// suffixes are those of parts that have no name.
var suffixes = map[string]string{
	"text/plain": ".txt", "text/html": ".html", "text/csv": ".csv", "text/calendar": ".ics",
	"text/rtf": ".rtf", "text/xml": ".xml", "image/png": ".png", "image/jpeg": ".jpg",
	"image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/bmp": ".bmp",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json",
	"application/xml": ".xml", "application/pgp-signature": ".asc",
	"application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
	"audio/mpeg": ".mp3", "audio/wav": ".wav", "video/mp4": ".mp4",
	"message/rfc822": ".eml", "message/global": ".eml", "message/delivery-status": ".txt",
	"text/rfc822-headers": ".txt",
}

// nameOf is under which name a part is written to a file.
func nameOf(part *mime.Part) string {
	if name := safeName(part.FileName()); name != "" {
		return name
	}
	suffix, ok := suffixes[part.Type.String()]
	switch {
	case ok:
	case part.IsText():
		suffix = ".txt"
	default:
		suffix = ".bin"
	}
	return "part-" + strings.ToLower(part.Section) + suffix
}
