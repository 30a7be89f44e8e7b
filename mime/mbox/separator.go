package mbox

import (
	"bytes"
	"strings"
	"time"
)

// A separator is the line before a message: "From alice@lab.test Mon Nov 23 02:15:02 2026".
type separator struct {
	from string    // the sender on the envelope, "MAILER-DAEMON" for the null one
	at   time.Time // when the message came
}

// ctime is the date in a separator, in UTC (RFC 4155, Appendix A).
const ctime = "Mon Jan _2 15:04:05 2006"

// stamps are the dates that programs write: some name the zone, before the year or behind
// it, some leave the seconds out.
var stamps = []string{ctime, "Mon Jan _2 15:04:05 2006 -0700", "Mon Jan _2 15:04:05 -0700 2006",
	"Mon Jan _2 15:04:05 MST 2006", "Mon Jan _2 15:04 2006"}

// nullSender stands for the null reverse-path, which has no address.
const nullSender = "MAILER-DAEMON"

func (s separator) String() string {
	from := s.from
	if from == "" || strings.ContainsAny(from, " \t\r\n") {
		from = nullSender
	}
	return "From " + from + " " + s.at.UTC().Format(ctime)
}

// parseSeparator reads a line without its ending; false where it divides nothing.
func parseSeparator(line []byte) (separator, bool) {
	rest, ok := bytes.CutPrefix(line, []byte("From "))
	if !ok {
		return separator{}, false
	}
	from, date, _ := strings.Cut(strings.TrimLeft(string(rest), " "), " ")
	date = strings.TrimSpace(date)
	for _, layout := range stamps {
		at, err := time.Parse(layout, date)
		if err != nil {
			continue
		}
		if from == nullSender {
			from = ""
		}
		return separator{from, at}, true
	}
	return separator{}, false
}

// quoted says that a line, without its ending, is "From " behind any number of >.
func quoted(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From "))
}
