package imap

import (
	"math/bits"
	"slices"
)

// A List is LIST (RFC 3501 §6.3.8), with options if there are any (RFC 5258 §3).
type List struct {
	Select    ListSelect
	Reference string
	Patterns  []string // in UTF-8, as Reference is; one where nothing is extended
	Return    ListReturn
	Status    []StatusItem // RETURN (STATUS (…)) (RFC 5819 §2)
	// Extended says that it is an extended LIST though no option shows it: LIST () "" "%".
	Extended bool
}

// A ListSelect says which names LIST is about. They are bits.
type ListSelect uint8

// The selections of LIST.
const (
	SelectSubscribed ListSelect = 1 << iota // what was subscribed to, mailboxes or not
	SelectRemote                            // what is on other servers, too
	SelectRecursive                         // what has such below it, too
	SelectSpecialUse                        // what has a special use (RFC 6154 §2)

	selectBase = SelectSubscribed | SelectSpecialUse // what RECURSIVEMATCH can stand beside
)

// A ListReturn says what LIST tells of a name. They are bits.
type ListReturn uint8

// What LIST can be asked to tell.
const (
	ReturnSubscribed ListReturn = 1 << iota // \Subscribed
	ReturnChildren                          // \HasChildren, \HasNoChildren
	ReturnSpecialUse                        // \Sent and so on (RFC 6154 §2)
)

// The names of the options, by their bits.
var (
	listSelects = []string{"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"}
	listReturns = []string{"SUBSCRIBED", "CHILDREN", "SPECIAL-USE"}
)

// Attributes of names (RFC 3501 §7.2.2, RFC 5258 §3).
const (
	NoSelect      = `\Noselect`      // it cannot be selected
	NonExistent   = `\NonExistent`   // there is no such mailbox
	Subscribed    = `\Subscribed`    // it was subscribed to
	HasChildren   = `\HasChildren`   // there are mailboxes below it (RFC 3348 §3)
	HasNoChildren = `\HasNoChildren` // there are none
)

// Verb implements Command.
func (c *List) Verb() string { return "LIST" }

// extended says that the command has something that RFC 3501 has not.
func (c *List) extended() bool {
	return c.Extended || c.Select != 0 || len(c.Patterns) != 1 || c.Return != 0 || len(c.Status) > 0
}

func (c *List) print(w *writer) {
	if c.Select != 0 || c.Extended {
		w.sp()
		w.atoms(named(uint8(c.Select), listSelects))
	}
	w.sp()
	w.mailbox(c.Reference)
	w.sp()
	if len(c.Patterns) == 1 {
		w.mailbox(c.Patterns[0])
	} else {
		w.list(len(c.Patterns), func(i int) { w.mailbox(c.Patterns[i]) })
	}
	if c.Return == 0 && len(c.Status) == 0 {
		return
	}
	options := named(uint8(c.Return), listReturns)
	if len(c.Status) > 0 {
		options = append(options, "STATUS")
	}
	w.raw(" RETURN (")
	w.items(len(options), func(i int) {
		if w.raw(options[i]); options[i] == "STATUS" {
			w.sp()
			w.statusItems(c.Status)
		}
	})
	w.raw(")")
}

// named are the names of the bits that are set.
func named(set uint8, names []string) []string {
	var all []string
	for ; set != 0; set &= set - 1 {
		all = append(all, names[bits.TrailingZeros8(set)])
	}
	return all
}

// maxPatterns is how many patterns a LIST may have: each is tried on each name.
const maxPatterns = 256

func parseList(s *scanner) Command {
	c := &List{}
	s.sp()
	if s.next() == '(' {
		s.listOrNone(func() { c.Select |= ListSelect(s.option(s.upper(), listSelects)) })
		if c.Select&SelectRecursive != 0 && c.Select&selectBase == 0 {
			s.fail("another selection beside RECURSIVEMATCH")
		}
		c.Extended = c.Select == 0
		s.sp()
	}
	c.Reference = s.decodedName(s.astring)
	s.sp()
	if s.next() == '(' {
		s.list(func() {
			c.Patterns = append(c.Patterns, s.decodedName(s.listMailbox))
			if len(c.Patterns) > maxPatterns {
				s.fail("fewer patterns")
			}
		})
		c.Extended = c.Extended || len(c.Patterns) == 1
	} else {
		c.Patterns = []string{s.decodedName(s.listMailbox)}
	}
	if s.take(' ') {
		s.listReturn(c)
	}
	return c
}

// listMailbox reads a pattern: an astring in which there may be wildcards (RFC 3501 §9,
// list-mailbox).
func (s *scanner) listMailbox() string {
	if c := s.next(); c == '"' || c == '{' || c == '~' {
		return s.str()
	}
	return s.run("a pattern", isListChar)
}

// listReturn reads the return options.
func (s *scanner) listReturn(c *List) {
	if !s.word("RETURN") {
		s.fail("RETURN, or the end of the line")
	}
	s.sp()
	s.listOrNone(func() {
		option := s.upper()
		if option == "STATUS" {
			s.sp()
			c.Status = s.statusItems()
			return
		}
		c.Return |= ListReturn(s.option(option, listReturns))
	})
	c.Extended = c.Extended || c.Return == 0 && len(c.Status) == 0
}

// option is the bit of an option that was read.
func (s *scanner) option(name string, names []string) uint8 {
	i := slices.Index(names, name)
	if i < 0 {
		s.fail("an option of LIST that was offered, before this,")
		return 0
	}
	return 1 << i
}

// An LSub is LSUB: LIST of what was subscribed to (RFC 3501 §6.3.9).
type LSub struct{ Reference, Pattern string }

// Verb implements Command.
func (c *LSub) Verb() string { return "LSUB" }

func (c *LSub) print(w *writer) {
	w.sp()
	w.mailbox(c.Reference)
	w.sp()
	w.mailbox(c.Pattern)
}

func parseLSub(s *scanner) Command {
	c := &LSub{}
	s.sp()
	c.Reference = s.decodedName(s.astring)
	s.sp()
	c.Pattern = s.decodedName(s.listMailbox)
	return c
}

// A ListData is what LIST tells of a name (RFC 3501 §7.2.2), or LSUB (§7.2.3).
type ListData struct {
	LSub       bool
	Attributes []string
	Delimiter  string // "" where names have no levels
	Name       string
	// ChildInfo are the selections that something below the name meets (RFC 5258 §3.5).
	ChildInfo []string
}

// Has says that the name has an attribute.
func (d *ListData) Has(attribute string) bool {
	return slices.ContainsFunc(d.Attributes, func(a string) bool { return sameWord(a, attribute) })
}

func (d *ListData) print(w *writer) {
	if d.LSub {
		w.raw("LSUB ")
	} else {
		w.raw("LIST ")
	}
	w.atoms(d.Attributes)
	w.sp()
	w.delimiter(d.Delimiter)
	w.sp()
	w.mailbox(d.Name)
	if len(d.ChildInfo) > 0 {
		w.raw(` ("CHILDINFO" `)
		w.list(len(d.ChildInfo), func(i int) { w.str(d.ChildInfo[i]) })
		w.raw(")")
	}
}

// delimiter writes the character between the levels of names in quotes, or NIL.
func (w *writer) delimiter(c string) { w.nstring(c, c != "") }

// delimiter reads it.
func (s *scanner) delimiter() string {
	c, _ := s.nstring()
	if len(c) > 1 {
		s.fail("one character between quotes, before this,")
	}
	return c
}

// listData is the parser of LIST, or of LSUB.
func listData(lsub bool) dataParser {
	return func(s *scanner, _ uint32) Data {
		d := &ListData{LSub: lsub}
		s.sp()
		s.listOrNone(func() { d.Attributes = append(d.Attributes, s.attribute()) })
		s.sp()
		d.Delimiter = s.delimiter()
		s.sp()
		d.Name = s.mailbox()
		if s.take(' ') {
			s.listOrNone(func() { s.listItem(d) })
		}
		return d
	}
}

// attribute reads an attribute of a name: a word behind a backslash (RFC 3501 §9,
// mbx-list-flags).
func (s *scanner) attribute() string {
	s.expect('\\')
	return `\` + s.atom()
}

// listItem reads an extended item; those that nobody knows are passed over (RFC 5258 §3).
func (s *scanner) listItem(d *ListData) {
	name := s.astring()
	s.sp()
	if !sameWord(name, "CHILDINFO") || s.next() != '(' {
		s.anything()
		return
	}
	s.list(func() { d.ChildInfo = append(d.ChildInfo, s.astring()) })
}
