package imap

import "strings"

// capabilities are the argument of CAPABILITY.
func (c Code) capabilities() Capabilities { return Capabilities(strings.Fields(c.Arg)) }
