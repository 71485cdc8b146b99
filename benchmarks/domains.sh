#!/bin/bash
# benchmarks/domains.sh   Does it matter where the mail goes? The same mail to one domain and to a thousand on fifty hosts, and the same
# where every first attempt is put off (and tried again after 2 s): mta load -> mta -> mta sink, all on loopback, in turns.
# MESSAGES=50000 SESSIONS=50 RUNS=2 as environment. Prints messages a second until the sink had all, and the node's CPU per message.
# 250 is always sent after the fdatasync. Needs curl and jq. Run `dotnet build -c Release` first.
set -euo pipefail
cd "$(dirname "$0")/.."
MESSAGES=${MESSAGES:-50000} SESSIONS=${SESSIONS:-50} RUNS=${RUNS:-2} mta=src/Mta.Server/bin/Release/net10.0/mta
for tool in curl jq; do command -v $tool > /dev/null || { echo "domains.sh: $tool is missing (Debian packages curl, jq)" >&2; exit 2; }; done
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
pids=() folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-domains-XXXXXX")
stop() { for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; pids=(); }
trap 'stop; rm -rf "$folder"' EXIT
printf 'description = "puts off every first attempt"\ngreylist { delay = 1s }\n' > "$folder/later.conf"
status() { curl -sf --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token")" http://mta/api/v1/status; }
run() { # NAME DOMAINS PROFILE
  local smtp sink dns node c0 t0
  smtp=$(free_port) sink=$(free_port) dns=$(free_port)
  cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data", log.level = warning
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  dns { servers = ["127.0.0.1:$dns"], address-families = ipv4 }
  delivery { port = $sink }
  queue { retry = "2s*" }
}
CONF
  $mta sink --listen "127.0.1.1-127.0.1.50:$sink" --domains 1000 --dns "$dns" --profile "$3" --check --json > "$folder/sink.json" 2> /dev/null & local sinkpid=$!; pids+=($sinkpid)
  $mta serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & node=$!; pids+=($node)
  for _ in $(seq 300); do status > /dev/null 2>&1 && break; sleep 0.1; done
  send() { $mta load "127.0.0.1:$smtp" --count "$1" --sessions "$SESSIONS" --domains "$2" --json > /dev/null 2>&1; until [ "$(status | jq .queue.recipients)" = 0 ]; do sleep 0.05; done; }
  send 10000 "$2" # warm-up
  c0=$(awk '{ print $14 + $15 }' "/proc/$node/stat") t0=$(date +%s%N)
  send "$MESSAGES" "$2"
  awk -v name="$1" -v n="$MESSAGES" -v t=$(($(date +%s%N) - t0)) -v c=$(($(awk '{ print $14 + $15 }' "/proc/$node/stat") - c0)) -v hz="$(getconf CLK_TCK)" \
    'BEGIN { printf "%-44s %8.0f /s %10.3f ms of CPU each", name, n / t * 1e9, c / hz / n * 1000 }'
  stop; printf '   lost %s, doubled %s\n' "$(jq .check.lost "$folder/sink.json")" "$(jq .check.doubled "$folder/sink.json")"
  rm -rf "$folder/data"
}
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $MESSAGES messages of 4 KiB, $SESSIONS sessions, 250 after fdatasync"
for _ in $(seq "$RUNS"); do
  run 'one domain' 1 plain
  run 'a thousand domains' 1000 plain
  run 'one domain, every first attempt put off' 1 "$folder/later.conf"
  run 'a thousand, every first attempt put off' 1000 "$folder/later.conf"
done
