package interop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A dovecot is one that says who users are, and what its configuration is filled with.
type dovecot struct {
	Dir, Host, Port string
	User, Password  string // of the only user
	tokens          []byte // the key that signs tokens

	conf                   string // the file with its configuration
	TLSPort, Cert, Key, CA string // where it has mail: its port with TLS, files, whom to trust
}

// startDovecot starts a Dovecot that has one user. It ends with the test.
func startDovecot(t *testing.T, user, password string) *dovecot {
	t.Helper()
	need(t, "dovecot")
	d := newDovecot(t, user, password)
	d.run(t, "dovecot.conf")
	return d
}

// newDovecot makes the folder of a Dovecot. All ports are free.
func newDovecot(t *testing.T, user, password string) *dovecot {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "only root can start a Dovecot")
	}
	// Its sockets lie there, whose names may not be long.
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	open(t, dir)
	d := &dovecot{Dir: dir, Host: "127.0.0.1", Port: freePort(t), User: user, Password: password,
		tokens: make([]byte, sha256.Size)}
	rand.Read(d.tokens)
	key := filepath.Join(dir, "keys", "default", "HS256", "default")
	if err := os.MkdirAll(filepath.Dir(key), 0o755); err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(d.tokens)
	if err := os.WriteFile(key, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs it with a configuration.
func (d *dovecot) run(t *testing.T, configuration string) {
	t.Helper()
	for _, name := range []string{configuration, "users", "oauth2.conf"} {
		configure(t, filepath.Join("testdata", "dovecot", name), d.Dir, d)
	}
	d.conf = filepath.Join(d.Dir, configuration)
	cmd := exec.Command(need(t, "dovecot"), "-F", "-c", d.conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(d.Dir, "log"))
			t.Logf("Dovecot's log:\n%s", log)
		}
	})
	listening(t, net.JoinHostPort(d.Host, d.Port))
}

// token returns a token that Dovecot believes for an hour: it says that its bearer is the
// user (RFC 7519).
func (d *dovecot) token() string {
	part := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	signed := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part(fmt.Appendf(nil,
		`{"sub":%q,"iat":%d,"exp":%d}`, d.User, now.Unix(), now.Add(time.Hour).Unix()))
	h := hmac.New(sha256.New, d.tokens)
	h.Write([]byte(signed))
	return signed + "." + part(h.Sum(nil))
}
