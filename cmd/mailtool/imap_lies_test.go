package main

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// liar is a server of IMAP that answers right, but for a word: there it says something else, in
// which TAG stands for the tag, and what ends in HANG UP is its last.
func liar(t *testing.T, lies map[string]string) *stranger {
	t.Helper()
	says := map[string]string{
		"greeting":   "* OK [CAPABILITY IMAP4rev1] hi",
		"CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK so it is",
		"EXAMINE":    "* FLAGS ()\r\n* 2 EXISTS\r\n* 0 RECENT\r\nTAG OK open",
		"LOGOUT":     "* BYE bye\r\nTAG OK bye\r\nHANG UP",
	}
	for word, lie := range lies {
		says[word] = lie
	}
	return newStranger(t, func(_ *stranger, nc net.Conn) {
		in := bufio.NewReader(nc)
		say := func(text, tag string) bool {
			text, last := strings.CutSuffix(strings.ReplaceAll(text, "TAG", tag), "HANG UP")
			if !last {
				text += "\r\n"
			}
			_, err := io.WriteString(nc, text)
			return err == nil && !last
		}
		for on := say(says["greeting"], ""); on; {
			line, err := in.ReadString('\n')
			words := strings.Fields(line)
			if err != nil || len(words) < 2 {
				return
			}
			answer, told := says[words[1]]
			if !told {
				answer = "TAG OK done"
			}
			on = say(answer, words[0])
		}
	})
}

// TestIMAPLies: a server that lies. The error says what it did, with the password in it hidden, and
// none of what nobody asked for is written.
func TestIMAPLies(t *testing.T) {
	const password = "Geheim77x"
	for _, c := range []struct {
		why    string
		args   string
		lies   map[string]string
		status int
		out    string
		errs   string
	}{
		{"a literal of 4 GiB", "folders", map[string]string{"LIST": `* LIST () "/" {4294967296}` + "\r\nxx"},
			exitProtocol, "", `error: the answer to LIST is no IMAP: "* LIST () "/" {4294967296}" (`},
		{"a literal of 4 GiB behind a password", "folders",
			map[string]string{"LIST": `* LIST (` + password + `) "/" {4294967296}` + "\r\nxx"},
			exitProtocol, "", `error: the answer to LIST is no IMAP: "* LIST (********) "/" {4294967296}" (`},
		{"closed in a literal", "fetch 1", map[string]string{"FETCH": "* 1 FETCH (BODY[] {40}\r\nxxHANG UP"},
			exitNoConnection, "xx", "error: FETCH 1: the server closed the connection in the middle of its answer"},
		{"a count that is too small", "fetch 1",
			map[string]string{"FETCH": "* 1 FETCH (BODY[] {3}\r\nabcdef)\r\nTAG OK done"},
			exitProtocol, "abc", "error: the server said OK to FETCH 1, but nothing else"},
		{"another message", "fetch 1", map[string]string{"FETCH": "* 2 FETCH (BODY[] {3}\r\nabc)\r\nTAG OK done"},
			exitProtocol, "", "error: the server said OK to FETCH 1, but nothing else"},
		{"another section", "fetch 1", map[string]string{"FETCH": "* 1 FETCH (BODY[TEXT] {3}\r\nabc)\r\nTAG OK done"},
			exitProtocol, "", "error: the server said OK to FETCH 1, but nothing else"},
		{"a result too early", "idle", map[string]string{"IDLE": "TAG OK done"},
			exitProtocol, "*", `no IMAP: "a004 OK done" (`},
		{"a question that nobody may ask", "raw NOOP", map[string]string{"NOOP": "+ go on"},
			exitProtocol, "*", `no IMAP: "+ go on" (`},
		{"such a question, and a word is left", `raw NOOP CHECK`, map[string]string{"NOOP": "+ go on"},
			exitProtocol, "*", `no IMAP: "+ go on" (`},
		{"a question that may be asked", "raw XASK", map[string]string{"XASK": "+ go on"},
			exitUsage, "*", "error: the server asked XASK for more, and no word is left to answer with"},
		{"logged in already", "folders --tls starttls",
			map[string]string{"greeting": "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi"},
			exitNoConnection, "", "error: the server says that it knows already who is there (PREAUTH); TLS cannot"},
		{"words before TLS", "folders --tls starttls",
			map[string]string{"greeting": "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "STARTTLS": "TAG OK go\r\n* 1 EXISTS"},
			exitNoConnection, "", "is not to be trusted: behind the OK something came in clear"},
	} {
		s := liar(t, c.lies)
		args := append([]string{"imap"}, strings.Fields(c.args)...)
		status, out, errs := try(t, t.Context(), "", append(args, "-s", s.addr, "-u", "carol", "-p", password)...)
		said := errs[strings.LastIndex("\n"+errs, "\nerror:"):]
		if status != c.status || out != c.out && c.out != "*" || !strings.Contains(said, c.errs) {
			t.Errorf("%s: status %d, stdout %q, %s", c.why, status, out, said)
		}
		if strings.Contains(out+errs, password) {
			t.Errorf("%s: the password is shown:\n%s%s", c.why, out, errs)
		}
	}
}

// TestLoginDisabled: a password goes to no server that says LOGINDISABLED, whether it says so in its
// greeting or has to be asked (RFC 3501 §6.2.3). One that knows no CAPABILITY says nothing of it.
func TestLoginDisabled(t *testing.T) {
	const asked = "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK so it is"
	for _, c := range []struct {
		why, greeting, capability string
		status                    int
		login                     bool // LOGIN is said,
		ask                       bool // and CAPABILITY before it
	}{
		{"it has to be asked", "* OK hi", asked, exitAuth, false, true},
		{"in the greeting", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi", asked, exitAuth, false, false},
		{"not disabled", "* OK hi", "* CAPABILITY IMAP4rev1\r\nTAG OK so it is", 0, true, true},
		{"not in the greeting", "* OK [CAPABILITY IMAP4rev1] hi", "", 0, true, false},
		{"CAPABILITY is not known", "* OK hi", "TAG BAD what?", 0, true, true},
		{"logged in already", "* PREAUTH hi", asked, 0, false, false},
	} {
		s := liar(t, map[string]string{"greeting": c.greeting, "CAPABILITY": c.capability})
		status, out, errs := try(t, t.Context(), "", "imap", "raw", "NOOP", "-s", s.addr, "-u", "carol", "-p", "geheim77")
		login, ask := strings.Contains(out, "LOGIN carol"), strings.Contains(out, "a001 CAPABILITY")
		if status != c.status || login != c.login || ask != c.ask {
			t.Errorf("%s: status %d, LOGIN %v, CAPABILITY %v\n%s%s", c.why, status, login, ask, out, errs)
		}
	}
}

// TestIMAPEndless: of a line of megabytes, the beginning is shown in the trace and quoted in the
// error, whatever it is. One of more than 16 MiB ends the session.
func TestIMAPEndless(t *testing.T) {
	const most = 8 << 10 // octets on both outputs
	for name, lie := range map[string]string{"data": "* ", "a refusal": "TAG NO ", "no data": "* LIST ",
		"a farewell": "* BYE ", "no IMAP": ""} {
		for _, octets := range []int{1_000_000, 17 << 20} {
			s := liar(t, map[string]string{"LIST": lie + strings.Repeat("x", octets) + "\r\nHANG UP"})
			status, out, errs := try(t, t.Context(), "", "imap", "folders", "-s", s.addr, "-u", "carol",
				"-p", "Geheim77x")
			if n := len(out) + len(errs); status == 0 || n > most || !strings.Contains(errs, "xxx") {
				t.Errorf("%s of %d octets: status %d, %d octets on the screen:\n%.3000s", name, octets, status,
					n, errs)
			}
		}
	}
}

// TestUnsaidWord: of a command that LOGOUT left unsaid the verb is told alone: it may hold a password.
func TestUnsaidWord(t *testing.T) {
	s := liar(t, nil)
	status, out, errs := try(t, t.Context(), "", "imap", "raw", "LOGOUT", "LOGIN carol geheim77", "-s", s.addr)
	if status != exitUsage || !strings.Contains(errs, `"LOGIN" was not said`) || strings.Contains(out+errs, "geheim77") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}
