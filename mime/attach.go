package mime

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"mailtool/mime/scan"
)

// fileTypes are the types of files by the ends of their names. The system's own table would
// make another message of the same letter on another machine.
var fileTypes = map[string]string{
	".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".htm": "text/html",
	".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".ics": "text/calendar",
	".xml": "application/xml", ".json": "application/json", ".pdf": "application/pdf",
	".zip": "application/zip", ".gz": "application/gzip", ".rtf": "application/rtf",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel",
	".ppt":  "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".png":  "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".svg": "image/svg+xml", ".bmp": "image/bmp",
	".ico": "image/vnd.microsoft.icon",
	".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic",
	".mp3": "audio/mpeg", ".wav": "audio/vnd.wave", ".ogg": "audio/ogg", ".flac": "audio/flac",
	".m4a": "audio/mp4", ".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime",
	".eml": "message/rfc822",
}

// attach makes an entity of a file.
func attach(f File, disposition string, eightBit bool) *entity {
	e := &entity{disposition: disposition, file: f.Name, encoding: "base64", body: f.Content}
	known := fileTypes[strings.ToLower(path.Ext(f.Name))]
	isText := isText(f.Content)
	switch {
	case known == "message/rfc822":
		e.message(eightBit)
	case isText && (known == "" || strings.HasPrefix(known, "text/")):
		e.typ = known
		if known == "" {
			e.typ = "text/plain"
		}
		charset := "utf-8"
		if isASCII(f.Content) {
			charset = "us-ascii"
		}
		e.params = []scan.Param{{Name: "charset", Value: charset}}
	case known == "" || strings.HasPrefix(known, "text/"):
		// Text in a character set that nobody knows: the octets arrive, and nothing is
		// said of them that may be false.
		e.typ = "application/octet-stream"
	default:
		e.typ = known
	}
	return e
}

// message makes e a message within the message. That must not be encoded, since its own
// parts may be (RFC 2046 §5.2.1): one that cannot pass as it is goes as a mere file.
func (e *entity) message(eightBit bool) {
	data, err := CanonicalFile(e.body)
	if err == nil && allows("7bit", data) == nil {
		e.typ, e.encoding, e.body = "message/rfc822", "7bit", data
		return
	}
	if err == nil && eightBit && allows("8bit", data) == nil {
		e.typ, e.encoding, e.body = "message/rfc822", "8bit", data
		return
	}
	e.typ = "application/octet-stream"
}

// isText reports whether octets are text of UTF-8, or of ASCII.
func isText(octets []byte) bool {
	return utf8.Valid(octets) && !bytes.ContainsFunc(octets, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != '\f' || r == 0x7f
	})
}

// link makes a page show its files: where it names one, in src="cat.png", in url(cat.png) or
// in cid:cat.png, the link becomes one to the part that holds it, whose Content-ID is the one
// of ids at the same place (RFC 2392 §2). It returns the names that are not in the page.
func link(page string, files []File, ids []string) (linked string, missing []string) {
	for i, f := range files {
		name := regexp.QuoteMeta(f.Name) + "|" + regexp.QuoteMeta(url.PathEscape(f.Name))
		place := regexp.MustCompile(`((?i:\bsrc\s*=\s*["']?|\burl\(\s*["']?))?((?i:cid:)|(?:\./)?)(?:` +
			name + `)(["'\s)>]|$)`)
		found := false
		page = place.ReplaceAllStringFunc(page, func(text string) string {
			m := place.FindStringSubmatch(text)
			if m[1] == "" && !strings.EqualFold(m[2], "cid:") {
				return text // the name, in the page's own text
			}
			found = true
			return m[1] + "cid:" + ids[i] + m[3]
		})
		if !found {
			missing = append(missing, f.Name)
		}
	}
	return page, missing
}
