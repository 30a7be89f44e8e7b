package sandbox

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	"mailtool/imap"
	"mailtool/internal/casemap"
	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/mime/scan"
)

// A searched message is looked into. What it takes to answer is read when somebody asks: of a
// search in subjects, the bodies stay where they are.
type searched struct {
	r   *mailReader
	ctx context.Context
	m   *imap.Message
	err error

	raw    []byte // of a message that is not large
	looked bool   // what follows is there
	plain  bool
	// Of a plain message: all that it has, in capitals. head is unfolded, unless it is part of
	// folded as it is.
	folded, head, body []byte
	// Of any other:
	opened *mime.Message
	header string   // in the form of casemap.Key; likewise pieces
	pieces []string // of the body
	large  []*mime.Part
}

var _ imap.Text = (*searched)(nil)

// Text implements imap.Mailbox.
func (x *selection) Text(ctx context.Context, m *imap.Message) (imap.Text, error) {
	r := &x.reader
	t := r.text
	if t == nil {
		t = &searched{r: r}
		r.text = t
	}
	*t = searched{r: r, ctx: ctx, m: m, raw: t.raw[:0], folded: t.folded[:0], head: t.head[:0],
		pieces: t.pieces[:0]}
	return t, nil
}

// A needle is what is looked for, in the form of casemap.Key.
type needle struct {
	key   string
	octet []byte // the same
	ascii bool
}

// needles are kept for the next message: a search asks each for the same.
const keptNeedles = 64

func (r *mailReader) needle(value string) *needle {
	if n := r.needles[value]; n != nil {
		return n
	}
	if r.needles == nil || len(r.needles) == keptNeedles {
		r.needles = make(map[string]*needle)
	}
	n := &needle{key: casemap.Key(value)}
	n.octet = []byte(n.key)
	n.ascii = !slices.ContainsFunc(n.octet, func(c byte) bool { return c >= 0x80 })
	r.needles[value] = n
	return n
}

// Field implements imap.Text.
func (t *searched) Field(name, value string) bool {
	n := t.r.needle(value)
	return slices.ContainsFunc(t.values(name), func(v string) bool {
		return strings.Contains(casemap.Key(v), n.key)
	})
}

// Get implements imap.Text.
func (t *searched) Get(name string) string {
	if all := t.values(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// keptFields are the header fields that the mailbox reads out of each message.
var keptFields = scan.KeptNames()

// values are those of the fields with that name, decoded.
func (t *searched) values(name string) []string {
	var all []string
	if slices.ContainsFunc(keptFields, func(k string) bool { return strings.EqualFold(k, name) }) {
		d, err := t.r.derive(t.ctx, t.m)
		if err != nil {
			t.failed(err)
			return nil
		}
		for _, f := range d.Fields {
			if strings.EqualFold(f.Name, name) {
				all = append(all, mime.DecodeField(f.Value))
			}
		}
		return all
	}
	if m := t.open(); m != nil {
		for _, f := range m.Root.Header() {
			if f.Is(name) {
				all = append(all, f.Value)
			}
		}
	}
	return all
}

// failed keeps the first error.
func (t *searched) failed(err error) {
	if t.err == nil {
		t.err = imapRefusal(err, "")
	}
}

// Err implements imap.Text.
func (t *searched) Err() error { return t.err }

// InBody implements imap.Text. What is looked into are texts and the headers of parts, names of
// files among them; other files are not.
func (t *searched) InBody(value string) bool {
	n := t.r.needle(value)
	t.look()
	if t.plain {
		return n.ascii && bytes.Contains(t.body, n.octet)
	}
	return t.inPieces(n)
}

// InText implements imap.Text.
func (t *searched) InText(value string) bool {
	n := t.r.needle(value)
	t.look()
	switch {
	case !t.plain:
		return strings.Contains(t.header, n.key) || t.inPieces(n)
	case !n.ascii:
		return false
	case len(t.head) > 0:
		return bytes.Contains(t.head, n.octet) || bytes.Contains(t.body, n.octet)
	}
	return bytes.Contains(t.folded, n.octet)
}

func (t *searched) inPieces(n *needle) bool {
	key := strings.ReplaceAll(n.key, "\r\n", "\n") // as in the texts
	return slices.ContainsFunc(t.pieces, func(p string) bool { return strings.Contains(p, key) }) ||
		slices.ContainsFunc(t.large, func(p *mime.Part) bool { return inLarge(p, key) })
}

// Messages that are larger are not read into memory as a whole, nor parts.
const (
	largeMessage = 1 << 20
	largePart    = 1 << 20
)

// octets reads the message.
func (t *searched) octets() bool {
	if len(t.raw) > 0 {
		return true
	}
	b, err := t.r.read(t.ctx, t.m)
	if err == nil {
		t.raw = slices.Grow(t.raw, int(b.Octets))[:b.Octets]
		_, err = b.ReadAt(t.raw, 0)
	}
	if err != nil {
		t.raw = t.raw[:0]
		t.failed(err)
		return false
	}
	return true
}

// open opens the message; nil where it cannot be read.
func (t *searched) open() *mime.Message {
	switch {
	case t.opened != nil:
	case t.m.Octets <= largeMessage:
		if t.octets() {
			t.opened = mime.Open(t.raw)
		}
	default:
		d, err := t.r.derive(t.ctx, t.m)
		var b *mailbox.Body
		if err == nil {
			b, err = t.r.read(t.ctx, t.m)
		}
		if err != nil {
			t.failed(err)
			return nil
		}
		t.opened = mime.OpenTree(d.Tree(), b)
	}
	return t.opened
}

// look makes of the message what is looked into.
func (t *searched) look() {
	if t.looked {
		return
	}
	t.looked = true
	if t.m.Octets <= largeMessage {
		if !t.octets() {
			return
		}
		if t.plain = t.lookPlain(); t.plain {
			return
		}
	}
	m := t.open()
	if m == nil {
		return
	}
	t.header = headerKey(m.Root.Header())
	m.Root.Walk(func(p *mime.Part) bool {
		if p != m.Root {
			t.pieces = append(t.pieces, headerKey(p.Header()), casemap.Key(p.FileName()))
		}
		switch {
		case !p.IsLeaf() || !p.IsText():
		case p.BodyEnd-p.BodyStart > largePart:
			t.large = append(t.large, p)
		default:
			said, _ := p.Text() // as much as can be read
			t.pieces = append(t.pieces, casemap.Key(said))
		}
		return true
	})
	if err := m.Err(); err != nil {
		t.failed(err)
	}
}

// headerKey is a header in the form of casemap.Key.
func headerKey(fields []mime.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.Name)
		b.WriteString(": ")
		b.WriteString(f.Value)
		b.WriteString("\r\n")
	}
	return casemap.Key(b.String())
}

// inLarge looks into a text a piece at a time.
func inLarge(p *mime.Part, key string) bool {
	r, err := mime.NewCharsetReader(p.Charset().Real, p.Reader())
	if err != nil {
		r = p.Reader()
	}
	buf := make([]byte, 64<<10)
	tail, held := "", 0 // of the key, and octets of a character
	for {
		n, err := io.ReadFull(r, buf[held:])
		piece, cut := buf[:held+n], 0
		if err == nil {
			cut = mime.CutCharacter(piece)
		}
		text := strings.ReplaceAll(string(piece[:len(piece)-cut]), "\r\n", "\n")
		tail += casemap.Key(text)
		if strings.Contains(tail, key) {
			return true
		}
		if err != nil {
			return false
		}
		tail = tail[max(0, len(tail)-len(key)+1):]
		held = copy(buf, piece[len(piece)-cut:])
	}
}
