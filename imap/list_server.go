package imap

import (
	"maps"
	"slices"
	"strings"
)

func (s *session) list(c *List) *Response {
	if r := s.listOffered(c); r != nil {
		return r
	}
	if !c.extended() && c.Patterns[0] == "" {
		// A question for the delimiter. Names have no root here (RFC 3501 §6.3.8).
		s.tell(&ListData{Attributes: []string{NoSelect}, Delimiter: string(Delimiter)})
		return Accept("That divides names")
	}
	l := lister{List: c, session: s, told: map[string]*listed{}}
	if err := l.look(); err != nil {
		return responseTo(err, CodeServerBug)
	}
	l.choose()
	if slices.Contains(c.Status, StatusHighestModSeq) {
		s.becomeAware()
	}
	for _, name := range slices.Sorted(maps.Keys(l.told)) {
		l.tell(name, l.told[name])
	}
	return Accept("Those are all")
}

// listOffered says which option was not offered, nil if all were: then it is unknown here
// (RFC 5258 §3).
func (s *session) listOffered(c *List) *Response {
	needed := []struct {
		used       bool
		capability string
	}{
		{c.extended(), "LIST-EXTENDED"},
		{c.Select&SelectSpecialUse != 0 || c.Return&ReturnSpecialUse != 0, "SPECIAL-USE"},
		{len(c.Status) > 0, "LIST-STATUS"},
	}
	for _, n := range needed {
		if n.used && !s.offers(n.capability) {
			return Reject("%s was not offered", n.capability)
		}
	}
	return s.statusOffered(c.Status)
}

// A lister makes the answer to a LIST.
type lister struct {
	*List
	*session
	patterns   []Pattern
	mailboxes  map[string]MailboxStatus
	names      []string // theirs, in order
	subscribed []string // in order; nil where nobody asks
	told       map[string]*listed
}

// A listed is a name that is told of.
type listed struct {
	chosen bool // it meets the selections
	above  bool // and something below it does
}

// look gets what the Store knows.
func (l *lister) look() error {
	for _, p := range l.Patterns {
		if p != "" || !l.extended() { // RFC 5258 §3: an empty one is ignored there
			l.patterns = append(l.patterns, ParsePattern(l.Reference, p))
		}
	}
	all, err := l.store.Mailboxes(l.ctx)
	if err != nil {
		return err
	}
	l.mailboxes = make(map[string]MailboxStatus, len(all))
	for _, m := range all {
		l.mailboxes[m.Name] = m
	}
	l.names = slices.Sorted(maps.Keys(l.mailboxes))
	if l.Select&SelectSubscribed == 0 && l.Return&ReturnSubscribed == 0 {
		return nil
	}
	l.subscribed, err = l.store.Subscriptions(l.ctx)
	slices.Sort(l.subscribed)
	return err
}

// choose finds out which names are told of (RFC 5258 §3.3).
func (l *lister) choose() {
	meet := l.meeting()
	for _, name := range meet {
		if l.matches(name) {
			l.told[name] = &listed{chosen: true}
		}
	}
	if l.Select&SelectRecursive != 0 {
		for _, name := range meet {
			l.chooseAbove(name)
		}
	}
	if l.Select&selectBase != 0 {
		return
	}
	for _, p := range l.patterns {
		for _, level := range p.Levels(l.names) {
			l.told[level] = &listed{}
		}
	}
}

// meeting are the names that meet the selections, patterns aside.
func (l *lister) meeting() []string {
	names := l.names
	if l.Select&SelectSubscribed != 0 {
		names = l.subscribed
	}
	if l.Select&SelectSpecialUse == 0 {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return l.mailboxes[name].Use == ""
	})
}

func (l *lister) matches(name string) bool {
	return slices.ContainsFunc(l.patterns, func(p Pattern) bool { return p.Match(name) })
}

// chooseAbove notes a name that meets the selections with those above it. They are told of if
// they are told of anyhow, or match while it does not: else the client sees it itself
// (RFC 5258 §3.5).
func (l *lister) chooseAbove(name string) {
	for above := levelAbove(name); above != ""; above = levelAbove(above) {
		if l.told[above] == nil && l.told[name] == nil && l.matches(above) {
			l.told[above] = &listed{}
		}
		if e := l.told[above]; e != nil {
			e.above = true
		}
	}
}

// tell tells of a name.
func (l *lister) tell(name string, e *listed) {
	m, there := l.mailboxes[name]
	var values *StatusData
	selectable := there
	if there && e.chosen && len(l.Status) > 0 {
		values = l.statusOf(&m)
		selectable = values != nil // it went away meanwhile (RFC 5819 §2)
	}
	d := &ListData{Attributes: l.attributes(name, m, there, selectable),
		Delimiter: string(Delimiter),
		Name:      name}
	if e.above {
		d.ChildInfo = named(uint8(l.Select&selectBase), listSelects)
	}
	l.session.tell(d)
	if values != nil {
		l.session.tell(values)
	}
}

// statusOf is what STATUS would tell of a mailbox, nil where it is gone. Only what the look at all
// of them may have left out is asked for mailbox by mailbox.
func (l *lister) statusOf(m *MailboxStatus) *StatusData {
	if slices.Contains(l.Status, StatusRecent) {
		return l.statusData(m.Name, l.Status)
	}
	return l.statusValues(m.Name, m, l.Status)
}

// attributes are those of a name. Special uses and whether there is something below are told
// unasked, too, where the capability is there: few clients ask (RFC 6154 §2, RFC 3348 §3).
func (l *lister) attributes(name string, m MailboxStatus, there, selectable bool) []string {
	var all []string
	switch {
	case !there && l.extended():
		all = append(all, NonExistent)
	case !selectable:
		all = append(all, NoSelect)
	}
	if m.Use != "" && l.offers("SPECIAL-USE") {
		all = append(all, m.Use)
	}
	if _, subscribed := slices.BinarySearch(l.subscribed, name); subscribed {
		all = append(all, Subscribed)
	}
	if l.Return&ReturnChildren != 0 || l.offers("CHILDREN") {
		if l.hasChildren(name) {
			all = append(all, HasChildren)
		} else {
			all = append(all, HasNoChildren)
		}
	}
	return all
}

// hasChildren says that there is a mailbox below a name.
func (l *lister) hasChildren(name string) bool {
	name += string(Delimiter)
	i, _ := slices.BinarySearch(l.names, name)
	return i < len(l.names) && strings.HasPrefix(l.names[i], name)
}

// lsub lists what was subscribed to. A level that matches "%" at the end of the pattern, and
// was not subscribed to while something below it was, is \Noselect (RFC 3501 §6.3.9).
func (s *session) lsub(c *LSub) *Response {
	names, err := s.store.Subscriptions(s.ctx)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	p := ParsePattern(c.Reference, c.Pattern)
	told := map[string][]string{}
	for _, level := range p.Levels(names) {
		told[level] = []string{NoSelect}
	}
	for _, name := range names {
		if p.Match(name) {
			told[name] = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		s.tell(&ListData{LSub: true, Attributes: told[name], Delimiter: string(Delimiter),
			Name: name})
	}
	return Accept("Those are all")
}
