package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
)

// partFlags are what the person says about a letter that is more than a text: a page, files,
// and how they are written.
type partFlags struct {
	html              string
	attach, inline    []string
	charset, encoding string
}

// partNames are the flags of partFlags.
var partNames = []string{"html", "attach", "inline", "charset", "encoding"}

func (f *partFlags) flags(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.html, "html", "", "")
	fs.StringArrayVar(&f.attach, "attach", nil, "")
	fs.StringArrayVar(&f.inline, "inline", nil, "")
	fs.StringVar(&f.charset, "charset", "", "")
	fs.StringVar(&f.encoding, "encoding", encodingAuto, "")
}

// encodingAuto leaves the choice of the encoding to what is encoded.
const encodingAuto = "auto"

// encodings are the words of --encoding, and charsets some that --charset takes.
var (
	encodings = []string{encodingAuto, "7bit", "8bit", "qp", "base64"}
	charsets  = []string{"utf-8", "gb18030", "gbk", "gb2312", "big5", "iso-2022-jp", "shift_jis",
		"euc-kr", "koi8-r", "iso-8859-1", "windows-1252"}
)

// maxAttached is how large a file may be that goes along, in octets: more than any server
// takes. It is in memory as it is and as base64.
const maxAttached = 128 << 20

// put puts the parts into a letter.
func (f *partFlags) put(p *program, m *mime.Letter, given func(string) bool) ([]assumption, error) {
	m.Charset = f.charset
	switch word := strings.ToLower(f.encoding); word {
	case encodingAuto:
	case "7bit", "8bit", "base64":
		m.Encoding = word
	case "qp", "quoted-printable":
		m.Encoding = "quoted-printable"
	default:
		return nil, p.choice("encoding", f.encoding, strings.Join(encodings, ", "))
	}
	var err error
	if m.Inline, err = attached(f.inline); err != nil {
		return nil, err
	}
	if m.Attachments, err = attached(f.attach); err != nil {
		return nil, err
	}
	if !given("html") {
		return nil, nil
	}
	if strings.Contains(f.html, "<") { // no page lacks one, and hardly a file's name has one
		m.HTML = f.html
		return nil, nil
	}
	octets, err := readFile(f.html, maxAttached)
	if err != nil {
		return nil, err
	}
	var notes []assumption
	m.HTML, notes, err = asText(octets, f.html)
	return notes, err
}

// attached reads files that go along.
func attached(paths []string) ([]mime.File, error) {
	var files []mime.File
	for _, path := range paths {
		if path == "" {
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		}
		octets, err := readFile(path, maxAttached)
		if err != nil {
			return nil, err
		}
		files = append(files, mime.File{Name: filepath.Base(path), Content: octets})
	}
	return files, nil
}

// asText makes UTF-8 of a text that stands in a file. Where it is not UTF-8 we say what it
// was read as.
func asText(octets []byte, name string) (string, []assumption, error) {
	text, charset, err := mime.ReadText(octets)
	if err != nil {
		return "", nil, fail(exitLocal, "error/body-charset", "file", name).because(err).
			hint("hint/utf8", "")
	}
	if charset == "utf-8" {
		return text, nil, nil
	}
	return text, []assumption{{"send/charset",
		[]string{"file", name, "charset", strings.ToUpper(charset)}}}, nil
}
