package interop

import (
	"testing"

	"mailtool/internal/sasl"
	"mailtool/sandbox"
)

// TestRubyReadsFolders: Ruby's Net::IMAP, which parses all that it is answered, does what
// imaplib cannot: it waits by IDLE while another session of its own changes the mailbox, it
// searches in other character sets, and it sorts and threads.
func TestRubyReadsFolders(t *testing.T) {
	ruby := need(t, "ruby")
	for _, profile := range []sandbox.Profile{sandbox.Textbook, sandbox.Normal, sandbox.Full} {
		s, at := folders(t, profile)
		mechanisms := []string{sasl.Plain, sasl.Login, sasl.CRAMMD5}
		if profile == sandbox.Textbook {
			mechanisms = []string{loginCommand}
		}
		began := 0
		for i, mechanism := range mechanisms {
			v := at(doors[i], mechanism)
			must(t, "", ruby, "testdata/folders.rb", v.port, v.door, v.ca, v.mechanism,
				sandbox.DefaultPassword)
			began = s.visited(t, began, v)
		}
	}
}
