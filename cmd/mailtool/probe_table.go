package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/pop3"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/term"
)

// A probeTable is what a session has found out about a server.
type probeTable struct {
	*call
	refused string   // key of the sentence that it does not even know the question, "" if it does
	bound   bool     // a log-in can be bound to TLS
	wanted  []string // what mailtool could use, by keyword
	logIn   string   // the keyword by which log-ins are offered
	about   string   // the key, before a keyword, of its meaning
}

// A row is what is offered, and where in the session that was in just these words.
type row struct {
	offering
	at    []bool // by hearing
	first bool   // no row above has the keyword
}

// rows are what was offered: in the order in which it came, and the same keyword with other
// parameters below.
func (b *probeTable) rows() []row {
	var rows []row
	for i, h := range b.heard {
		for _, x := range h.offers {
			at := slices.IndexFunc(rows, func(r row) bool { return r.String() == x.String() })
			if at < 0 {
				at = len(rows)
				first := true
				for j, r := range rows {
					if baseOf(r.Keyword) == baseOf(x.Keyword) {
						at, first = j+1, false
					}
				}
				rows = slices.Insert(rows, at, row{x, make([]bool, len(b.heard)), first})
			}
			rows[at].at[i] = true
		}
	}
	return rows
}

// table says what the server offers and what each of it means, and whose certificate it has.
func (b *probeTable) table(l *live) {
	host := b.host(l)
	rows := b.rows()
	switch {
	case b.refused != "":
		l.result(b.refused, "host", host)
	case len(rows) == 0:
		l.result("probe/none", "host", host)
	default:
		l.result("probe/offers", "host", host)
	}
	widest := 0
	for _, r := range rows {
		widest = max(widest, min(term.Columns(r.String()), probeColumn))
	}
	heads := b.heads()
	if len(heads) > 0 && len(rows) > 0 {
		l.resultLine("  " + strings.Repeat(" ", widest+3) + strings.Join(heads, "  "))
	}
	for _, r := range rows {
		b.row(l, widest, r, heads)
	}
	if lacks := b.lacks(); len(lacks) > 0 {
		l.result("probe/lacks", "keywords", strings.Join(lacks, ", "))
	}
	b.logInBy(l)
	b.certificate(l)
}

// host is how the server calls itself.
func (b *probeTable) host(l *live) string {
	line := bytes.TrimRight(l.greeted(), "\r\n")
	switch b.to.speaks() {
	case &pop3Protocol:
		r := pop3.ParseReply(line)
		line = []byte(r.Text)
	case &imapProtocol:
		line = nil
		if r, err := imap.ParseResponse(l.greeted()); err == nil {
			line = []byte(r.Text)
		}
	default:
		_, _, line, _ = smtp.ParseReplyLine(line)
	}
	host, _, _ := strings.Cut(string(line), " ")
	if strings.Contains(host, ".") || b.to.speaks() != &imapProtocol {
		return host
	}
	if to, err := b.p.address(&b.to); err == nil && !b.to.inside() { // it calls itself "Dovecot"
		return to.host
	}
	return host
}

// heads are those of the columns that say where something was offered. There are none where
// there was but one place.
func (b *probeTable) heads() []string {
	if len(b.heard) < 2 {
		return nil
	}
	var heads []string
	for _, h := range b.heard {
		switch {
		case h.known:
			heads = append(heads, b.p.say("probe/at/known"))
		case h.secret:
			heads = append(heads, b.p.say("probe/at/tls"))
		default:
			heads = append(heads, b.p.say("probe/at/clear"))
		}
	}
	return heads
}

// probeColumn is how wide the column of what the server said may be; what is longer has
// a line of its own.
const probeColumn = 30

// row writes an extension, where it was offered, and its meaning beside or below it.
func (b *probeTable) row(l *live, widest int, r row, heads []string) {
	text, section, known := explain.Meaning(b.p.lang, b.about+strings.ToUpper(r.Keyword))
	if !known {
		text, section, known = explain.Meaning(b.p.lang, b.about+strings.ToUpper(baseOf(r.Keyword)))
	}
	if !known {
		text = b.p.say("probe/unknown")
	}
	if limit := b.limit(r.offering); limit != "" {
		text += b.p.say("verdict/semicolon") + limit
	}
	said := r.String()
	if term.Columns(said) > widest {
		l.resultLine("  " + said)
		said = ""
	}
	marks := ""
	for i, head := range heads {
		mark := "-"
		if r.at[i] {
			mark = "+"
		}
		left := (term.Columns(head) - 1) / 2
		marks += strings.Repeat(" ", left) + mark + strings.Repeat(" ", term.Columns(head)-left+1)
	}
	if marks != "" {
		marks += " "
	}
	if !r.first { // its meaning stands above
		gap := strings.Repeat(" ", widest-term.Columns(said)+3)
		l.resultLine(strings.TrimRight("  "+said+gap+marks, " "))
		return
	}
	for _, line := range withSection(text, section, b.columns()-widest-len(marks)-7) {
		l.resultLine("  " + said + strings.Repeat(" ", widest-term.Columns(said)+3) + marks + line)
		said, marks = "", strings.Repeat(" ", len(marks))
	}
}

// withSection divides a meaning into lines. The section that says so stands behind it, on a
// line of its own where there is no room: "RFC 1870" and "§3" stay together.
func withSection(text, section string, most int) []string {
	lines := term.Wrap(text, most)
	if section == "" {
		return lines
	}
	last := &lines[len(lines)-1]
	if beside := *last + "   " + section; term.Columns(beside) <= most {
		*last = beside
		return lines
	}
	return append(lines, section)
}

// columns is how wide the table may be.
func (b *probeTable) columns() int {
	if n := width(b.p.out); n >= 60 {
		return n
	}
	return 110
}

// limit says in words what SIZE sets (RFC 1870 §3), or APPENDLIMIT (RFC 7889 §2).
func (b *probeTable) limit(x offering) string {
	if most, ok := strings.CutPrefix(x.Keyword, "APPENDLIMIT="); ok {
		x = offering{"SIZE", most}
	}
	n, err := strconv.ParseInt(x.Params, 10, 64)
	switch {
	case x.Keyword != "SIZE":
		return ""
	case x.Params == "":
		return b.p.say("probe/size/unsaid")
	case err != nil || n < 0:
		return b.p.say("probe/size/wrong")
	case n == 0:
		return b.p.say("probe/size/none")
	}
	return b.p.say("probe/size", "size", size(n))
}

// lacks is what mailtool could use and the server does not offer. In TLS nobody needs the
// command that begins it.
func (b *probeTable) lacks() []string {
	var out []string
	wanted := slices.Clone(b.wanted)
	if !b.heard[len(b.heard)-1].secret {
		wanted = append(wanted, b.to.speaks().upgrade)
	}
	for _, keyword := range append(wanted, b.logIn) {
		if !b.has(keyword) {
			out = append(out, keyword)
		}
	}
	return out
}

// has says that something was offered at any point.
func (b *probeTable) has(keyword string) bool {
	for _, h := range b.heard {
		for _, x := range h.offers {
			if x.Keyword == keyword || baseOf(x.Keyword) == keyword {
				return true
			}
		}
	}
	return false
}

// baseOf is a keyword without the parameter that IMAP writes into it: AUTH=PLAIN.
func baseOf(keyword string) string {
	base, _, _ := strings.Cut(keyword, "=")
	return base
}

// offers is how many things were, in whatever words.
func (b *probeTable) offers() int {
	n := 0
	for _, r := range b.rows() {
		if r.first {
			n++
		}
	}
	return n
}

// logInBy says by which mechanism mailtool would log in, where nobody did.
func (b *probeTable) logInBy(l *live) {
	last := b.heard[len(b.heard)-1]
	if offered := last.mechanisms; !last.known && len(offered) > 0 {
		if names := inCommon(sasl.Mechanisms(b.bound), offered); len(names) > 0 {
			l.result("probe/mechanism", "mechanism", names[0])
		}
	}
}

// certificate says what was agreed in TLS, whose certificate the server has, and whether it is
// to be believed.
func (b *probeTable) certificate(l *live) {
	s := l.security()
	if s == nil || len(s.Chain) == 0 {
		return
	}
	l.result("probe/certificate", "host", s.Host)
	own := s.Chain[0]
	table := [][2]string{
		{"subject", own.Subject},
		{"names", explain.Names(own.Names)},
		{"issuer", own.Issuer},
		{"valid", b.p.say("probe/certificate/dates", "from", own.From.Format(time.DateOnly),
			"until", own.Until.Format(time.DateOnly))},
		{"key", own.Key},
		{"sha256", own.Fingerprint},
	}
	for _, c := range s.Chain[1:] {
		table = append(table, [2]string{"above", c.Subject}, [2]string{"sha256", c.Fingerprint})
	}
	trusted := b.p.say("probe/certificate/yes", "root", explain.CommonName(s.Root))
	if !s.Trusted() {
		trusted = b.p.say("probe/certificate/no", "why", explain.Faults(b.p.lang, s.Faults))
	}
	table = append(table, [2]string{"trusted", trusted})
	if s.Version != "" {
		agreed := strings.TrimSpace(s.Version + " " + s.Suite + " " + s.Group)
		table = append(table, [2]string{"agreed", agreed})
	}
	widest := 0
	for i := range table {
		table[i][0] = b.p.say("probe/certificate/" + table[i][0])
		widest = max(widest, term.Columns(table[i][0]))
	}
	for _, r := range table {
		if r[1] != "" {
			l.resultLine("  " + r[0] + strings.Repeat(" ", widest-term.Columns(r[0])+3) + r[1])
		}
	}
}

// security is what is known of TLS, nil where there is none.
func (l *live) security() *trace.Security {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tls
}

// result says something that is what the command is for: -q leaves it.
func (l *live) result(key string, args ...string) {
	for line := range strings.SplitSeq(l.folded(l.p.say(key, args...)), "\n") {
		l.resultLine(line)
	}
}

func (l *live) resultLine(text string) {
	text = l.mask(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.d.quiet {
		l.screen.Say(text)
		return
	}
	fmt.Fprintf(l.queue, "# %s\n", term.Escape([]byte(text)))
}
