package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeysEscapes has the console behind f obey escape sequences, those of colours and of the
// cursor, and says whether it does. Without being asked a console of Windows shows them as
// signs, and each stream has to ask: stdout may be a file while stderr is the console.
func obeysEscapes(f *os.File) bool {
	const obey = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return mode&obey == obey || windows.SetConsoleMode(console, mode|obey) == nil
}
