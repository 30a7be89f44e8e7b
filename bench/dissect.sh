#!/usr/bin/env bash
# What dissecting costs: CPU for a message of 1 KB, 50 KB and 1 MB, on one core, so that
# the garbage collector's share is in the figure. The smallest of several counts: what
# disturbs only adds.
set -euo pipefail
cd "$(dirname "$0")/.."
go test ./smtp -run '^$' -bench 'Dissect' -benchtime 1s -count "${1:-7}" -cpu 1 |
	awk '/^Benchmark/ { if (!($1 in best) || $3 < best[$1]) best[$1] = $3; if (!seen[$1]++) order[++n] = $1 }
		END { for (i = 1; i <= n; i++) printf "%-28s %9.1f us\n", order[i], best[order[i]] / 1000 }'
