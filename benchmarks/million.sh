#!/bin/bash
# benchmarks/million.sh [N]   A queue of N (1,000,000) deferred recipients in N/100 domains: memory, rates, answers, restart, disk.
# mta load -> mta -> mta sink, all on loopback; the sink defers everything until the restart. 1 KiB messages of one recipient each.
# 250 is always sent after the fdatasync. Run `dotnet build -c Release` first. Takes some 10 minutes for a million, and 3 KiB of disk a message.
set -euo pipefail
cd "$(dirname "$0")/.."
N=${1:-1000000} SIZE=${SIZE:-1KiB} SESSIONS=${SESSIONS:-20} DOMAINS=${DOMAINS:-$((N / 100 > 0 ? N / 100 : 1))} PROBE=$((N / 10))
mta=${MTA:-src/Mta.Server/bin/Release/net10.0/mta}
free_port() { local p; while p=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do :; done; echo "$p"; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-million-XXXXXX") smtp=$(free_port) sink=$(free_port) node= sinkpid=
cleanup() { for p in $node $sinkpid; do kill -9 "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; [ -n "${KEEP:-}" ] && echo "kept: $folder" || rm -rf "$folder"; }
trap cleanup EXIT
now() { date +%s%N; }
ticks() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / hz }' "/proc/$node/stat"; } # seconds of CPU
api() { curl -sf --max-time 60 --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token")" "$@"; }
field() { api http://mta/api/v1/status | grep -oE "\"$1\":[0-9]+" | head -1 | cut -d: -f2; }
oct() { echo $((($(pss) - base) * 1024 / $(field queued))); } # octets a recipient beyond the empty node
pss() { awk '/^Pss:/ { print $2 }' "/proc/$node/smaps_rollup"; } # KiB
config() { # retry
  cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data", log.level = warning
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  queue { retry = "$1" }
  delivery { concurrency = 20 }
  relay { trusted-networks = ["127.0.0.0/8"], routes = [ { domain = "*", next-hop = ["127.0.0.1:$sink"] } ] }
}
CONF
}
start() { "$mta" serve --config "$folder/mta.conf" >> "$folder/log" 2>&1 & node=$!; until [ -S "$folder/data/admin.sock" ] && field messages > /dev/null; do kill -0 "$node"; sleep 0.05; done; }
stop() { kill "$1" "$2" 2>/dev/null || true; wait "$2" 2>/dev/null || true; }
deferred() { until [ "$(field inFlight)" = 0 ] && [ "$(field deferred)" = "$(field queued)" ]; do sleep 0.2; done; } # all that was accepted
fill() { # messages -> rate and CPU
  local c0; c0=$(ticks)
  "$mta" load "127.0.0.1:$smtp" --count "$1" --size "$SIZE" --sessions "$SESSIONS" --domains "$DOMAINS" --json > "$folder/load.json" 2> /dev/null < /dev/null
  awk -v r="$(grep -oE '"rate": ?[0-9.]+' "$folder/load.json" | head -1 | grep -oE '[0-9.]+')" -v n="$1" -v c0="$c0" -v c1="$(ticks)" \
    'BEGIN { printf "%.0f /s, %.3f ms of CPU each", r, (c1 - c0) / n * 1000 }'
}
answer() { printf '  %-28s %6.3f s\n' "$1" "$(api -o /dev/null -w '%{time_total}' "${@:2}")"; }
pause() { api http://mta/metrics | awk '/^dotnet_gc_pause_time_seconds_total/ { print $2 }'; }
sizes() { du -sm "$folder/data/$1" | cut -f1; }

echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2>/dev/null || echo none), $(nproc) cores, $(uname -sr), $N messages of $SIZE to $DOMAINS domains, 250 after fdatasync"
echo 'rules = [ { at = rcpt, reply = "451 4.7.1 we take nothing now, try again later" } ]' > "$folder/later.conf"
"$mta" sink --listen "127.0.0.1:$sink" --profile "$folder/later.conf" > /dev/null 2>&1 & sinkpid=$!
config 4h
start
fill 20000 > /dev/null # warm-up
deferred
api -X POST "http://mta/api/v1/queue/drop?all=true" > /dev/null
sleep 15 # until it has given back what that left
base=$(pss)
echo "accepted by the empty queue   $(fill "$PROBE")   (with $PROBE messages, all deferred at the same time)"
deferred
echo "accepted on the way           $(fill $((N - PROBE)))"
t0=$(now); deferred
echo "all deferred after            $((($(now) - t0) / 1000000)) ms more"
echo "memory at once                $(oct) octets a recipient beyond the empty node's $((base / 1024)) MiB (PSS)"
p0=$(pause); sleep "${SETTLE:-60}"
echo "memory after ${SETTLE:-60} s           $(oct) octets a recipient; the collection stopped the node for $(awk "BEGIN { print $(pause) - $p0 }") s"
echo "answers, $N queued:"
id=$(api "http://mta/api/v1/queue?limit=1" | grep -oE '"id":"[^"]+' | head -1 | cut -d'"' -f4)
answer "queue list" "http://mta/api/v1/queue?limit=100"
answer "queue list --domain" "http://mta/api/v1/queue?limit=100&domain=d1.test"
answer "queue list --recipient" "http://mta/api/v1/queue?limit=100&recipient=user1@d1.test"
answer "queue list --sender (all)" "http://mta/api/v1/queue?limit=100&sender=sender@load.test"
answer "queue why ID" "http://mta/api/v1/queue/$id"
answer "queue hold --domain" -X POST "http://mta/api/v1/queue/hold?domain=d1.test"
answer "queue release --domain" -X POST "http://mta/api/v1/queue/release?domain=d1.test"
answer "queue retry --domain" -X POST "http://mta/api/v1/queue/retry?domain=d1.test"
answer "queue summary, the first" "http://mta/api/v1/queue/summary?limit=20"
answer "queue summary, the second" "http://mta/api/v1/queue/summary?limit=20"
answer "domain list" "http://mta/api/v1/domains?limit=100"
answer "domain show" http://mta/api/v1/domains/d1.test
answer "domain suspend" -X PUT -H 'Content-Type: application/json' -d '{"seconds":3600,"reason":"a benchmark"}' http://mta/api/v1/domains/d1.test/suspension
answer "domain list, one suspended" "http://mta/api/v1/domains?limit=100"
answer "domain resume" -X DELETE http://mta/api/v1/domains/d1.test/suspension
answer "mta top" "http://mta/api/v1/overview?limit=30"
c0=$(ticks) n=0 t0=$(now); while [ $((($(now) - t0) / 1000000000)) -lt 10 ]; do api "http://mta/api/v1/overview?limit=30" > /dev/null; n=$((n + 1)); sleep 1; done
echo "mta top for 10 s              $n looks, $(awk "BEGIN { printf \"%.2f\", $(ticks) - $c0 }") s of CPU"
answer "status" http://mta/api/v1/status
answer "metrics" http://mta/metrics
echo "accepted by the full queue    $(fill "$PROBE")"
deferred
answer "queue retry --all" -X POST "http://mta/api/v1/queue/retry?all=true"
t0=$(now); until [ "$(field inFlight)" = 0 ] && [ "$(field deferred)" = "$(field queued)" ]; do answer "status meanwhile" http://mta/api/v1/status; sleep 5; done
echo "all tried and deferred again  $((($(now) - t0) / 1000000000)) s"
echo "journal $(sizes queue) MiB, spool $(sizes spool) MiB"

# some are overdue when it starts again, and the next hop takes them
config 10s; "$mta" config reload --config "$folder/mta.conf" > /dev/null
fill 1000 > /dev/null; deferred; sleep 2
delivered=$(field delivered)
stop -9 "$node"; stop -9 "$sinkpid"
"$mta" sink --listen "127.0.0.1:$sink" > /dev/null 2>&1 & sinkpid=$!
sleep 15
t0=$(now); start
echo "kill -9; ready after          $((($(now) - t0) / 1000000)) ms, $(ticks) s of CPU"
until [ "$(field delivered)" -gt "$delivered" ]; do sleep 0.05; done
echo "first delivery after          $((($(now) - t0) / 1000000)) ms, $(ticks) s of CPU"
sleep 15
echo "memory after the restart      $(oct) octets a recipient"
[ -n "${DRAIN:-}" ] || exit 0
t0=$(now); api -X POST "http://mta/api/v1/queue/retry?all=true" > /dev/null
until [ "$(field queued)" = 0 ] && [ "$(field messages)" = 0 ]; do sleep 1; done
echo "all delivered                 $(((N + PROBE + 1000) * 1000 / (($(now) - t0) / 1000000))) /s"
sleep 10
echo "journal $(sizes queue) MiB, spool $(sizes spool) MiB, $((base / 1024)) MiB -> $(($(pss) / 1024)) MiB"
