package main

import (
	"context"

	"github.com/spf13/pflag"

	"mailtool/smtp"
)

// The words of --tls.
const (
	tlsAuto     = "auto"     // implicit for smtps:, none on loopback, STARTTLS elsewhere
	tlsStart    = "starttls" // STARTTLS, or nothing
	tlsImplicit = "implicit" // TLS from the first octet
	tlsNone     = "none"
)

var tlsModes = []string{tlsAuto, tlsStart, tlsImplicit, tlsNone}

// secureFlags are how a session is protected, and whom the client believes.
type secureFlags struct {
	mode     string // --tls
	ca       string // --ca: a file with authorities
	insecure bool   // --insecure: go on with whoever it is
}

func (f *secureFlags) flags(fs *pflag.FlagSet) {
	fs.StringVar(&f.mode, "tls", tlsAuto, "")
	fs.StringVar(&f.ca, "ca", "", "")
	fs.BoolVarP(&f.insecure, "insecure", "k", false, "")
}

// secure puts TLS below the session where that is wanted, and says EHLO again.
func (k *call) secure(ctx context.Context, l *live, c *smtp.Client, conn *line) error {
	return nil
}
