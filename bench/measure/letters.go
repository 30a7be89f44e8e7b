package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// WriteMaildir makes a Maildir of n messages of nearly size octets each, as they go over the
// wire. All servers read it.
func WriteMaildir(dir string, n, size int) error {
	for _, part := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o777); err != nil {
			return err
		}
	}
	if err := openAll(dir); err != nil {
		return err
	}
	for i := range n {
		name := fmt.Sprintf("%d.%d.lab.test:2,", 1764150000+i, i)
		text := []byte(letter(i+1, size))
		if err := os.WriteFile(filepath.Join(dir, "cur", name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// openAll lets anybody write below a folder: Dovecot imports as the user whose mail it is.
func openAll(dir string) error {
	return filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.IsDir() {
			return err
		}
		return os.Chmod(path, 0o777)
	})
}

// letter is message n, its lines ended by LF as in files. One line in twenty begins with a
// dot.
func letter(n, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Return-Path: <alice@lab.test>\nReceived: from lab.test ([127.0.0.1]) by lab.test"+
		" with ESMTP id %d;\n\tMon, 23 Nov 2026 10:15:02 +0800\nDate: Mon, 23 Nov 2026 10:15:02 +0800\n"+
		"From: Alice <alice@lab.test>\nTo: Bob <bob@lab.test>\nSubject: letter %d\n"+
		"Message-ID: <%d@lab.test>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n",
		n, n, n)
	for i := 1; b.Len()+strings.Count(b.String(), "\n") < size-65; i++ {
		if i%20 == 0 {
			b.WriteString(".. and this line, which begins with two dots, has one more then.\n")
			continue
		}
		b.WriteString("Do you like ketchup? I have a bottle of it left, and no chips.\n")
	}
	return b.String()
}
