package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"

	"mailtool/imap"
	"mailtool/mime"
	"mailtool/pop3"
	"mailtool/smtp"
)

// The exit statuses of mailtool.
const (
	exitDone         = 0   // all was done
	exitRefused      = 1   // refused for good: 5yz, -ERR, NO
	exitUsage        = 2   // wrong usage
	exitLater        = 3   // refused for now: 4yz
	exitNoConnection = 4   // no connection, or it was lost before the result
	exitAuth         = 5   // authentication failed
	exitProtocol     = 6   // the other end broke the protocol, or says that we did: BAD
	exitLocal        = 7   // local trouble: a file, a port
	exitInterrupted  = 130 // Ctrl-C
)

// gravity is which of several statuses counts: the first that occurs.
var gravity = []int{exitInterrupted, exitUsage, exitLocal, exitProtocol, exitNoConnection,
	exitAuth, exitRefused, exitLater}

// gravest is the status of a run that had several results.
func gravest(statuses ...int) int {
	for _, s := range gravity {
		if slices.Contains(statuses, s) {
			return s
		}
	}
	return exitDone
}

// An exitStatus is an error of which everything has been said already.
type exitStatus int

func (s exitStatus) Error() string { return "done with an exit status" }

// statusOf is the exit status that an error stands for.
func statusOf(err error) int {
	var (
		said   exitStatus
		shown  *problem
		letter *mime.Error
		file   *os.PathError
		wire   net.Error
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &said):
		return int(said)
	case errors.As(err, &shown):
		return shown.status
	case replyIn(err) != nil:
		return replyStatus(replyIn(err))
	case isFarewell(err):
		return farewellStatus(err)
	case breachIn(err) != nil:
		return exitProtocol
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &file) && file.Path == "":
		return exitUsage
	case errors.As(err, &letter), errors.As(err, &file):
		return exitLocal
	case errors.As(err, &wire), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return exitNoConnection
	}
	return exitLocal
}

// replyStatus is the exit status that a reply stands for.
func replyStatus(r reply) int {
	switch {
	case r.Positive():
		return exitDone
	case r.Transient():
		return exitLater
	}
	switch said := r.(type) {
	case *smtp.Reply:
		if said.Intermediate() { // nobody asked to go on
			return exitProtocol
		}
		switch said.Code {
		case 530, 534, 535, 538: // RFC 4954 §6
			return exitAuth
		}
	case *pop3.Reply:
		switch {
		case said.Status == pop3.Challenge:
			return exitProtocol
		case said.Code == pop3.CodeAuth: // RFC 3206 §4
			return exitAuth
		}
	case *imap.Response:
		switch {
		case said.Status == imap.BAD:
			return exitProtocol
		case said.Code.Name == imap.CodeAuthenticationFailed: // RFC 5530 §3
			return exitAuth
		}
	}
	return exitRefused
}
