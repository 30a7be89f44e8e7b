package explain

import (
	"strings"

	"mailtool/trace"
)

// maxNotes is how many notes one event gets: a line with forty capabilities would
// bury the session.
const maxNotes = 12

// remembered is how many of the newest commands are known by their verb, so that a
// reply can be explained by what it answers.
const remembered = 1024

// A Note explains a word of a wire line, or the line as a whole.
type Note struct {
	Word    string // the word as it stands on the wire, "" for the whole line
	Text    string // "MAIL: opens a mail transaction ...", printable as it is
	Section string // where that is written, "RFC 5321 §4.1.1.2"; "" where no standard does
	At      int    // index in the event's Raw of the line that it is about

	// Always marks what ought to be said even where nobody asked for explanations,
	// because the wire does not show it: the empty line, the lone dot.
	Always bool
}

// An Explainer explains the events of one session, in their order. It remembers what
// was asked, since a reply means little without it. Its memory is bounded.
type Explainer struct {
	lang     Lang
	protocol trace.Protocol

	recent  [remembered]asked // by number of the event, modulo
	verb    string            // of the newest command
	sasl    string            // mechanism of the newest AUTH
	last    bool              // that command was BDAT with LAST
	spoken  bool              // somebody has said something
	layers  int
	told    map[string]bool // keys that are said once a session
	before  string          // IMAP: what the untagged line before was
	behind  bool            // IMAP: the line goes on with what a literal stands in
	listing bool            // POP3: a line of this listing was explained
	client  letter
	server  letter

	notes []Note
	keys  map[string]bool // of the notes of this event
}

// asked is a command, or what is answered like one: the end of data, a line of AUTH.
type asked struct {
	n    int
	verb string
}

// New returns an Explainer for a session of protocol p in lang.
func New(lang Lang, p trace.Protocol) *Explainer {
	return &Explainer{lang: lang, protocol: p,
		told: make(map[string]bool), keys: make(map[string]bool)}
}

// Event returns the notes that belong under ev. Every event of the session must be
// given, in order, even where only some of the notes are printed.
func (x *Explainer) Event(ev *trace.Event) []Note {
	x.notes = nil
	clear(x.keys)
	switch ev.Kind {
	case trace.LayerChange:
		x.layer(ev)
	case trace.Data, trace.DataEnd:
		x.data(ev)
		x.behind = ev.Kind == trace.DataEnd
	case trace.Command, trace.Continuation, trace.Reply, trace.Greeting:
		x.line(ev)
	}
	if ev.Len > 0 {
		x.spoken = true
	}
	return x.notes
}

// line explains a line of a dialogue.
func (x *Explainer) line(ev *trace.Event) {
	switch x.protocol {
	case trace.SMTP:
		x.smtp(ev)
	case trace.POP3:
		x.pop3(ev)
	case trace.IMAP:
		x.imap(ev)
	}
}

// layer explains what begins with TLS or compression. A layer that could not be put
// there changes nothing.
func (x *Explainer) layer(ev *trace.Event) {
	if ev.Layer <= x.layers {
		return
	}
	x.layers = ev.Layer
	if ev.Verb == "tls" && !x.spoken {
		x.note("", "layer/tls-first")
		return
	}
	x.note("", string(x.protocol)+"/layer/"+ev.Verb)
}

// note adds what key means. word is the word of the line that is explained.
func (x *Explainer) note(word, key string) bool {
	if len(x.notes) >= maxNotes || x.keys[key] {
		return false
	}
	text, section, ok := Meaning(x.lang, key)
	if !ok {
		return false
	}
	x.keys[key] = true
	if word != "" {
		if !plain(word) {
			word = key[strings.LastIndexByte(key, '/')+1:]
		}
		text = word + colon(x.lang) + text
	}
	x.notes = append(x.notes, Note{Word: word, Text: text, Section: section})
	return true
}

// once is note for what is said once a session.
func (x *Explainer) once(word, key string) {
	if !x.told[key] && x.note(word, key) {
		x.told[key] = true
	}
}

// always adds a sentence of the screen's own, about the whole line.
func (x *Explainer) always(key string) {
	x.notes = append(x.notes, Note{Text: Say(x.lang, key), Section: sections()[key], Always: true})
}

// remember keeps the verb of ev for the reply to it.
func (x *Explainer) remember(ev *trace.Event, verb string) {
	x.recent[slot(ev.N)] = asked{ev.N, verb}
}

// answers is the verb of the command that ev answers or belongs to, "" when that is
// not known.
func (x *Explainer) answers(ev *trace.Event) string {
	for _, n := range []int{ev.Answers, ev.Part} {
		if a := x.recent[slot(n)]; n > 0 && a.n == n {
			return a.verb
		}
	}
	return ""
}

// slot is where event n is remembered. A number that was read from a file may be
// anything.
func slot(n int) uint { return uint(n) % remembered }

// plain says that a word of the wire may be printed among ours.
func plain(word string) bool {
	for i := range len(word) {
		if word[i] <= ' ' || word[i] > '~' {
			return false
		}
	}
	return len(word) <= 40
}

func colon(lang Lang) string {
	if lang == Chinese {
		return "："
	}
	return ": "
}
