package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mailtool/mailbox"
	"mailtool/trace"
)

// ControlFile is the name of the file, in the directory of a sandbox, that lets other
// programs of the same user ask the sandbox that runs there: where it listens, and the
// token that every request has to bear. Nobody else can read it.
const ControlFile = "control"

// A control answers those requests, as HTTP on a loopback port:
//
//	GET  /                      nothing: that somebody is there
//	GET  /sessions              the sessions that the ring knows of, a line of JSON each
//	GET  /sessions/{n}          one of them ("last" too), as a saved session
//	POST /users/{user}          makes an account, with the password that the request holds
//	PUT  /users/{user}          gives it that password
//	DELETE /users/{user}        removes it, and its mails
//	POST /users/{user}/empty    removes the user's mails, and says how many
//	POST /users/{user}/folders/{folder}?at=MICROSECONDS&flags=BITS
//	                            puts a message into the folder
//
// The servers write to the mailbox while they run, and nobody else does: a second writer
// would make them wait (see mailbox).
type control struct {
	box    *Sandbox
	addr   string
	token  string
	server http.Server
	dir    string
}

// startControl listens, and writes the file into dir.
func startControl(b *Sandbox, dir string) (*control, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, &ListenError{Server: "control", Addr: "127.0.0.1:0", Trouble: trouble(err), Err: err}
	}
	c := &control{box: b, addr: l.Addr().String(), token: rand.Text(), dir: dir}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /sessions", c.sessions)
	mux.HandleFunc("GET /sessions/{n}", c.session)
	mux.HandleFunc("POST /users/{user}", c.account(b.AddUser))
	mux.HandleFunc("PUT /users/{user}", c.account(b.SetPassword))
	mux.HandleFunc("DELETE /users/{user}", c.remove)
	mux.HandleFunc("POST /users/{user}/empty", c.empty)
	mux.HandleFunc("POST /users/{user}/folders/{folder}", c.add)
	c.server = http.Server{Handler: c.allowed(mux), ReadHeaderTimeout: 10 * time.Second}
	if err := writeControl(dir, c.addr, c.token); err != nil {
		l.Close()
		return nil, err
	}
	go c.server.Serve(l) // until stop
	return c, nil
}

// lastAnswer is how long the end waits for those who are being answered: they may have
// stopped reading, as a pager does.
const lastAnswer = time.Second

// stop ends what is asked for at the moment, at the latest with ctx. The file is removed,
// unless another sandbox has made it its own: who comes now is told that nobody is there.
func (c *control) stop(ctx context.Context) {
	if _, token, err := readControl(c.dir); err == nil && token == c.token {
		os.Remove(filepath.Join(c.dir, ControlFile))
	}
	ctx, enough := context.WithTimeout(ctx, lastAnswer)
	defer enough()
	if c.server.Shutdown(ctx) != nil {
		c.server.Close()
	}
}

// allowed passes on the requests that bear the token.
func (c *control) allowed(next http.Handler) http.Handler {
	want := []byte("Bearer " + c.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sessions writes the summaries, the oldest first.
func (c *control) sessions(w http.ResponseWriter, _ *http.Request) {
	out := json.NewEncoder(w)
	for _, s := range c.box.Ring().List() {
		if out.Encode(s) != nil {
			return // the one who asked has gone
		}
	}
}

// session writes the events that are kept of a session.
func (c *control) session(w http.ResponseWriter, r *http.Request) {
	summary, ok := c.find(r.PathValue("n"))
	if !ok {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	events, ok := c.box.Ring().Show(summary.Number)
	if !ok {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	open := trace.Opening{Protocol: summary.Protocol, Vantage: summary.Vantage,
		ClientAddr: summary.Peer, ShowSecrets: c.box.o.ShowSecrets}
	h := trace.NewHeader(strconv.Itoa(summary.Number), summary.Start, open)
	h.Folded = true
	out, err := trace.NewFileWriter(w, h)
	for i := 0; err == nil && i < len(events); i++ {
		err = out.Write(events[i])
	}
}

// account changes an account to what the request holds, a password.
func (c *control) account(change func(ctx context.Context, user, password string) error,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		password, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := change(r.Context(), r.PathValue("user"), string(password)); err != nil {
			refuse(w, err)
		}
	}
}

// remove removes an account.
func (c *control) remove(w http.ResponseWriter, r *http.Request) {
	if err := c.box.RemoveUser(r.Context(), r.PathValue("user")); err != nil {
		refuse(w, err)
	}
}

// empty removes mails.
func (c *control) empty(w http.ResponseWriter, r *http.Request) {
	n, err := c.box.Empty(r.Context(), r.PathValue("user"))
	if err != nil {
		refuse(w, err)
		return
	}
	fmt.Fprintln(w, n)
}

// add takes a message.
func (c *control) add(w http.ResponseWriter, r *http.Request) {
	at, err := strconv.ParseInt(r.URL.Query().Get("at"), 10, 64)
	if err != nil {
		http.Error(w, "at: "+err.Error(), http.StatusBadRequest)
		return
	}
	flags, err := strconv.ParseUint(r.URL.Query().Get("flags"), 10, 32)
	if err != nil {
		http.Error(w, "flags: "+err.Error(), http.StatusBadRequest)
		return
	}
	err = c.box.Add(r.Context(), r.PathValue("user"), r.PathValue("folder"), time.UnixMicro(at),
		mailbox.Flags(flags), r.Body)
	if err != nil {
		refuse(w, err)
	}
}

// refuse tells of an error. Those that mean something to the other end have a word there.
func refuse(w http.ResponseWriter, err error) {
	for word, known := range controlErrors {
		if errors.Is(err, known) {
			w.Header().Set("Mailtool-Error", word)
		}
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// controlErrors are the errors that pass through the control as what they are.
var controlErrors = map[string]error{"no-user": mailbox.ErrNoUser, "full": mailbox.ErrFull,
	"name": mailbox.ErrName, "lines": mailbox.ErrLines, "memory": mailbox.ErrMemory,
	"exists": mailbox.ErrExists, "password": ErrPassword, "elsewhere": ErrElsewhere}

// find looks a session up by its number. "last" is the newest.
func (c *control) find(which string) (trace.Summary, bool) {
	if which == "last" {
		return c.box.Ring().Last()
	}
	n, err := strconv.Atoi(which)
	if err != nil {
		return trace.Summary{}, false
	}
	for _, s := range c.box.Ring().List() {
		if s.Number == n {
			return s, true
		}
	}
	return trace.Summary{}, false
}

// writeControl writes the file, which nobody else may read.
func writeControl(dir, addr, token string) error {
	return WriteWhole(dir, ControlFile, "address "+addr+"\ntoken "+token+"\n")
}

// readControl reads what writeControl wrote. The error is an fs.ErrNotExist where no
// sandbox runs.
func readControl(dir string) (addr, token string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, ControlFile))
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(string(text)) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "address":
			addr = value
		case "token":
			token = value
		}
	}
	if addr == "" || token == "" || !IsLoopback(addr) {
		return "", "", errors.New(filepath.Join(dir, ControlFile) + ": no address and token in it")
	}
	return addr, token, nil
}
