package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

// roomText is what join and leave say.
var roomText = sentence.New(textFiles, "text/room")

// A room is a class room that was joined: the server of the class, and who we are there.
// Clients go there where nobody names another server, until it is left.
type room struct {
	Host   string
	Ports  map[string]int // of the services that were there, by the names of allServices
	Domain string         // of the class's addresses, "" where it is not known
	User   string
	// Password is kept as it is, since a mechanism may want it as it is. The file is the
	// user's alone, and what is given in a class is thrown away after it.
	Password string
	// Authority signs the server's certificate, in PEM. It is believed for Host alone, and
	// is "" where the server has no TLS, or the system knows who has signed.
	Authority string
	// TLS says that the server had it. Then its absence is an attack, and no lesson.
	TLS bool
	// Lesson says that passwords may cross the network in clear.
	Lesson bool
}

// roomFile is the name of the file, in the user's own folder, that keeps the room.
const roomFile = "room.json"

// roomPath is where the room is kept.
func (p *program) roomPath() (string, error) {
	dir, err := p.directory("")
	return filepath.Join(dir, roomFile), err
}

// room is the class room that was joined, nil where none was.
func (p *program) room() (*room, error) {
	if p.joined != nil {
		return p.joined, nil
	}
	path, err := p.roomPath()
	if err != nil {
		return nil, nil // where nothing can be kept, nothing is
	}
	octets, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &room{}
	err = json.Unmarshal(octets, r)
	if err != nil || !r.entered() || r.Host == "" || r.User == "" {
		return nil, fail(exitLocal, "error/room/damaged", "file", path).because(err).
			hint("hint/room/leave", "mailtool leave")
	}
	return r, nil
}

// enter keeps a room in the place of the one before. Only the user can read it.
func (p *program) enter(r *room) error {
	path, err := p.roomPath()
	if err != nil {
		return err
	}
	octets, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return sandbox.WriteWhole(filepath.Dir(path), roomFile, string(octets)+"\n")
}

// named says that somebody has named a server.
func (t *target) named(p *program) bool {
	return t.server != "" || p.Getenv("MAILTOOL_SERVER") != ""
}

// class is the room that a session goes to: nil where none was joined, where a server was
// named, and where it is in this process.
func (t *target) class(p *program) (*room, error) {
	if p.joined == nil && (t.inside() || t.named(p)) {
		return nil, nil
	}
	return p.room()
}

// destination is where in the room the session goes. err, of finding the room, is passed on.
func (r *room) destination(t *target, err error) (destination, error) {
	if err != nil {
		return destination{}, err
	}
	d, ok := r.service(t.speaks(), t.user, cmp.Or(t.tls, tlsAuto))
	if !ok {
		return d, fail(exitNoConnection, "error/room/service", "host", r.Host).
			hint("hint/room/again", "mailtool join "+r.Host+" "+r.User+r.moved())
	}
	return d, nil
}

// toClass says that what follows goes to the class's server: logged in, or not where user is "".
func (c *line) toClass(l *live, user string) {
	switch {
	case c.room == nil:
	case user == "":
		l.note("join/to/anybody", "addr", c.addr)
	default:
		l.note("join/to", "addr", c.addr, "user", user)
	}
}

// service is where in the room a protocol is spoken: with users, who log in, or with whoever
// delivers. TLS from the first octet is had where it is asked for, or where there is no other
// way to log in. ok is false where the room has no such service.
func (r *room) service(spoken *protocol, user bool, tls string) (d destination, ok bool) {
	user = user || spoken.private
	for _, s := range spoken.services {
		port := r.Ports[s.name]
		switch {
		case port == 0 || s.implicit && tls != tlsAuto && tls != tlsImplicit:
		case !s.implicit && tls == tlsImplicit:
		case s.logIn == user || s.implicit && tls == tlsImplicit:
			return destination{host: r.Host, implicit: s.implicit,
				addr: net.JoinHostPort(r.Host, strconv.Itoa(port))}, true
		}
	}
	return destination{}, false
}

// entered says that there is a port at which users log in.
func (r *room) entered() bool {
	for _, s := range allServices {
		if s.logIn && r.Ports[s.name] != 0 {
			return true
		}
	}
	return false
}

// moved are the flags by which "mailtool join" finds the room's ports again.
func (r *room) moved() string {
	for _, s := range allServices {
		if port := r.Ports[s.name]; port != 0 {
			return movedPorts(port == s.standard, port-s.port)
		}
	}
	return ""
}

// clear says that passwords go to the room in clear: its server teaches that, and has no TLS.
// What it had when it was joined it must have for ever.
func (r *room) clear() bool { return r != nil && r.Lesson && !r.TLS }

// away has a problem with reaching the class's server say what to do if the class is over. It
// is any other's where r is nil.
func (r *room) away(e *problem) *problem {
	if r != nil {
		e.hints = nil
		e.hint("hint/room/over", "mailtool leave")
	}
	return e
}

// suspect has a problem with the server's TLS say that another may be in its place. To believe
// that one, or to go on in clear, is no advice: the teacher is near.
func (r *room) suspect(e *problem) *problem {
	e.hints = nil
	return e.hint("hint/room/suspect", "").hint("hint/room/over", "mailtool leave")
}

// address is that of the one who joined.
func (r *room) address() string {
	if r.Domain == "" {
		return r.User
	}
	return address(r.User, r.Domain)
}
