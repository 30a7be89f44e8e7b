package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
)

// newMIMEExtract is "mime extract FILE -o DIR": the attachments, as files.
func (p *program) newMIMEExtract() *cobra.Command {
	var output string
	var all bool
	c := p.looksInto("extract FILE", []string{"FILE"},
		func(ctx context.Context, m *opened, _ []string) error {
			return p.extract(ctx, m, output, all)
		})
	c.Flags().StringVarP(&output, "output", "o", ".", "")
	c.Flags().BoolVar(&all, "all", false, "")
	return c
}

// extract writes a file for each part that hangs on the message; all adds the text. No file
// that is there is written over.
func (p *program) extract(ctx context.Context, m *opened, dir string, all bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	n := 0
	var failed error
	for _, part := range attachments(m.Message, all) {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, size, err := p.extractPart(part, dir)
		if err != nil {
			if !mime.IsFault(err) {
				return err
			}
			failed = exitStatus(exitLocal)
			e := letterProblem(err.(*mime.Error))
			p.note(p.err, "mime/extract/damaged", "section", part.Section, "why", p.sentence(e.key, e.args))
		}
		n++
		p.note(p.out, "mime/extract/part", "section", part.Section, "type", part.Type.String(),
			"octets", p.inOctets(size), "file", name)
	}
	if n == 0 {
		p.note(p.out, "mime/extract/none", "file", p.fileName(m.name))
	}
	return failed
}

// attachments are the parts of a message other than the texts that a reader sees, with all
// that too. A message that is sent along is one.
func attachments(m *mime.Message, all bool) []*mime.Part {
	texts := m.Readable()
	var list []*mime.Part
	m.Root.Walk(func(part *mime.Part) bool {
		along := part.IsMessage()
		if (along || part.IsLeaf()) && (all || !slices.Contains(texts, part)) {
			list = append(list, part)
		}
		return !along
	})
	return list
}

// extractPart writes one part into a new file and says what it is called and how large.
func (p *program) extractPart(part *mime.Part, dir string) (name string, size int64, err error) {
	f, err := createNew(filepath.Join(dir, nameOf(part)))
	if err != nil {
		return "", 0, err
	}
	size, err = io.Copy(f, part.Reader())
	if closed := f.Close(); err == nil {
		err = closed
	}
	return f.Name(), size, err
}

// tries is how many names are tried for a file before that is given up.
const tries = 10_000

// createNew makes a file that was not there: where one has the name, it is numbered. Nor is
// a link followed.
func createNew(path string) (*os.File, error) {
	suffix := filepath.Ext(path)
	before := strings.TrimSuffix(path, suffix)
	for n := 1; ; n++ {
		name := path
		if n > 1 {
			name = before + "-" + strconv.Itoa(n) + suffix
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil || !errors.Is(err, fs.ErrExist) || n == tries {
			return f, err
		}
	}
}
