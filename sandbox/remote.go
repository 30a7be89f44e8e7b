package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mailtool/mailbox"
	"mailtool/trace"
)

// ErrNotRunning says that no sandbox runs in the directory.
var ErrNotRunning = errors.New("sandbox: none is running there")

// ErrNoSession says that the sandbox does not know the session, or not any more.
var ErrNoSession = errors.New("sandbox: no such session")

// A Remote is a sandbox that runs in another process of the same user, asked through its
// control; see ControlFile.
type Remote struct {
	addr, token string
	client      http.Client
}

// Running returns the sandbox that runs in the directory dir, or ErrNotRunning. A file
// that a crash has left behind is found out with the first request.
func Running(dir string) (*Remote, error) {
	addr, token, err := readControl(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", ErrNotRunning, filepath.Join(dir, ControlFile))
	case err != nil:
		return nil, err
	}
	return newRemote(addr, token, patience), nil
}

// patience is how long a sandbox may take to begin its answer: to empty a large mailbox
// takes a while. The port may belong to another program by now, which says nothing.
const patience = time.Minute

func newRemote(addr, token string, patience time.Duration) *Remote {
	return &Remote{addr: addr, token: token,
		client: http.Client{Transport: &http.Transport{ResponseHeaderTimeout: patience}}}
}

// answers says that the sandbox is there.
func (r *Remote) answers(ctx context.Context) bool {
	ctx, enough := context.WithTimeout(ctx, time.Second) // of this machine: it takes none
	defer enough()
	answer, err := r.ask(ctx, http.MethodGet, "/", nil, nil)
	if err == nil {
		answer.Body.Close()
	}
	return err == nil
}

// ask sends a request. The caller closes the body of the answer.
func (r *Remote) ask(ctx context.Context, method, path string, query url.Values,
	body io.Reader) (*http.Response, error) {
	where := "http://" + r.addr + path + "?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, where, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	answer, err := r.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	why, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // what could be read says enough
	switch {
	case answer.StatusCode == http.StatusUnauthorized: // another program has the port now
		return nil, fmt.Errorf("%w: the token is refused", ErrNotRunning)
	case answer.StatusCode == http.StatusNotFound && strings.HasPrefix(path, "/sessions"):
		return nil, ErrNoSession
	}
	if known := controlErrors[answer.Header.Get("Mailtool-Error")]; known != nil {
		return nil, known
	}
	return nil, errors.New("sandbox: " + strings.TrimSpace(string(why)))
}

// Sessions are those that the sandbox still knows of, the oldest first.
func (r *Remote) Sessions(ctx context.Context) ([]trace.Summary, error) {
	answer, err := r.ask(ctx, http.MethodGet, "/sessions", nil, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var all []trace.Summary
	for in := json.NewDecoder(bufio.NewReader(answer.Body)); ; {
		var s trace.Summary
		switch err := in.Decode(&s); {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, s)
	}
}

// Session is session n as a saved file, the newest where n is 0. The caller closes it.
func (r *Remote) Session(ctx context.Context, n int) (io.ReadCloser, error) {
	which := "last"
	if n > 0 {
		which = strconv.Itoa(n)
	}
	answer, err := r.ask(ctx, http.MethodGet, "/sessions/"+which, nil, nil)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Empty removes the mails of user and returns how many there were.
func (r *Remote) Empty(ctx context.Context, user string) (int, error) {
	answer, err := r.ask(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/empty", nil, nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 32))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// AddUser makes an account with a password; see Sandbox.AddUser.
func (r *Remote) AddUser(ctx context.Context, name, password string) error {
	return r.change(ctx, http.MethodPost, name, password)
}

// SetPassword gives somebody another password.
func (r *Remote) SetPassword(ctx context.Context, name, password string) error {
	return r.change(ctx, http.MethodPut, name, password)
}

// RemoveUser removes an account and its mail.
func (r *Remote) RemoveUser(ctx context.Context, name string) error {
	return r.change(ctx, http.MethodDelete, name, "")
}

func (r *Remote) change(ctx context.Context, method, name, password string) error {
	answer, err := r.ask(ctx, method, "/users/"+url.PathEscape(name), nil, strings.NewReader(password))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// Add puts a message into a folder of user, as if it had come at the time at.
func (r *Remote) Add(ctx context.Context, user, folder string, at time.Time,
	flags mailbox.Flags, message io.Reader) error {
	path := "/users/" + url.PathEscape(user) + "/folders/" + url.PathEscape(folder)
	query := url.Values{"at": {strconv.FormatInt(at.UnixMicro(), 10)},
		"flags": {strconv.FormatUint(uint64(flags), 10)}}
	answer, err := r.ask(ctx, http.MethodPost, path, query, message)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
