#!/bin/bash
# benchmarks/soak.sh   Does anything grow? mta load -> mta -> mta sink at a steady rate for MINUTES=10, RATE=1500 messages a second of 4 KiB to
# a thousand domains on twenty hosts, one of which puts off every first attempt; 250 after the fdatasync. Every half minute: what is queued,
# memory (PSS), the garbage collector's heap, spool and journal on disk, open files, threads. Then what was lost or doubled. Needs curl and jq.
# Run `dotnet build -c Release` first.
set -euo pipefail
cd "$(dirname "$0")/.."
MINUTES=${MINUTES:-10} RATE=${RATE:-1500} mta=${MTA:-src/Mta.Server/bin/Release/net10.0/mta}
for tool in curl jq; do command -v $tool > /dev/null || { echo "soak.sh: $tool is missing (Debian packages curl, jq)" >&2; exit 2; }; done
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
smtp=$(free_port) sink=$(free_port) dns=$(free_port) folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-soak-XXXXXX") pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
printf 'description = "puts off every first attempt"\ngreylist { delay = 1s }\n' > "$folder/later.conf"
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data", log.level = warning
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  dns { servers = ["127.0.0.1:$dns"], address-families = ipv4 }
  delivery { port = $sink }
  queue { retry = "5s*" }
}
CONF
$mta sink --listen "127.0.1.1-127.0.1.20:$sink" --domains 1000 --dns "$dns" --profile plain=19 --profile "$folder/later.conf" --check --json > "$folder/sink.json" 2> /dev/null & sinkpid=$!; pids+=($sinkpid)
$mta serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & node=$!; pids+=($node)
api() { curl -sf --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token")" "http://mta/$1"; }
for _ in $(seq 300); do api api/v1/status > /dev/null 2>&1 && break; sleep 0.1; done
row() {
  local status; status=$(api api/v1/status)
  printf '%7s %9s %8s %9s %9s %9s %9s %7s %8s\n' "$1" "$(jq .queue.recipients <<< "$status")" "$(awk '/^Pss:/ { printf "%.0f", $2 / 1024 }' "/proc/$node/smaps_rollup")" \
    "$(api metrics | awk '/^dotnet_gc_last_collection_heap_size_bytes/ { s += $2 } END { printf "%.0f", s / 1048576 }')" "$(du -sm "$folder/data/spool" | cut -f1)" "$(du -sm "$folder/data/queue" | cut -f1)" \
    "$(awk -v hz="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / hz }' "/proc/$node/stat")" "$(find "/proc/$node/fd" -mindepth 1 2> /dev/null | wc -l)" "$(awk '/^Threads/ { print $2 }' "/proc/$node/status")"
}
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $RATE messages of 4 KiB a second for $MINUTES minutes, a twentieth put off once, 250 after fdatasync"
printf '%7s %9s %8s %9s %9s %9s %9s %7s %8s\n' seconds queued 'PSS MiB' 'heap MiB' 'spool MiB' 'queue MiB' 'CPU s' files threads
$mta load "127.0.0.1:$smtp" --rate "$RATE" --duration "${MINUTES}m" --sessions 50 --domains 1000 --json > "$folder/load.json" 2> /dev/null < /dev/null & load=$!; pids+=($load)
began=$(date +%s)
while kill -0 "$load" 2> /dev/null; do sleep 30; row $(($(date +%s) - began)); done
wait "$load"
until [ "$(api api/v1/status | jq .queue.recipients)" = 0 ]; do sleep 0.5; done
sleep 20; row $(($(date +%s) - began))
api api/v1/status | jq -r '.queue | "ledger: accepted \(.ledger.accepted // .accepted), delivered \(.ledger.delivered // .delivered), queued \(.recipients)"'
kill "$sinkpid"; wait "$sinkpid" || true
jq -r '"accepted \(.counts.accepted), p99 of a message \([.stages[] | select(.stage == "message")][0].p99) ms"' "$folder/load.json"
jq -r '"lost \(.check.lost), doubled \(.check.doubled)"' "$folder/sink.json"
