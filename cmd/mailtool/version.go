package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// newVersion says which mailtool this is: what a bug report should begin with.
func (p *program) newVersion() *cobra.Command {
	return p.command("version", func(*cobra.Command, []string) error {
		_, err := fmt.Fprintf(p.out, "mailtool %s, %s, %s/%s\n", version(), runtime.Version(),
			runtime.GOOS, runtime.GOARCH)
		return err
	})
}

// version is the module's version, or the revision that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v
}
