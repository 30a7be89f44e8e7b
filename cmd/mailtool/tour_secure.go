package main

import (
	"context"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// submission has the tour's server take mail from users who log in, in TLS. Its authority
// ends with it.
func (t *tour) submission(o *sandbox.Options) (err error) {
	if t.authority, err = pki.Temporary(pki.Lab(), t.Now()); err != nil {
		return err
	}
	o.Authority, o.Submission, o.Submissions, o.IMAPS = t.authority, "0", sandbox.Off, "0"
	return nil
}

// addr is where Alice's program hands in the letter.
func (t *tour) addr() string {
	if t.secure {
		return t.box.SubmissionAddr()
	}
	return t.box.Addr()
}

// logIn is what comes before the envelope where the server knows its users: TLS, EHLO once
// more, and who Alice is. She does it by PLAIN, in which everything is seen that is to be
// hidden.
func (t *tour) logIn(ctx context.Context, c *smtp.Client, conn *line, hello func() error) error {
	cfg, err := t.lock.config(t.program, conn)
	if err != nil {
		return err
	}
	if err := c.StartTLS(ctx, cfg); err != nil {
		return err
	}
	if err := hello(); err != nil {
		return err
	}
	x, err := sasl.NewClient(sasl.Plain,
		sasl.Credentials{Name: "alice", Password: sandbox.DefaultPassword}, nil)
	if err != nil {
		return err
	}
	_, err = c.Auth(x)
	return err
}
