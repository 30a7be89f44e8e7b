package main

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// A fetching is one run of "pop3 fetch": all messages that this program does not have yet come
// to this machine, and stay on the server or not.
type fetching struct {
	popCall
	keep, delete bool
	as, output   string
	given        func(flag string) bool

	memory        *memory
	fresh         map[string]bool // what this run has fetched
	store         store
	others        map[string]int // messages that other programs have
	before, after counts
	wanted        int  // messages that were not here when the session began
	marked        int  // messages that QUIT deletes
	unknown       bool // QUIT was not answered with +OK: who knows what is left
	refusals      []refusal
}

// counts are how many messages there are in two places.
type counts struct{ here, server int }

// newPOP3Fetch is "pop3 fetch".
func (p *program) newPOP3Fetch() *cobra.Command {
	f := &fetching{popCall: p.newPOP3Call(), fresh: map[string]bool{}}
	f.result = true
	c := p.command("fetch", func(c *cobra.Command, _ []string) error { return f.run(c.Context()) })
	fs := c.Flags()
	fs.BoolVar(&f.keep, "keep", false, "")
	fs.BoolVar(&f.delete, "delete", false, "")
	fs.StringVarP(&f.output, "output", "o", "", "")
	fs.StringVar(&f.as, "as", "home", "")
	f.given = fs.Changed
	f.flags(c)
	return c
}

func (f *fetching) run(ctx context.Context) error {
	if err := f.checkFlags(); err != nil {
		return err
	}
	if err := f.check(ctx); err != nil {
		return err
	}
	l, err := f.open()
	if err != nil {
		return err
	}
	f.pull(l)
	err = f.popCall.run(ctx, l, func(s *popSession) error { return f.fetch(l, s) })
	if f.memory != nil {
		err = errors.Join(err, f.memory.close())
	}
	return l.finish(err, offer{"mailtool pop3 fetch --as " + otherProgram(f.as) + f.words(), "next/pop3/office"},
		offer{"mailtool pop3 list" + f.words(), "next/pop3/list"})
}

func (f *fetching) checkFlags() error {
	word := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-' || r == '_')
	}
	switch {
	case f.keep && f.delete:
		return twoFlags("--keep", "--delete")
	case f.as == "" || len(f.as) > 40 || strings.ContainsFunc(f.as, word), isDevice(f.as):
		return fail(exitUsage, "error/fetch/as", "word", f.as)
	case f.given("output") && f.output == "":
		return fail(exitUsage, "error/file/no-name")
	case strings.EqualFold(filepath.Ext(f.output), ".eml"):
		return fail(exitUsage, "error/fetch/eml", "file", f.output).
			hint("hint/fetch/eml", "mailtool pop3 retr 1 -o "+f.output)
	}
	return nil
}

// account finds the memory of the account, and where its messages are kept. A server inside
// this program ends with it, and so does what is known of it.
func (f *fetching) account(l *live, s *popSession) error {
	user := f.who.address(f.labDomain())
	if user == "" {
		user = f.who.user
	}
	host, path := s.conn.host, ""
	if isLoopback(host) {
		host = "localhost"
	}
	if !f.to.inside() {
		var err error
		if path, err = f.p.memoryPath(f.as, user, host); err != nil {
			return err
		}
		f.others = f.p.otherMemories(f.as, user, host)
	}
	var err error
	if f.memory, err = openMemory(path); err != nil {
		return err
	}
	if err := f.memory.repair(); err != nil {
		return err
	}
	f.before.here = len(f.memory.have)
	switch {
	case path == "":
		l.note("fetch/memory/none")
	case !f.delete:
		l.note("fetch/memory", "as", f.as, "file", path)
	}
	f.store, err = newStore(f.output, f.as, user+"@"+host, f.memory, f.p.Now)
	return err
}

// fetch is what stands between the log-in and the end of the session.
func (f *fetching) fetch(l *live, s *popSession) error {
	if err := f.account(l, s); err != nil {
		return err
	}
	all, err := s.UIDLAll()
	if err != nil {
		return f.noIDs(s, err)
	}
	uids := make([]string, len(all))
	for i, m := range all {
		uids[i] = m.UID
	}
	f.before.server, f.after.server = len(all), len(all)
	l.print = func() error { return f.table() }
	keys := uidKeys(uids)
	f.wanted = f.missing(keys)
	bar := l.progress(f.wanted)
	defer bar.end()
	for i, m := range all {
		if !f.has(keys[i]) {
			if err := f.one(s, m.Number, keys[i]); err != nil {
				return f.stopped(s, err)
			}
			bar.step()
		}
		if !f.delete || !f.has(keys[i]) {
			continue
		}
		if _, err := s.Delete(m.Number); err != nil {
			return f.stopped(s, s.refused(about("DELE", m.Number), err))
		}
		f.marked++
	}
	bar.end()
	if err := f.update(s); err != nil {
		return err
	}
	return f.added(f.refusals)
}

// noIDs tells of a server without unique-ids: nobody could know what was fetched before.
func (f *fetching) noIDs(s *popSession, err error) error {
	err = s.refused("UIDL", err)
	if e := (*problem)(nil); errors.As(err, &e) && e.status == exitRefused {
		e.hint("hint/fetch/no-uidl", "mailtool pop3 retr 1"+f.words())
	}
	return err
}

// has says that this program has a message. Where it is to be deleted, it must be where it was
// put, too: somebody may have taken it away.
func (f *fetching) has(key string) bool {
	place, ok := f.memory.have[key]
	return ok && (!f.delete || f.fresh[key] || f.store.there(place))
}

func (f *fetching) missing(keys []string) int {
	n := 0
	for _, key := range keys {
		if !f.has(key) {
			n++
		}
	}
	return n
}

// one fetches a message and remembers it. One that the server refuses is told of at the end.
func (f *fetching) one(s *popSession, n int, key string) error {
	local := &trouble{}
	place, err := f.store.put(key, func(w io.Writer) error {
		local.w = w
		_, err := s.Retrieve(n, local)
		return err
	})
	switch r := replyIn(err); {
	case err == nil:
		f.fresh[key] = true
		return f.memory.add(key, place)
	case local.err != nil:
		return local.err
	case r != nil:
		f.refusals = append(f.refusals, refusal{about("RETR", n), r})
		return nil
	}
	return s.refused(about("RETR", n), err)
}

// stopped ends a run that cannot go on. What was marked so far is safe here, and goes.
func (f *fetching) stopped(s *popSession, why error) error {
	f.update(s) // why says more
	return why
}

// update says QUIT, with which what is marked is gone. Nothing is marked that is not safe.
func (f *fetching) update(s *popSession) error {
	f.after.here = len(f.memory.have)
	local := f.store.sync()
	if local != nil {
		s.Reset()
		f.marked = 0
	}
	err := s.quit()
	switch {
	case err == nil:
		f.after.server -= f.marked
	case !errors.Is(err, net.ErrClosed):
		f.unknown = f.marked > 0
	}
	return errors.Join(local, s.refused("QUIT", err))
}

// table says how many messages are where, before and after: with this program, on the server,
// and with the others that fetch from it.
func (f *fetching) table() error {
	columns := []string{"", f.as, f.p.say("fetch/server")}
	row := func(when string, n counts) []string {
		return []string{f.p.say(when), strconv.Itoa(n.here), strconv.Itoa(n.server)}
	}
	rows := [][]string{row("fetch/before", f.before), row("fetch/after", f.after)}
	if f.unknown {
		rows[1][2] = "?"
	}
	for _, name := range f.otherNames() {
		columns = append(columns, name)
		for i := range rows {
			rows[i] = append(rows[i], strconv.Itoa(f.others[name]))
		}
	}
	if err := writeTable(f.p.out, slices.Insert(rows, 0, columns)); err != nil {
		return err
	}
	if !f.unknown {
		f.moral()
	}
	return nil
}

// otherNames are the other programs; where nobody has heard of one, there might be one at work,
// or at home.
func (f *fetching) otherNames() []string {
	var names []string
	for name := range f.others {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		names = append(names, otherProgram(f.as))
	}
	return names
}

// otherProgram is one that there might be beside as: at work, or at home.
func otherProgram(as string) string {
	if as == "home" {
		return "office"
	}
	return "home"
}

// moral says what the figures mean.
func (f *fetching) moral() {
	most := 0
	for _, n := range f.others {
		most = max(most, n)
	}
	if rest := f.wanted - len(f.fresh); rest > 0 {
		f.p.note(f.p.out, "fetch/rest", "n", strconv.Itoa(rest))
	}
	switch {
	case f.before.server == 0 && most > f.before.here:
		f.p.note(f.p.out, "fetch/gone")
	case f.after.server < f.before.server:
		f.p.note(f.p.out, "fetch/deleted")
	case f.wanted == 0 && f.before.server > 0:
		f.p.note(f.p.out, "fetch/nothing-new", "as", f.as)
	case f.before.server > 0:
		f.p.note(f.p.out, "fetch/kept")
	}
}
