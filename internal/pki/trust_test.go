package pki

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestTrust: the lab's authority counts for the lab's hosts only, one that somebody names
// for all; and where there is none, that is no error.
func TestTrust(t *testing.T) {
	lab, dir := newLab(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	put(t, file, lab.PEM())
	for _, row := range []struct {
		trust Trust
		host  string
		want  bool
	}{
		{Trust{Dir: dir}, "mail.lab.test", true},
		{Trust{Dir: dir}, "localhost", true},
		{Trust{Dir: dir}, "::1", true},
		{Trust{Dir: dir}, "mail.example.com", false},
		{Trust{Dir: dir}, "192.168.7.5", false},
		{Trust{}, "mail.lab.test", false},
		{Trust{Dir: t.TempDir()}, "mail.lab.test", false},
		{Trust{Files: []string{file}}, "mail.example.com", true},
		{Trust{Room: lab.PEM(), RoomHost: "192.168.7.5"}, "192.168.7.5", true},
		{Trust{Room: lab.PEM(), RoomHost: "::ffff:192.168.7.5"}, "192.168.7.5", true},
		{Trust{Room: lab.PEM(), RoomHost: "Class.lan."}, "class.LAN", true},
		{Trust{Room: lab.PEM(), RoomHost: "192.168.7.5"}, "192.168.7.6", false},
		{Trust{Room: lab.PEM(), RoomHost: "192.168.7.5"}, "mail.lab.test", false},
		{Trust{Room: lab.PEM()}, "mail.lab.test", false},
	} {
		roots, err := row.trust.Roots(row.host)
		if err != nil {
			t.Errorf("%+v: %v", row, err)
			continue
		}
		leaf, err := lab.Issue(serverNames(), nil, today())
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: today()})
		if (err == nil) != row.want {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

// TestTrustClass: who runs a class's server believes it at its own machine, as another
// there; at the room's addresses one has to be told.
func TestTrustClass(t *testing.T) {
	dir := t.TempDir()
	room, _, err := Create(filepath.Join(dir, ClassFolder), Room(), today())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := room.Issue(serverNames(), ServerAddrs(), today())
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "192.168.7.5": false} {
		roots, err := Trust{Dir: filepath.Join(dir, Folder)}.Roots(host)
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: today()})
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestTrustErrors(t *testing.T) {
	_, dir := newLab(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	put(t, file, []byte("no certificate\n"))
	var none *NoCertificateError
	if _, err := (Trust{Files: []string{file}}).Roots("x"); !errors.As(err, &none) || none.File != file {
		t.Error(err)
	}
	if _, err := (Trust{Files: []string{file + "x"}}).Roots("x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	put(t, filepath.Join(dir, CertFile), nil)
	var damage *DamagedError
	if _, err := (Trust{Dir: dir}).Roots("localhost"); !errors.As(err, &damage) {
		t.Error(err)
	}
	if _, err := (Trust{Dir: dir}).Roots("example.com"); err != nil {
		t.Errorf("it was not needed: %v", err)
	}
}
