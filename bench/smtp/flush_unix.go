//go:build unix

package main

import "syscall"

// flushDisk has the system write what it holds back.
func flushDisk() { syscall.Sync() }
