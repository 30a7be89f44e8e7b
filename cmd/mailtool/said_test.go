package main

import (
	"strings"
	"testing"

	"mailtool/sandbox"
)

// TestPasswordTypedElsewhere: a password in a place where none belongs is not said again.
func TestPasswordTypedElsewhere(t *testing.T) {
	homeless(t)
	const password = "open-sesame"
	for _, line := range []string{
		"smtp send -s smtp://alice:" + password + "@mail.example",
		"smtp probe -s alice:" + password + "@mail.example:587",
		"smtp noop -s ftp://alice:" + password + "@mail.example",
		"smtp shell -s smtps://" + password + "@mail.example",
		"join smtp://alice:" + password + "@192.0.2.1",
		"join alice:" + password + "@192.0.2.1 alice",
		"join 192.0.2.1 alice " + password,
		"user add carol " + password,
		"user passwd alice " + password,
	} {
		for _, lang := range []string{"en", "zh"} {
			status, out, errs := try(t, t.Context(), "", append(strings.Fields(line), "--lang", lang)...)
			if status != exitUsage || !strings.HasPrefix(errs, "error: ") || !strings.Contains(errs, "hint:") {
				t.Errorf("%s: status %d\n%s%s", line, status, out, errs)
			}
			noSecret(t, out+errs, password)
		}
	}
}

// TestPasswordInTheEnvironment: nor where MAILTOOL_SERVER holds one.
func TestPasswordInTheEnvironment(t *testing.T) {
	homeless(t)
	const password = "open-sesame"
	t.Setenv("MAILTOOL_SERVER", "smtp://alice:"+password+"@mail.example")
	status, out, errs := try(t, t.Context(), "", "smtp", "probe")
	if status != exitUsage {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	noSecret(t, out+errs, password)
	c := newClass(t, sandbox.Options{})
	status, out, errs = c.join("alice", "-p", "sesame", "--fingerprint", c.fingerprint)
	if status != 0 || !strings.Contains(out, "commands go to mail.example until") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	noSecret(t, out+errs, password)
}
