// Package interop holds tests against programs that others wrote: clients of theirs send
// mail to our server, and our client hands mail to a server of theirs. A test is skipped
// where its program is not installed; with MAILTOOL_CI=1 in the environment it fails.
//
// Everything stays on the loopback interface and in directories of the test's own.
package interop
