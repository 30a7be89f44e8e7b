package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/sandbox"
)

// TestServeLeaksNothing: what serve prints and saves, and what it answers when other commands
// ask, holds no password of those who log in, whatever they do with it.
func TestServeLeaksNothing(t *testing.T) {
	for i, password := range leakPasswords[:2] {
		dir, traces := t.TempDir(), filepath.Join(t.TempDir(), "traces")
		const user = "carol"
		if status, _, errs := try(t, t.Context(), "", "user", "add", user, "--password", password,
			"--dir", dir); status != 0 {
			t.Fatal(errs)
		}
		addr, end := leakServe(t, dir, "--save", traces, "--print", "full",
			"--lang", []string{"en", "zh"}[i%2])
		for _, mechanism := range sasl.Mechanisms(false) {
			for _, right := range []bool{false, true} {
				leakTypist(t, addr, mechanism, user, password, right)
			}
		}
		said := leakAnswers(t, dir, 2*len(sasl.Mechanisms(false)))
		said["serve"] = end()
		files, _ := filepath.Glob(filepath.Join(traces, "*"))
		for _, name := range files {
			octets, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			said[filepath.Base(name)] = string(octets)
		}
		for sink, text := range said {
			if form := leakIn(text, password); form != "" {
				t.Errorf("%s shows %q:\n%s", sink, form, text)
			}
			short := sink == "trace list" || strings.HasPrefix(sink, "why ")
			if !strings.Contains(text, "AUTH") && !short {
				t.Errorf("%s holds no log-in:\n%s", sink, text)
			}
		}
		if len(files) < 2*len(sasl.Mechanisms(false)) {
			t.Errorf("only %d sessions were saved", len(files))
		}
	}
}

// leakServe runs serve with submission until end is called, which returns what it printed.
func leakServe(t *testing.T, dir string, args ...string) (addr string, end func() string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var out, errs shared
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--smtp", "127.0.0.1:0", "--submission", "127.0.0.1:0",
			"--submissions", "off", "--dir", dir}, args...), testSystem(), strings.NewReader(""), &out, &errs)
	}()
	for range 1000 {
		if p, err := sandbox.ReadPorts(dir); err == nil && p.Submission != "" {
			return p.Submission, func() string {
				stop()
				if status := <-done; status != 0 {
					t.Errorf("serve ended with %d", status)
				}
				return out.String() + errs.String()
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	t.Fatalf("serve does not begin: %s", errs.String())
	return "", nil
}

// leakAnswers is what a running serve tells other commands of its first n sessions.
func leakAnswers(t *testing.T, dir string, n int) map[string]string {
	said := map[string]string{}
	ask := func(args ...string) {
		_, out, errs := try(t, t.Context(), "", append(args, "--dir", dir)...)
		said[strings.Join(args, " ")] = out + errs
	}
	ask("trace", "list")
	for i := range n {
		number := strconv.Itoa(i + 1)
		ask("trace", "show", number, "-e")
		ask("trace", "show", number, "--json")
		ask("trace", "svg", number)
		ask("why", number)
	}
	return said
}

// leakTypist logs in, octet by octet, as the user or as nobody, and then does with the password
// what people do: types it again, as commands.
func leakTypist(t *testing.T, addr, mechanism, user, password string, right bool) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewScanner(nc)
	hear := func() (code, text string) {
		for in.Scan() {
			if line := in.Text(); len(line) < 4 || line[3] != '-' {
				return line[:min(3, len(line))], line[min(4, len(line)):]
			}
		}
		t.Fatalf("%s: the server is gone: %v", mechanism, in.Err())
		return "", ""
	}
	say := func(line string) (code, text string) {
		for _, c := range []byte(line + "\r\n") {
			if _, err := nc.Write([]byte{c}); err != nil {
				t.Fatal(err)
			}
		}
		return hear()
	}
	if !right {
		user += "-nobody"
	}
	client, err := sasl.NewClient(mechanism, sasl.Credentials{Name: user, Password: password}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hear()
	say("EHLO a.test")
	line := "AUTH " + mechanism
	if response, err := client.Start(); err == nil && response != nil {
		line += " " + sasl.EncodeInitial(response)
	}
	code, text := say(line)
	for code == "334" {
		challenge, _ := sasl.Decode([]byte(text))
		response, err := client.Next(challenge)
		if err != nil {
			t.Fatalf("%s: %v", mechanism, err)
		}
		code, text = say(sasl.Encode(response))
	}
	if (code == "235") != right {
		t.Fatalf("%s: %s %s", mechanism, code, text)
	}
	if mechanism == sasl.Plain || mechanism == sasl.Login {
		say(password)
		say(sasl.Encode([]byte(password)))
		say("AUTH " + password)
		say("VRFY " + password)
		say("MAIL FROM:<" + strings.ReplaceAll(password, " ", "") + "@lab.test>")
	}
	say("QUIT")
}

// TestClientLeaksNothing: nor does what our clients print and save, when the server quotes in
// each of its replies what it was told.
func TestClientLeaksNothing(t *testing.T) {
	for _, mechanism := range []string{sasl.Plain, sasl.Login, sasl.XOAuth2, sasl.OAuthBearer} {
		password := leakPasswords[0]
		if mechanism == sasl.XOAuth2 || mechanism == sasl.OAuthBearer {
			password = "ya29.tick_tock-42"
		}
		questions := []string{"Username:", "Password:"}
		m := imitate(t, "AUTH "+mechanism, func(line string) string {
			asks := len(questions) > 0 && mechanism == sasl.Login
			if asks && (len(questions) < 2 || strings.HasPrefix(line, "AUTH")) {
				question := questions[0]
				questions = questions[1:]
				return "334 " + sasl.Encode([]byte(question))
			}
			questions = []string{"Username:", "Password:"}
			half := len(password) / 2
			return "535-5.7.8 not " + line + "\r\n535-5.7.8 " + password + "\r\n535-5.7.8 " +
				sasl.Encode([]byte(password)) + "\r\n535-5.7.8 " + password[:half] +
				"\r\n535-5.7.8 " + password[half:] + "\r\n535 5.7.8 or \"" + password + "\""
		})
		for suffix := range savers {
			for _, how := range []string{"-e", "--step", "-q"} {
				file := filepath.Join(t.TempDir(), "saved"+suffix)
				args := []string{"smtp", "send", "-s", m.addr, "-u", "carol", "-p", password,
					"--auth", mechanism, "--save", file, how}
				status, out, errs := try(t, t.Context(), "", args...)
				saved, err := os.ReadFile(file)
				if status != exitAuth || err != nil {
					t.Fatalf("%v: status %d, %v\n%s%s", args, status, err, out, errs)
				}
				for sink, text := range map[string]string{"stdout": out, "stderr": errs, suffix: string(saved)} {
					if form := leakIn(text, password, password[len(password)/2:]); form != "" {
						t.Errorf("%s %s: %s shows %q:\n%s", mechanism, how, sink, form, text)
					}
				}
				_, out, errs = try(t, t.Context(), "", append(args, "--show-secrets")...)
				if saved, _ := os.ReadFile(file); leakIn(out, password) == "" && how != "-q" ||
					leakIn(string(saved), password) == "" {
					t.Errorf("%s %s: --show-secrets shows none:\n%s%s", mechanism, how, out, errs)
				}
			}
		}
	}
}

// TestShellLeaksNothing: who types a log-in by hand, and then the password once more.
func TestShellLeaksNothing(t *testing.T) {
	password := leakPasswords[0]
	m := imitate(t, "AUTH PLAIN LOGIN", func(line string) string {
		switch {
		case line == "AUTH LOGIN":
			return "334 VXNlcm5hbWU6"
		case line == "Y2Fyb2w=":
			return "334 UGFzc3dvcmQ6"
		}
		return "500-what is " + line + "?\r\n500 " + sasl.Encode([]byte(line))
	})
	typed := strings.Join([]string{"EHLO a.test", "AUTH LOGIN", "Y2Fyb2w=",
		sasl.Encode([]byte(password)), password, "AUTH PLAIN " + sasl.Encode([]byte("\x00carol\x00"+password)),
		"PASS " + password, "QUIT", ""}, "\n")
	for suffix := range savers {
		file := filepath.Join(t.TempDir(), "saved"+suffix)
		_, out, errs := try(t, t.Context(), typed, "smtp", "shell", "-s", m.addr, "--save", file, "-e")
		saved, err := os.ReadFile(file)
		if err != nil || !strings.Contains(out, "PASS ********") {
			t.Fatalf("%v\n%s%s", err, out, errs)
		}
		if form := leakIn(out+errs+string(saved), password); form != "" {
			t.Errorf("%s: %q shows:\n%s%s\n%s", suffix, form, out, errs, saved)
		}
	}
}
