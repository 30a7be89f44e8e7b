package sandbox

import (
	"context"
	"io"
	"strings"
	"testing"

	"mailtool/mailbox"
)

func TestOpenMailbox(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := OpenMailbox(ctx, dir, MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bob, err := s.AddUser(ctx, "bob")
	if err != nil {
		t.Fatal(err)
	}
	const text = "Subject: hello\r\n\r\nhello\r\n"
	d := s.Draft(ctx)
	if _, err := io.Copy(d, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Deliver(ctx, mailbox.Delivery{To: []mailbox.FolderID{bob.Inbox}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = OpenMailbox(ctx, dir, MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mails, err := s.List(ctx, bob.Inbox, 0, 0)
	if err != nil || len(mails) != 1 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	body, err := s.Body(ctx, mails[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body.Reader())
	if err != nil || string(got) != text {
		t.Errorf("body %q, %v", got, err)
	}
}
