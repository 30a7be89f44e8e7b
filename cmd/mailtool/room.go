package main

import (
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
	Ports  map[string]int // of the services that were there, by the names of roomServices
	Domain string         // of the class's addresses
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

// A roomService is one that the server of a class may have.
type roomService struct {
	name     string
	port     int // the sandbox's
	standard int
	implicit bool // TLS from the first octet
	logIn    bool // users log in there
}

// roomServices are those that are looked for, for log-ins the best first.
var roomServices = []roomService{
	{name: "smtp", port: sandbox.SMTPPort, standard: smtpPort},
	{name: "submission", port: sandbox.SubmissionPort, standard: 587, logIn: true},
	{name: "submissions", port: sandbox.SubmissionsPort, standard: 465, implicit: true, logIn: true},
}

// roomPath is where the room is kept.
func (p *program) roomPath() (string, error) {
	dir, err := p.directory("")
	return filepath.Join(dir, roomFile), err
}

// room is the class room that was joined, nil where none was.
func (p *program) room() (*room, error) {
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
	if addr, _ := r.service(true); err != nil || r.Host == "" || r.User == "" || addr == "" {
		return nil, fail(exitLocal, "error/room/damaged", "file", path).because(err).
			hint("hint/room/leave", "mailtool leave")
	}
	return r, nil
}

// enter keeps a room in the place of the one before. Only the user can read it, and whoever
// reads finds all of it.
func (p *program) enter(r *room) error {
	path, err := p.roomPath()
	if err != nil {
		return err
	}
	octets, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), roomFile+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it has another name by then, if all went well
	_, err = f.Write(append(octets, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// service is where in the room mail is handed in: by users, or by whoever delivers. Where
// the one is missing it is the other; addr is "" where both are.
func (r *room) service(user bool) (addr string, implicit bool) {
	for _, wanted := range []bool{user, !user} {
		for _, s := range roomServices {
			if port := r.Ports[s.name]; port != 0 && s.logIn == wanted {
				return net.JoinHostPort(r.Host, strconv.Itoa(port)), s.implicit
			}
		}
	}
	return "", false
}

// address is that of the one who joined.
func (r *room) address() string { return address(r.User, r.Domain) }
