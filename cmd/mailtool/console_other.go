//go:build !windows

package main

import "os"

// obeysEscapes says that the terminal behind f obeys escape sequences. Elsewhere than on
// Windows it does, unless TERM says something else.
func obeysEscapes(*os.File) bool { return true }
