package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serial is the number of the certificate that a keeper has now.
func serial(t *testing.T, k *Keeper) string {
	t.Helper()
	c, err := k.GetCertificate(nil)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c.Leaf.SerialNumber.String()
}

// TestRenew: an issued certificate is issued anew when a third of its time is left.
func TestRenew(t *testing.T) {
	a, _ := newLab(t)
	now := today()
	var reports []error
	k, err := KeepIssued(a, serverNames(), ServerAddrs(), func() time.Time { return now },
		func(err error) { reports = append(reports, err) })
	if err != nil {
		t.Fatal(err)
	}
	first := serial(t, k)
	now = today().AddDate(0, 0, leafDays*2/3-1)
	if serial(t, k) != first {
		t.Error("renewed too early")
	}
	now = today().AddDate(0, 0, leafDays*2/3+1)
	second := serial(t, k)
	if second == first || serial(t, k) != second {
		t.Error("not renewed, or each time")
	}
	now = now.AddDate(0, 0, -leafDays*2/3) // the clock was wrong
	third := serial(t, k)
	if third == second {
		t.Error("a certificate of the future is kept")
	}
	now = a.Certificate.NotAfter.Add(-time.Minute)
	last := serial(t, k)
	if last == third || serial(t, k) != last {
		t.Error("the last one that the authority can issue is issued again and again")
	}
	now = now.Add(time.Hour)
	for range 3 {
		if serial(t, k) != last {
			t.Error("an authority that is over has issued")
		}
	}
	if len(reports) != 1 || !errors.Is(reports[0], ErrOver) {
		t.Errorf("reports: %v", reports)
	}
}

// store writes a certificate and its key into files, as somebody who replaces them does:
// each gets its name when it is complete.
func store(t *testing.T, c tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, octets := range map[string][]byte{certFile: encode(c.Certificate[0]),
		keyFile: pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: key})} {
		if name == "" {
			continue
		}
		put(t, name+".new", octets)
		err := os.Rename(name+".new", name)
		for range 1000 { // on Windows a file that is being read keeps its name
			if !errors.Is(err, fs.ErrPermission) {
				break
			}
			time.Sleep(time.Millisecond)
			err = os.Rename(name+".new", name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReload: files that change are read again; a pair that is none changes nothing and
// is told of once.
func TestReload(t *testing.T) {
	a, _ := newLab(t)
	cert, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	fresh := func() tls.Certificate {
		c, err := a.Issue(serverNames(), nil, today())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := KeepFiles(cert, key, today, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no files: %v", err)
	}
	one, two, three := fresh(), fresh(), fresh()
	store(t, one, cert, key)
	reports := 0
	k, err := KeepFiles(cert, key, today, func(error) { reports++ })
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, c tls.Certificate, told int) {
		t.Helper()
		for range 3 {
			if serial(t, k) != c.Leaf.SerialNumber.String() {
				t.Errorf("%s: another certificate", what)
			}
		}
		if reports != told {
			t.Errorf("%s: %d reports, want %d", what, reports, told)
		}
	}
	expect("at first", one, 0)
	store(t, two, cert, key)
	expect("both are new", two, 0)
	store(t, three, cert, "")
	expect("the certificate is new, the key is old", two, 1)
	store(t, three, "", key)
	expect("the key is new too", three, 1)
	put(t, cert, []byte("rubbish"))
	expect("rubbish", three, 2)
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	expect("a file is gone", three, 3)
	store(t, one, cert, key)
	expect("it is there again", one, 3)
}

// TestKeeperMany: many handshakes ask while files are replaced and the clock runs.
func TestKeeperMany(t *testing.T) {
	a, _ := newLab(t)
	cert, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	one, err := a.Issue(serverNames(), nil, today())
	if err != nil {
		t.Fatal(err)
	}
	store(t, one, cert, key)
	var days atomic.Int64
	clock := func() time.Time { return today().AddDate(0, 0, int(days.Add(1))) }
	issued, err := KeepIssued(a, serverNames(), nil, clock, func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	read, err := KeepFiles(cert, key, today, func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				for _, k := range []*Keeper{issued, read} {
					if c, err := k.GetCertificate(nil); c == nil || err != nil {
						t.Error(c, err)
					}
				}
			}
		})
	}
	for range 10 {
		store(t, one, cert, key)
	}
	group.Wait()
}

// TestKeepFilesDamage: which of two files is at fault, and how.
func TestKeepFilesDamage(t *testing.T) {
	a, _ := newLab(t)
	dir := t.TempDir()
	name := func(file string) string { return filepath.Join(dir, file) }
	for _, n := range []string{"1", "2"} {
		c, err := a.Issue(serverNames(), nil, today())
		if err != nil {
			t.Fatal(err)
		}
		store(t, c, name("cert"+n), name("key"+n))
	}
	put(t, name("text"), []byte("rubbish"))
	put(t, name("hollow"), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"+
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	for _, test := range []struct {
		cert, key, at string
		want          Damage
	}{
		{"cert1", "key2", "key2", OtherKey}, {"cert1", "text", "text", NoPEM},
		{"text", "key1", "text", NoPEM}, {"key1", "key1", "key1", NoPEM},
		{"hollow", "key1", "hollow", NoPEM}, {"cert1", "hollow", "hollow", NoPEM},
	} {
		_, err := KeepFiles(name(test.cert), name(test.key), today, nil)
		var d *DamagedError
		if !errors.As(err, &d) || d.File != name(test.at) || d.Damage != test.want {
			t.Errorf("%s with %s: %v, want %s of %s", test.cert, test.key, err, test.want, test.at)
		}
	}
}
