package sandbox

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// LockFile is the file in a sandbox's folder that says who uses it.
const LockFile = "lock"

// A LockedError says that another program uses the folder.
type LockedError struct {
	Dir     string
	Process int // 0 where it is not known
}

func (e *LockedError) Error() string {
	if e.Process == 0 {
		return fmt.Sprintf("sandbox: %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("sandbox: %s is in use by process %d", e.Dir, e.Process)
}

// A folderLock keeps other programs out of a folder. The system takes it back when the
// process ends, however it ends: a lock file that was left behind locks nothing.
type folderLock struct{ file *os.File }

// lockFolder locks a folder and writes into the lock file by whom. The error is a
// *LockedError where another program has it.
func lockFolder(dir string) (*folderLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	free, err := tryLock(f)
	if err == nil && !free {
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		err = &LockedError{dir, pid}
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &folderLock{f}, nil
}

// unlock gives the folder back. The file stays: removing it would let two programs lock
// two files of the same name.
func (l *folderLock) unlock() error {
	l.file.Truncate(0) // what stands there would be wrong, and harms nobody
	return l.file.Close()
}
