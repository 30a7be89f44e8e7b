package pki

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// The types of the blocks in PEM files (RFC 7468 §5, §10).
const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
)

func encode(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der})
}

// Damage is what is wrong with a file of an authority.
type Damage string

// What can be wrong.
const (
	NoPEM         Damage = "no-pem"        // neither a certificate nor a key, whatever it should be
	NoKey         Damage = "no-key"        // the certificate is there, and its key is not
	OtherKey      Damage = "other-key"     // the key is not the certificate's
	NoAuthority   Damage = "no-authority"  // a server's certificate, for example
	Unconstrained Damage = "unconstrained" // could sign any name: none of ours
)

// A DamagedError says that what lies in the folder of an authority is none, or that two files
// are no certificate and its key.
type DamagedError struct {
	File   string // with its path
	Damage Damage
	Err    error // what the parser says, or nil
}

func (e *DamagedError) Error() string { return fmt.Sprintf("pki: %s: %s", e.File, e.Damage) }

func (e *DamagedError) Unwrap() error { return e.Err }

func damaged(dir, name string, d Damage, err error) error {
	return &DamagedError{filepath.Join(dir, name), d, err}
}

// Exposed says that others than the user may read the key in dir. Windows keeps that
// elsewhere than in the mode.
func Exposed(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, KeyFile))
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

// publish makes the file name in dir, for the user alone. Whoever reads finds all of it or
// nothing. The error is fs.ErrExist where there is one already, which stays.
func publish(dir, name string, octets []byte) error {
	f, err := os.CreateTemp(dir, name+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // what had to be kept has another name by then
	_, err = f.Write(octets)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	err = os.Link(f.Name(), filepath.Join(dir, name))
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return claim(f.Name(), filepath.Join(dir, name))
}

// claim gives a file its name where the file system has no links, as on most USB sticks: an
// empty file holds the name, until the full one takes its place.
func claim(from, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}
