package sandbox

import (
	"context"
	"database/sql"
	"fmt"
)

// unusedPages may be free in any database, and reclaimPages are given back at a time.
const (
	unusedPages  = 16 << 10
	reclaimPages = 256
)

// reclaim gives free pages back, a megabyte at a time, where a good part of the file is
// free: a class that empties its mailboxes and fills them again needs them.
func reclaim(ctx context.Context, c *sql.Conn) (more bool, err error) {
	var pages, free int64
	if err := c.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return false, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return false, err
	}
	if free < unusedPages || free < pages/2 {
		return false, nil
	}
	// Each row of the answer is a page.
	rows, err := c.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", reclaimPages))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return true, rows.Err()
}
