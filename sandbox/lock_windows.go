package sandbox

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedAt is the octet that is locked. It lies far behind the text: on Windows nobody
// else could read that where it is locked.
const lockedAt = 1 << 30

// tryLock locks a file, or says that another has it locked.
func tryLock(f *os.File) (free bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&windows.Overlapped{Offset: lockedAt})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
