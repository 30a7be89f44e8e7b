package pki

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// today is when all tests take place.
func today() time.Time { return time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC) }

// serverNames are those of a lab's mail server.
func serverNames() []string { return []string{"mail.lab.test", "lab.test", "localhost"} }

// newLab makes an authority in a folder of its own.
func newLab(t *testing.T, networks ...netip.Prefix) (a *Authority, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), Folder)
	a, made, err := Create(dir, Lab(networks...), today())
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	return a, dir
}

func TestCreate(t *testing.T) {
	a, dir := newLab(t)
	c := a.Certificate
	if !c.IsCA || !c.MaxPathLenZero || !c.PermittedDNSDomainsCritical ||
		c.NotAfter.Sub(today()) < 9*365*24*time.Hour || c.NotBefore.After(today()) {
		t.Errorf("%v", c)
	}
	if got := strings.Join(a.Scope.List(), " "); got != "test localhost 127.0.0.0/8 ::1/128" {
		t.Errorf("the scope is %s", got)
	}
	for _, e := range c.Extensions { // RFC 5280 §4.2.1.10: id-ce-nameConstraints
		if e.Id.String() == "2.5.29.30" && !e.Critical {
			t.Error("the name constraints are not critical")
		}
	}
	again, made, err := Create(dir, Lab(), today().AddDate(1, 0, 0))
	if err != nil || made || again.Fingerprint() != a.Fingerprint() {
		t.Errorf("the second start has made another one: %v, %v", made, err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 2 {
		t.Errorf("left behind: %q", names)
	}
}

// TestPermissions: nobody else reads the key.
func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps permissions elsewhere")
	}
	_, dir := newLab(t)
	for name, want := range map[string]os.FileMode{"": 0o700, KeyFile: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, want %v", name, info.Mode(), want)
		}
	}
	if Exposed(dir) {
		t.Error("a new key is said to be exposed")
	}
	if err := os.Chmod(filepath.Join(dir, KeyFile), 0o640); err != nil {
		t.Fatal(err)
	}
	if !Exposed(dir) {
		t.Error("the group can read the key, and nothing is said")
	}
}

// TestCreateTogether: of many that start at a time, one makes the authority.
func TestCreateTogether(t *testing.T) {
	dir := filepath.Join(t.TempDir(), Folder)
	var (
		group          sync.WaitGroup
		mu             sync.Mutex
		prints, makers = map[string]bool{}, 0
	)
	for range 16 {
		group.Go(func() {
			a, made, err := Create(dir, Lab(), today())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			prints[a.Fingerprint()] = true
			if made {
				makers++
			}
		})
	}
	group.Wait()
	if len(prints) != 1 || makers != 1 {
		t.Errorf("%d authorities, made by %d", len(prints), makers)
	}
}

// TestAfterCrash: a key whose certificate was not written any more gets it.
func TestAfterCrash(t *testing.T) {
	a, dir := newLab(t)
	if err := os.Remove(filepath.Join(dir, CertFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, ErrNone) {
		t.Errorf("half an authority: %v", err)
	}
	b, made, err := Create(dir, Lab(), today())
	if err != nil || !made || !b.key.Equal(a.key) {
		t.Errorf("made %v, %v", made, err)
	}
}

// TestDamaged: each kind of damage is told as what it is, and nothing is made over it.
func TestDamaged(t *testing.T) {
	a, dir := newLab(t)
	other, _ := newLab(t)
	leaf, err := a.Issue(serverNames(), ServerAddrs(), today())
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := os.ReadFile(filepath.Join(dir, CertFile))
	key, _ := os.ReadFile(filepath.Join(dir, KeyFile))
	rootless := *a.Certificate
	rootless.PermittedDNSDomains, rootless.PermittedIPRanges = nil, nil
	free, err := x509.CreateCertificate(rand.Reader, &rootless, &rootless, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	rubbish := pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: []byte("rubbish")})
	for _, row := range []struct {
		name      string
		cert, key []byte
		file      string
		want      Damage
	}{
		{"an empty certificate", []byte{}, key, CertFile, NoPEM},
		{"half a certificate", cert[:len(cert)/2], key, CertFile, NoPEM},
		{"rubbish in a block", rubbish, key, CertFile, NoPEM},
		{"a key for a certificate", key, key, CertFile, NoPEM},
		{"a server's certificate", encode(leaf.Leaf.Raw), key, CertFile, NoAuthority},
		{"no constraints", encode(free), key, CertFile, Unconstrained},
		{"no key", cert, nil, KeyFile, NoKey},
		{"half a key", cert, key[:len(key)/2], KeyFile, NoPEM},
		{"another's certificate", other.PEM(), key, KeyFile, OtherKey},
	} {
		dir := filepath.Join(t.TempDir(), "x")
		put(t, filepath.Join(dir, CertFile), row.cert)
		if row.key != nil {
			put(t, filepath.Join(dir, KeyFile), row.key)
		}
		_, _, err := Create(dir, Lab(), today())
		var damage *DamagedError
		if !errors.As(err, &damage) || damage.Damage != row.want || filepath.Base(damage.File) != row.file {
			t.Errorf("%s: %v, want %s of %s", row.name, err, row.want, row.file)
		}
		if now, _ := os.ReadFile(filepath.Join(dir, CertFile)); string(now) != string(row.cert) {
			t.Errorf("%s: it was written over", row.name)
		}
	}
}

func put(t *testing.T, path string, octets []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, octets, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestScope: the authority of a class may have private addresses, and one that was made
// without them is not taken for it.
func TestScope(t *testing.T) {
	room := netip.MustParsePrefix("192.168.7.0/24")
	class, dir := newLab(t, room)
	if _, err := class.Issue(nil, []net.IP{net.IPv4(192, 168, 7, 5)}, today()); err != nil {
		t.Error(err)
	}
	if _, err := class.Issue(nil, []net.IP{net.IPv4(192, 168, 8, 5)}, today()); !errors.Is(err, ErrScope) {
		t.Errorf("an address of another room: %v", err)
	}
	if _, _, err := Create(dir, Lab(), today()); err != nil {
		t.Errorf("it may sign more than is wanted: %v", err)
	}
	if _, _, err := Create(dir, Lab(netip.MustParsePrefix("192.168.0.0/16")), today()); !errors.Is(err, ErrScope) {
		t.Errorf("it may sign less than is wanted: %v", err)
	}
	for _, public := range []string{"8.8.8.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.0.0/8"} {
		_, _, err := Create(t.TempDir(), Lab(netip.MustParsePrefix(public)), today())
		if !errors.Is(err, ErrPublic) {
			t.Errorf("%s: %v", public, err)
		}
	}
	for host, want := range map[string]bool{"mail.lab.test": true, "MAIL.LAB.TEST.": true,
		"test": true, "localhost": true, "a.localhost": true, "127.3.4.5": true, "::1": true,
		"[::1]": true, "::ffff:127.0.0.1": true, "example.com": false, "labtest": false,
		"test.example.com": false, "192.168.7.5": false, "": false, "0.0.0.0": false} {
		if got := Lab().Host(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

// TestConstraint: whatever the key signs, no client takes it for a name outside the lab.
func TestConstraint(t *testing.T) {
	a, _ := newLab(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	for _, row := range []struct {
		names []string
		addrs []net.IP
		host  string
		good  bool
	}{
		{serverNames(), ServerAddrs(), "mail.lab.test", true},
		{serverNames(), ServerAddrs(), "127.0.0.1", true},
		{serverNames(), ServerAddrs(), "::1", true},
		{[]string{"example.com"}, nil, "example.com", false},
		{[]string{"mail.lab.test", "example.com"}, nil, "mail.lab.test", false},
		{nil, []net.IP{net.IPv4(192, 0, 2, 1)}, "192.0.2.1", false},
		{nil, []net.IP{net.ParseIP("2001:db8::1")}, "2001:db8::1", false},
	} {
		leaf, err := a.sign(row.names, row.addrs, today())
		if err != nil {
			t.Fatal(err)
		}
		path, faults := Judge(chainOf(t, leaf), row.host, roots, today())
		if good := len(faults) == 0; good != row.good || good != (len(path) == 2) {
			t.Errorf("%v %v: %v", row.names, row.addrs, faults)
		}
		if !row.good && (len(faults) != 1 || faults[0].Cause != OutOfScope) {
			t.Errorf("%v %v: %v", row.names, row.addrs, faults)
		}
		_, err = a.Issue(row.names, row.addrs, today())
		if row.good != (err == nil) || err != nil && !errors.Is(err, ErrScope) {
			t.Errorf("Issue %v %v: %v", row.names, row.addrs, err)
		}
	}
}

func chainOf(t *testing.T, c tls.Certificate) []*x509.Certificate {
	t.Helper()
	var chain []*x509.Certificate
	for _, der := range c.Certificate {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, parsed)
	}
	return chain
}

// TestIssueLate: no certificate outlives its issuer, and a dead one issues none.
func TestIssueLate(t *testing.T) {
	a, _ := newLab(t)
	end := a.Certificate.NotAfter
	leaf, err := a.Issue(serverNames(), nil, end.Add(-time.Hour))
	if err != nil || !leaf.Leaf.NotAfter.Equal(end) {
		t.Errorf("%v, %v", leaf.Leaf, err)
	}
	for _, now := range []time.Time{end.Add(time.Second), today().AddDate(0, 0, -1)} {
		if _, err := a.Issue(serverNames(), nil, now); !errors.Is(err, ErrOver) {
			t.Errorf("at %v: %v", now, err)
		}
	}
}

// TestClaim: where there are no links, the first has the name all the same.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	for i, text := range []string{"first", "second"} {
		put(t, filepath.Join(dir, "new"), []byte(text))
		err := claim(filepath.Join(dir, "new"), filepath.Join(dir, "name"))
		if (i == 0) != (err == nil) || i == 1 && !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "name")); string(got) != "first" {
		t.Errorf("%q", got)
	}
}

// TestRoom: the authority of a room signs for each private address and for no public one,
// and a client goes by that.
func TestRoom(t *testing.T) {
	room, made, err := Create(t.TempDir(), Room(), today())
	if err != nil || !made {
		t.Fatal(err)
	}
	for _, s := range []string{"192.168.1.5", "10.200.0.1", "172.31.255.255", "169.254.7.7", "fd00::2", "127.0.0.1"} {
		ip := net.ParseIP(s)
		c, err := room.Issue([]string{"mail.lab.test"}, []net.IP{ip}, today())
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		roots := x509.NewCertPool()
		roots.AddCert(room.Certificate)
		if path, faults := Judge([]*x509.Certificate{c.Leaf, room.Certificate}, s, roots, today()); len(path) == 0 {
			t.Errorf("%s: %v", s, faults)
		}
	}
	for _, s := range []string{"203.0.113.7", "172.32.0.1", "100.64.0.1", "2001:db8::1"} {
		if _, err := room.Issue(nil, []net.IP{net.ParseIP(s)}, today()); !errors.Is(err, ErrScope) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// TestTemporary: an authority without a folder signs as any other does, and no more.
func TestTemporary(t *testing.T) {
	a, err := Temporary(Lab(), today())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	c, err := a.Issue(serverNames(), ServerAddrs(), today())
	if err != nil {
		t.Fatal(err)
	}
	if path, faults := Judge(chainOf(t, c), "localhost", roots, today()); len(path) != 2 || faults != nil {
		t.Errorf("a certificate of its own: %d, %+v", len(path), faults)
	}
	if _, err := a.Issue([]string{"mx.example"}, nil, today()); !errors.Is(err, ErrScope) {
		t.Errorf("a name of somebody else: %v", err)
	}
	if _, err := Temporary(Lab(netip.MustParsePrefix("8.8.8.0/24")), today()); !errors.Is(err, ErrPublic) {
		t.Errorf("public addresses: %v", err)
	}
}
