package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/mime/scan"
)

// newMIMEDecode is "mime decode SCHEME [TEXT]": it reads what MIME writes.
func (p *program) newMIMEDecode() *cobra.Command {
	e, c := p.newCoding("decode", (*coding).decode)
	c.Flags().StringVar(&e.charset, "charset", "", "")
	return c
}

func (e *coding) decode() error {
	switch e.scheme {
	case schemeBase64:
		return e.run(e.decodeBody("base64"))
	case schemeQP:
		return e.run(e.decodeBody("quoted-printable"))
	case schemeWord:
		return e.run(e.decodeWord)
	case schemeParam:
		return e.run(e.decodeParam)
	}
	return e.unknown()
}

// decodeBody decodes a body, in pieces. What is wrong with it is told when all that could be
// made of it is written.
func (e *coding) decodeBody(encoding string) func(io.Writer, io.Reader) error {
	return func(w io.Writer, in io.Reader) error {
		r := mime.NewBodyReader(in, encoding)
		if e.charset != "" {
			var err error
			if r, err = mime.NewCharsetReader(e.charset, r); err != nil {
				return usage(err)
			}
		}
		_, err := io.Copy(w, r)
		return err
	}
}

// decodeWord decodes encoded-words. As with bodies, what is wrong is told behind the rest.
func (e *coding) decodeWord(w io.Writer, in io.Reader) error {
	text, err := e.whole(in)
	if err != nil {
		return err
	}
	value := scan.Unfold([]byte(text))
	decoded, unknown := mime.DecodeWords(value)
	_, err = io.WriteString(w, decoded+"\n")
	if err = cmp.Or(err, unknown); err != nil {
		return err
	}
	if damaged := mime.DamagedWords(value); len(damaged) > 0 {
		return fail(exitLocal, damage(damaged[0]), "word", shortText(damaged[0].Word))
	}
	return nil
}

// decodeParam reads parameters as they stand in a field, with the value before them or
// without, and writes each with all undone that was done to it.
func (e *coding) decodeParam(w io.Writer, in io.Reader) error {
	text, err := e.whole(in)
	if err != nil {
		return err
	}
	value := scan.Unfold([]byte(text))
	if field, rest, ok := strings.Cut(value, ":"); ok && !strings.Contains(field, "=") {
		value = rest // the field's name stands there too
	}
	if first, _, _ := strings.Cut(value, ";"); strings.Contains(first, "=") {
		value = "x;" + value
	}
	_, params, _ := strings.Cut(value, ";")
	c, _ := scan.ParseContentType("x/x;" + params)
	if len(c.Params) == 0 {
		return fail(exitUsage, "error/mime/no-param", "text", text)
	}
	told := map[string]bool{}
	for _, p := range c.Params {
		name, _, _ := strings.Cut(p.Name, "*")
		if told[name] {
			continue
		}
		told[name] = true
		if _, err := io.WriteString(w, name+"="+mime.DecodeParam(c.Params, name)+"\n"); err != nil {
			return err
		}
	}
	return nil
}
