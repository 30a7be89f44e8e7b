package imap

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"

	"mailtool/mime/scan"
)

// A memoryBox is a mailbox that one session has selected.
type memoryBox struct {
	m        *memory
	a        *memoryAccount
	f        *memoryFolder
	readOnly bool
	c        chan struct{}
	status   MailboxStatus
	messages []*Message
	recent   UID
	seen     uint64 // up to which modification sequence Changes has told
	told     UID    // and UIDNEXT then
}

func (b *memoryBox) Status() MailboxStatus { return b.status }
func (b *memoryBox) Messages() []*Message  { return b.messages }
func (b *memoryBox) Recent() UID           { return b.recent }
func (b *memoryBox) C() <-chan struct{}    { return b.c }
func (b *memoryBox) Ahead([]*Message)      {}

func (b *memoryBox) Changes(context.Context) (c Changes, err error) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	f := b.f
	if b.m.broken != nil {
		return c, b.m.broken
	}
	for _, t := range f.tombs {
		if t.modSeq > b.seen {
			c.Expunged = append(c.Expunged, t.uid)
		}
	}
	slices.Sort(c.Expunged)
	for _, x := range f.messages {
		if x.ModSeq > b.seen {
			c.Messages = append(c.Messages, x)
		}
	}
	if n := len(f.messages); n > 0 && f.messages[n-1].UID >= b.told {
		if first := f.claim(b.readOnly); first != 0 {
			c.Recent = max(first, b.told)
		}
	}
	b.seen, b.told = f.modSeq, f.next
	c.HighestModSeq, c.Gone = f.modSeq, f.gone
	return c, nil
}

// find is the place of a message.
func (f *memoryFolder) find(uid UID) (int, bool) {
	return slices.BinarySearchFunc(f.messages, uid, func(x *Message, uid UID) int {
		return int(int64(x.UID) - int64(uid))
	})
}

// lock is for what changes something.
func (b *memoryBox) lock() (unlock func(), err error) {
	b.m.mu.Lock()
	err = b.m.broken
	if b.f.gone {
		err = Refuse(CodeNonexistent, "The mailbox was deleted")
	}
	if b.readOnly {
		panic("a change of what was selected to be read only")
	}
	return b.m.mu.Unlock, err
}

func (b *memoryBox) Store(_ context.Context, uids []UID, c FlagChange) (modified []UID, err error) {
	unlock, err := b.lock()
	defer unlock()
	if err != nil {
		return nil, err
	}
	next, changed := b.f.modSeq+1, false
	for _, uid := range uids {
		i, ok := b.f.find(uid)
		if !ok {
			continue
		}
		x := b.f.messages[i]
		if c.Conditional && x.ModSeq > c.UnchangedSince {
			modified = append(modified, uid)
			continue
		}
		flags, words := c.Apply(x.Flags, x.Keywords)
		if flags == x.Flags && slices.Equal(words, x.Keywords) {
			continue
		}
		y := *x
		y.Flags, y.Keywords, y.ModSeq = flags, words, next
		b.f.messages[i], changed = &y, true
	}
	if changed {
		b.f.modSeq = next
		b.f.wake()
	}
	return modified, nil
}

// Expunge removes messages, or all with uids nil.
func (b *memoryBox) Expunge(_ context.Context, uids []UID) error {
	unlock, err := b.lock()
	defer unlock()
	if err != nil {
		return err
	}
	b.f.remove(func(x *Message) bool {
		_, named := slices.BinarySearch(uids, x.UID)
		return x.Flags&FlagDeleted != 0 && (uids == nil || named)
	})
	return nil
}

// remove takes messages out.
func (f *memoryFolder) remove(is func(*Message) bool) {
	next, kept := f.modSeq+1, f.messages[:0:0]
	for _, x := range f.messages {
		if is(x) {
			f.modSeq = next
			f.tombs = append(f.tombs, memoryTomb{x.UID, next})
			continue
		}
		kept = append(kept, x)
	}
	f.messages = kept
	f.wake()
}

// copyTo copies messages; m.mu is held.
func (b *memoryBox) copyTo(uids []UID, to string) (c Copied, err error) {
	f := b.a.folders[to]
	if f == nil {
		return c, Refuse(CodeTryCreate, "There is no such mailbox")
	}
	f.modSeq++
	c.UIDValidity = f.validity
	for _, uid := range uids {
		if i, ok := b.f.find(uid); ok {
			x := *b.f.messages[i]
			c.From, c.To = append(c.From, uid), append(c.To, f.next)
			x.UID, x.ModSeq = f.next, f.modSeq
			f.next++
			f.messages = append(f.messages, &x)
		}
	}
	f.wake()
	return c, nil
}

func (b *memoryBox) Copy(_ context.Context, uids []UID, to string) (Copied, error) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	if b.m.broken != nil {
		return Copied{}, b.m.broken
	}
	return b.copyTo(uids, to)
}

func (b *memoryBox) Move(_ context.Context, uids []UID, to string) (Copied, error) {
	unlock, err := b.lock()
	defer unlock()
	if err != nil {
		return Copied{}, err
	}
	c, err := b.copyTo(uids, to)
	if err == nil {
		b.f.remove(func(x *Message) bool {
			_, moved := slices.BinarySearch(c.From, x.UID)
			return moved
		})
	}
	return c, err
}

// text is a message's octets.
func (b *memoryBox) text(m *Message) (string, error) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	return b.m.texts[m.Key], b.m.broken
}

// A memoryBody is a message's octets.
type memoryBody struct{ *strings.Reader }

func (b memoryBody) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, io.NewSectionReader(b.Reader, 0, b.Size()))
}

func (b *memoryBox) Body(_ context.Context, m *Message) (Body, error) {
	text, err := b.text(m)
	return memoryBody{strings.NewReader(text)}, err
}

func (b *memoryBox) Structure(_ context.Context, m *Message) (*Structure, error) {
	text, err := b.text(m)
	return structureOf(text), err
}

func (b *memoryBox) Text(_ context.Context, m *Message) (Text, error) {
	text, err := b.text(m)
	return memoryText{text, structureOf(text).Tree()}, err
}

func (b *memoryBox) Decoded(_ context.Context, m *Message, p *scan.Part) (io.Reader, error) {
	text, err := b.text(m)
	if err != nil {
		return nil, err
	}
	octets, err := decodePart(text, p)
	return bytes.NewReader(octets), err
}

func decodePart(text string, p *scan.Part) ([]byte, error) {
	body := strings.NewReader(text[p.BodyStart:p.BodyEnd])
	switch p.Encoding {
	case "7bit", "8bit", "binary":
		return io.ReadAll(body)
	case "base64":
		return io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
	case "quoted-printable":
		return io.ReadAll(quotedprintable.NewReader(body))
	}
	return nil, Refuse(CodeUnknownCTE, "The transfer encoding is not known")
}

func (b *memoryBox) Close() {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	if !b.f.boxes[b] {
		panic("two ends of a mailbox")
	}
	delete(b.f.boxes, b)
	b.m.boxes--
}

// A memoryText is a message as people read it: its header's encoded words are undone, and the
// transfer encodings of its parts.
type memoryText struct {
	text string
	tree *scan.Tree
}

// fields are those of the message's own header, unfolded and decoded.
func (x memoryText) fields() (all []Field) {
	for _, line := range strings.Split(x.text[:x.tree.Root.BodyStart], "\r\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(all) > 0 {
			all[len(all)-1].Value += line
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			all = append(all, Field{Name: name, Value: value})
		}
	}
	for i, f := range all {
		if value, err := new(mime.WordDecoder).DecodeHeader(f.Value); err == nil {
			f.Value = value
		}
		all[i].Value = strings.TrimSpace(f.Value)
	}
	return all
}

func (x memoryText) Err() error { return nil }

func (x memoryText) Get(name string) string { return scan.ValueOf(x.fields(), name) }

func (x memoryText) Field(name, value string) bool {
	return slices.ContainsFunc(x.fields(), func(f Field) bool {
		return strings.EqualFold(f.Name, name) && holds(f.Value, value)
	})
}

func (x memoryText) InText(value string) bool {
	return x.InBody(value) || slices.ContainsFunc(x.fields(), func(f Field) bool {
		return holds(f.Name+": "+f.Value, value)
	})
}

func (x memoryText) InBody(value string) (found bool) {
	x.tree.Root.Walk(func(p *scan.Part) bool {
		text, err := decodePart(x.text, p)
		found = found || err == nil && holds(string(text), value)
		return true
	})
	return found
}

func holds(text, value string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(value))
}
