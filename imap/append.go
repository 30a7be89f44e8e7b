package imap

import "mailtool/internal/wire"

func messageComes(c line, text []byte, l wire.Literal, utf8 bool) bool { return false }
func (s *session) mayAppend() bool                                      { return false }
func (s *session) appendMessages(tag string, text []byte, l wire.Literal) {}
