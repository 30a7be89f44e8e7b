// Package mime measures how fast messages are opened: the scan of the structure alone, and
// with all that is in them decoded, beside enmime alone. What the scan needs of memory must
// not hang on the message's size; a test says so.
//
//	go test ./bench/mime -bench . -cpu 1
package mime
