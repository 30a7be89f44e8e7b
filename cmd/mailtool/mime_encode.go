package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
)

// The ways in which MIME writes other things in lines of ASCII.
const (
	schemeBase64 = "base64" // RFC 2045 §6.8
	schemeQP     = "qp"     // quoted-printable, RFC 2045 §6.7
	schemeWord   = "word"   // encoded-word, RFC 2047
	schemeParam  = "param"  // parameter value, RFC 2231
)

var schemes = []string{schemeBase64, schemeQP, schemeWord, schemeParam}

// A coding is one run of "mime encode" or "mime decode".
type coding struct {
	*program
	ctx     context.Context
	scheme  string
	file    string // --file
	charset string // --charset
	name    string // --name
	output  string // -o
	text    []string
}

// newMIMEEncode is "mime encode SCHEME [TEXT]": it writes as MIME does.
func (p *program) newMIMEEncode() *cobra.Command {
	e, c := p.newCoding("encode", (*coding).encode)
	c.Flags().StringVar(&e.charset, "charset", "", "")
	c.Flags().StringVar(&e.name, "name", "filename", "")
	return c
}

func (p *program) newCoding(verb string, run func(*coding) error) (*coding, *cobra.Command) {
	e := &coding{program: p}
	c := p.command(verb+" SCHEME [TEXT...]", func(c *cobra.Command, args []string) error {
		e.ctx, e.scheme, e.text = c.Context(), strings.ToLower(args[0]), args[1:]
		return run(e)
	})
	c.Args = func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return p.words("SCHEME")(c, args)
		case len(args) > 1 && e.file != "":
			return twoFlags("--file", args[1])
		}
		return nil
	}
	c.Flags().StringVar(&e.file, "file", "", "")
	c.Flags().StringVarP(&e.output, "output", "o", "", "")
	return e, c
}

func (e *coding) unknown() error {
	return fail(exitUsage, "error/mime/scheme", "word", e.scheme, "words", strings.Join(schemes, ", "))
}

// open is what is to be encoded or decoded: the words, the file, or the input.
func (e *coding) open() (io.Reader, func() error, error) {
	nothing := func() error { return nil }
	switch {
	case len(e.text) == 1 && e.text[0] == "-", len(e.text) == 0 && (e.file == "" || e.file == "-"):
		if isTerminal(e.in) {
			e.note(e.err, "mime/type-text")
		}
		return e.in, nothing, nil
	case len(e.text) > 0:
		return strings.NewReader(strings.Join(e.text, " ")), nothing, nil
	}
	if err := sameFile(e.file, e.output); err != nil {
		return nil, nil, err
	}
	f, err := os.Open(e.file)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// maxHeaderText is how long a text may be that goes into a header, in octets.
const maxHeaderText = 1 << 20

// whole is a text that goes into a header. The end of its line is not part of it.
func (e *coding) whole(in io.Reader) (string, error) {
	octets, err := io.ReadAll(io.LimitReader(in, maxHeaderText+1))
	if err == nil && len(octets) > maxHeaderText {
		err = fail(exitUsage, "error/mime/long", "scheme", e.scheme)
	}
	return strings.TrimRight(string(octets), "\r\n"), err
}

func (e *coding) encode() error {
	var write func(w io.Writer, in io.Reader) error
	switch e.scheme {
	case schemeBase64:
		write = e.body(mime.NewBase64Writer)
	case schemeQP:
		write = e.body(mime.NewQuotedPrintableWriter)
	case schemeWord:
		write = e.word
	case schemeParam:
		write = e.param
	default:
		return e.unknown()
	}
	return e.run(write)
}

// run opens both ends and has write do its work in between.
func (e *coding) run(write func(w io.Writer, in io.Reader) error) error {
	in, closeIn, err := e.open()
	if err != nil {
		return err
	}
	out, closeOut, err := e.octetsOut(e.output)
	if err != nil {
		return errors.Join(err, closeIn())
	}
	err = write(out, interruptible{in, e.ctx.Done()})
	return errors.Join(err, closeOut(), closeIn())
}

// body encodes a body, in pieces.
func (e *coding) body(encoder func(io.Writer) io.WriteCloser) func(io.Writer, io.Reader) error {
	return func(w io.Writer, in io.Reader) error {
		enc := encoder(w)
		err := e.intoCharset(enc, in)
		return errors.Join(err, enc.Close())
	}
}

// intoCharset writes text in the character set of --charset, and without that flag octets
// as they are. Each piece ends at the end of a character.
func (e *coding) intoCharset(w io.Writer, in io.Reader) error {
	if e.charset == "" {
		_, err := io.Copy(w, in)
		return err
	}
	piece := make([]byte, 32<<10)
	n := 0
	for {
		more, err := in.Read(piece[n:])
		n += more
		whole := n
		if err == nil {
			whole -= mime.CutCharacter(piece[:n])
		}
		octets, _, coded := mime.EncodeCharset(e.charset, string(piece[:whole]))
		if coded != nil {
			return usage(coded)
		}
		if _, err := w.Write(octets); err != nil {
			return err
		}
		n = copy(piece, piece[whole:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// word writes encoded-words, one a line, as they would stand in a folded header field.
func (e *coding) word(w io.Writer, in io.Reader) error {
	text, err := e.whole(in)
	if err != nil {
		return err
	}
	if e.charset != "" { // a field may fall back on UTF-8, who asks for a set wants that one
		if _, _, err := mime.EncodeCharset(e.charset, text); err != nil {
			return usage(err)
		}
	}
	words, err := mime.EncodeWordIn(e.charset, text, 0)
	if err != nil {
		return usage(err)
	}
	_, err = io.WriteString(w, strings.ReplaceAll(words, " ", "\r\n ")+"\r\n")
	return err
}

// param writes a parameter, in pieces where one line is too short.
func (e *coding) param(w io.Writer, in io.Reader) error {
	if e.charset != "" && !strings.EqualFold(e.charset, "utf-8") {
		return fail(exitUsage, "error/mime/param-charset")
	}
	if !mime.IsToken(e.name) {
		return fail(exitUsage, "error/mime/param-name", "name", e.name)
	}
	text, err := e.whole(in)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.Join(mime.EncodeParam(e.name, text), ";\r\n ")+"\r\n")
	return err
}
