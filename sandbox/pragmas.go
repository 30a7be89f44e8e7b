package sandbox

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// writerPragmas are in the order in which they must come: what makes all later ones wait
// for others instead of failing, what holds only before the first table, the rest.
func writerPragmas(synchronous string) []string {
	overflow := overflowPages
	if synchronous == "OFF" {
		overflow = 1000
	}
	return []string{
		"busy_timeout(5000)",
		"synchronous(" + synchronous + ")",
		"page_size(4096)", // a small message touches six pages: larger ones cost more
		"auto_vacuum(INCREMENTAL)",
		"journal_mode(WAL)",
		fmt.Sprintf("wal_autocheckpoint(%d)", overflow), // see checkpointer
		"journal_size_limit(16777216)",                  // octets that the log keeps when it was long
		"cache_size(-4096)",                             // KiB
		"temp_store(MEMORY)",
		"mmap_size(0)",
	}
}

// synchronous is what the database asks of the disk before a commit returns: with FULL, that
// it is on it.
func (o *MailboxOptions) synchronous() string {
	switch {
	case o.Throwaway:
		return "OFF"
	case o.Careless:
		return "NORMAL"
	}
	return "FULL"
}

// checkpointPragmas are those of the checkpointer: what it moves must be on the disk before
// the log begins anew.
var checkpointPragmas = []string{
	"busy_timeout(5000)", "synchronous(FULL)", "wal_autocheckpoint(0)", "cache_size(-64)",
}

// readerPragmas are those of who reads. There is a cache for each connection.
var readerPragmas = []string{
	"busy_timeout(5000)", "query_only(1)", "cache_size(-1024)", "temp_store(MEMORY)",
	"mmap_size(0)",
}

// dsn names a database file for the driver. It is a URI, so that any character may be in
// the path. The pragmas are one value: several ones the driver would sort by the alphabet,
// and page_size does nothing after auto_vacuum.
func dsn(file string, pragmas []string, lock string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	file = filepath.ToSlash(file)
	if !strings.HasPrefix(file, "/") {
		file = "/" + file // a drive of Windows
	}
	u := url.URL{Scheme: "file", Path: file}
	q := url.Values{"_pragma": {strings.Join(pragmas, ";PRAGMA ")}, "_txlock": {lock}}
	u.RawQuery = q.Encode()
	return u.String()
}
