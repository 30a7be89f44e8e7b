#!/usr/bin/env bash
# What recording costs a server: messages of 1 KB a second that mailtool serve takes from
# Postfix's smtp-source, 20 sessions at a time, with and without recording in turns, and the
# server's own processor time for each. Wants smtp-source (Debian: postfix) and python3.
#
#	bench/record.sh [ROUNDS [MESSAGES [all|one]]]      one: a session for each message
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-7} messages=${2:-20000} each=${3:-all}
PATH=$PATH:/usr/sbin:/usr/libexec/postfix
command -v smtp-source >/dev/null || { echo "smtp-source is not installed" >&2; exit 1; }
session=(-d) # all messages of a sender in one session
[ "$each" = all ] || session=()

out=bench/out
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out/mailtool" ./cmd/mailtool
server='' dir=''
stop() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
	[ -z "$dir" ] || rm -rf "$dir"
	server='' dir=''
}
trap stop EXIT

# ticks of the processor that the server has used: in user mode, in the kernel
ticks() { sed 's/.*) //' "/proc/$server/stat" | cut -d' ' -f12,13; }

load() {
	smtp-source "${session[@]}" -s 20 -m "$1" -l 1024 -f alice@lab.test -t bob@lab.test "$addr"
}

# measure on|off: a server of its own, which has met a fifth of the load before
measure() {
	dir=$(mktemp -d)
	"$out/mailtool" serve --dir "$dir" --smtp 127.0.0.1:0 --print none --record "$1" \
		>"$dir/log" 2>&1 &
	server=$!
	for _ in $(seq 100); do
		[ ! -s "$dir/ports" ] || break
		sleep 0.05
	done
	addr=$(awk '$1 == "smtp" {print $2}' "$dir/ports")
	load $((messages / 5))
	local before began ended
	before=$(ticks) began=$(date +%s%N)
	load "$messages"
	ended=$(date +%s%N)
	echo "$1 $messages $((ended - began)) $before $(ticks)"
	stop
}

for i in $(seq "$rounds"); do # who comes first changes
	if ((i % 2)); then
		measure off && measure on
	else
		measure on && measure off
	fi
done | python3 <(cat <<'P'
import os, statistics, sys
tick = 1e6 / os.sysconf("SC_CLK_TCK")
runs = {"off": [], "on": []}
median = lambda of, x: statistics.median(r[x] for r in runs[of])
for line in sys.stdin:
    of, n, ns, u0, s0, u1, s1 = [line.split()[0]] + [int(w) for w in line.split()[1:]]
    runs[of].append((n / ns * 1e9, (u1 - u0) * tick / n, (s1 - s0) * tick / n))
    if len(runs["off"]) == len(runs["on"]):
        a, b = runs["off"][-1], runs["on"][-1]
        print(f"round {len(runs['on'])}: {a[0]:6.0f}/s without recording, {b[0]:6.0f}/s with it: "
              f"{b[0] / a[0]:.3f}; processor {sum(a[1:]):.1f} and {sum(b[1:]):.1f} us", flush=True)
ratio = statistics.median(b[0] / a[0] for a, b in zip(runs["off"], runs["on"]))
more = statistics.median(sum(b[1:]) - sum(a[1:]) for a, b in zip(runs["off"], runs["on"]))
print(f"medians: {median('off', 0):.0f}/s without, {median('on', 0):.0f}/s with; "
      f"median of the ratios {ratio:.3f}")
for of in runs:
    print(f"the server's processor time a message, recording {of}: "
          f"{median(of, 1):.1f} us in user mode, {median(of, 2):.1f} us in the kernel")
print(f"recording adds {more:.1f} us")
P
)
