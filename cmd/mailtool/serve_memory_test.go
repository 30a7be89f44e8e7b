package main

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestLittleGarbage: serve keeps half as much garbage as what it uses, unless somebody says else.
func TestLittleGarbage(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "80")
	littleGarbage()
	if was := debug.SetGCPercent(100); was != 100 {
		t.Errorf("with GOGC it was changed to %d", was)
	}
	os.Unsetenv("GOGC")
	littleGarbage()
	if was := debug.SetGCPercent(100); was != 50 {
		t.Errorf("it is %d", was)
	}
}
