#!/usr/bin/env bash
# The time that a person waits: mailtool smtp send of one small mail beside curl's, to the
# same server on loopback, and mailtool --help. Wants hyperfine and curl.
set -euo pipefail
cd "$(dirname "$0")/.."
out=bench/out
mkdir -p "$out"
command -v hyperfine >/dev/null || { echo "hyperfine is not installed" >&2; exit 1; }

CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out/mailtool" ./cmd/mailtool
dir=$(mktemp -d)
"$out/mailtool" serve --dir "$dir" --smtp 127.0.0.1:0 --print none >"$out/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 100); do
	[ -s "$dir/ports" ] && break
	sleep 0.05
done
addr=$(awk '$1 == "smtp" {print $2}' "$dir/ports")
printf 'Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\nTo: bob@lab.test\r\nSubject: Hello\r\nMessage-ID: <1@lab.test>\r\n\r\nDo you like ketchup?\r\n' >"$dir/letter.eml"

hyperfine --shell=none --warmup 20 --runs 200 --export-json "$out/client.json" \
	"$out/mailtool smtp send --server $addr --from alice@lab.test --to bob@lab.test $dir/letter.eml" \
	"curl -sS --url smtp://$addr/client.test --mail-from alice@lab.test --mail-rcpt bob@lab.test --upload-file $dir/letter.eml" \
	"$out/mailtool --help"
python3 - "$out/client.json" <<'P'
import json, sys
send, curl, usage = (r["median"] * 1000 for r in json.load(open(sys.argv[1]))["results"])
print(f"medians: smtp send {send:.1f} ms, curl {curl:.1f} ms, ratio {send / curl:.2f}; --help {usage:.1f} ms")
P
