package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// newLeave is "mailtool leave": what join has kept is removed, the password with it.
func (p *program) newLeave() *cobra.Command {
	return p.command("leave", func(*cobra.Command, []string) error { return p.leave() })
}

func (p *program) leave() error {
	path, err := p.roomPath()
	if err != nil {
		return err
	}
	r, damage := p.room() // a file that cannot be read is removed like any other
	switch err := os.Remove(path); {
	case errors.Is(err, fs.ErrNotExist):
		p.note(p.out, "leave/nowhere")
		return nil
	case err != nil:
		return err
	case damage != nil:
		p.note(p.out, "leave/damaged", "file", path)
		return nil
	}
	p.note(p.out, "leave/left", "host", r.Host, "address", r.address())
	return nil
}
