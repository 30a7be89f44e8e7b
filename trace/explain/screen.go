package explain

import (
	"strconv"
	"strings"

	"mailtool/trace"
)

// Waiting says who waits for what, as a line for a session that stands still:
// "C waits for a reply; S waits for <CRLF>.<CRLF>". It is "" when nobody waits.
func Waiting(lang Lang, w trace.Waiting) string {
	client, server := waits(lang, "client", w.Client), waits(lang, "server", w.Server)
	switch {
	case client != "" && server != "":
		return Say(lang, "waiting/both", "client", client, "server", server)
	case client != "":
		return Say(lang, "waiting/client", "client", client)
	case server != "":
		return Say(lang, "waiting/server", "server", server)
	}
	return ""
}

// waits names what an end waits for. The same id may be another thing for the other
// end: the client waits for leave to continue, the server for the continuation.
func waits(lang Lang, end, id string) string {
	if id == "" {
		return ""
	}
	key := "waiting/" + end + "/" + id
	if s := Say(lang, key); s != key {
		return s
	}
	key = "waiting/" + id
	if s := Say(lang, key); s != key {
		return s
	}
	return id
}

// Phase is the heading of a phase, and what the phase is for. A phase without a
// sentence stands for itself.
func Phase(lang Lang, p trace.Protocol, phase string) (heading string, purpose Note) {
	key := "phases/" + string(p) + "/" + strings.ReplaceAll(phase, " ", "-")
	if heading = Say(lang, key); heading == key {
		return phase, Note{}
	}
	key += "/purpose"
	return heading, Note{Text: Say(lang, key), Section: sections()[key]}
}

// Mark says what a mark of the record means, "TCP closed by the server", and "" for an
// event that is no mark. Addresses, and the texts of errors, are put in as they are:
// whoever prints them escapes them.
func Mark(lang Lang, ev *trace.Event) string {
	octets := strconv.FormatInt(ev.Len, 10)
	switch ev.Kind {
	case trace.Connect:
		return Say(lang, "screen/connect", "addr", ev.Text)
	case trace.Closed:
		return closed(lang, ev)
	case trace.LayerChange:
		return layer(lang, ev)
	case trace.Undecided:
		return Say(lang, "screen/undecided", "octets", octets)
	case trace.Gap:
		if ev.Len == 0 {
			return Say(lang, "screen/gap/unknown", "end", ev.End.String())
		}
		return Say(lang, "screen/gap", "octets", octets, "end", ev.End.String())
	}
	return ""
}

// closed tells by whom and how: Text is a trace.Why, or "fin" when an end will send no
// more but may still listen.
func closed(lang Lang, ev *trace.Event) string {
	key := "screen/close/" + ev.Text
	end := map[trace.End]string{trace.Client: "-client", trace.Server: "-server"}[ev.End]
	if s := Say(lang, key+end); s != key+end {
		return s
	}
	if s := Say(lang, key); s != key {
		return s
	}
	return Say(lang, "screen/close/eof")
}

func layer(lang Lang, ev *trace.Event) string {
	switch {
	case ev.Verb == "deflate" && (ev.Text == "" || strings.EqualFold(ev.Text, "deflate")):
		return Say(lang, "screen/layer/deflate")
	case ev.Verb == "tls" && strings.HasPrefix(ev.Text, "TLS"):
		return Say(lang, "screen/layer/tls", "agreed", ev.Text)
	}
	name, why := strings.ToUpper(ev.Verb), ev.Text
	if ev.Security != nil && len(ev.Security.Faults) > 0 {
		why = Faults(lang, ev.Security.Faults)
	}
	return Say(lang, "screen/layer/failed", "name", name, "why", why)
}
