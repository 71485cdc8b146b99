#!/bin/bash
# benchmarks/relay.sh   How fast the relay is: smtp-source -> mta -> smtp-sink (Debian package postfix), all on loopback.
# MESSAGES=5000 SIZE=4096 SESSIONS="1 20 100" RUNS=1 as environment. For each number of sessions: the rate until the last 250,
# the rate until the sink had all, and for each message mta's CPU time, the spool's fdatasyncs, and the KiB allocated. DURABILITY=relaxed
# acknowledges before the sync.
# SYSCALLS=1 counts the system calls per message instead (strace, which slows everything down: only the counts mean something).
# 250 is sent after the fdatasync otherwise. Run `dotnet build -c Release` first.
set -euo pipefail
cd "$(dirname "$0")/.."
MESSAGES=${MESSAGES:-5000} SIZE=${SIZE:-4096} SESSIONS=${SESSIONS:-1 20 100} RUNS=${RUNS:-1}
for tool in smtp-source smtp-sink curl; do command -v $tool >/dev/null || PATH=$PATH:/usr/sbin; command -v $tool >/dev/null || { echo "relay.sh: $tool is missing (Debian packages postfix, curl)" >&2; exit 2; }; done
free_port() { local p; while p=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do :; done; echo "$p"; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-relay-XXXXXX") smtp=$(free_port) sink=$(free_port)
cleanup() { for p in "${mta:-}" "${sinkpid:-}"; do [ -z "$p" ] || kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$folder"; }
trap cleanup EXIT
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data"
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  spool { gather = ${GATHER:-2ms}, durability = ${DURABILITY:-strict} }
  relay { trusted-networks = ["127.0.0.0/8"], routes = [ { domain = "*", next-hop = ["127.0.0.1:$sink"] } ] }
}
CONF
src/Mta.Server/bin/Release/net10.0/mta serve --config "$folder/mta.conf" > "$folder/log" & mta=$!
smtp-sink -4 -c -u "$(id -un)" "127.0.0.1:$sink" 4096 > "$folder/sink" 2>/dev/null & sinkpid=$!
for _ in $(seq 200); do (exec 3<>"/dev/tcp/127.0.0.1/$smtp") 2>/dev/null && break; sleep 0.1; done
arrived() { tr '\r' '\n' < "$folder/sink" | grep -oE 'mesg=[0-9]+' | tail -1 | cut -d= -f2; }
ticks() { awk '{ print $14 + $15 }' "/proc/$mta/stat"; }
syncs() { curl -sf --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token")" http://mta/api/v1/status | grep -oE '"syncs":[0-9]+' | cut -d: -f2; }
allocated() { curl -sf --unix-socket "$folder/data/admin.sock" http://mta/metrics | awk '/^dotnet_gc_heap_total_allocated/ { printf "%.0f", $2 }'; }
sent=0
run() { # sessions messages -> "accept drain"
  local t0 t1 t2
  t0=$(date +%s%N)
  smtp-source -4 -d -N -s "$1" -m "$2" -l "$SIZE" -f a@src.test -t b@dst.test "127.0.0.1:$smtp"
  t1=$(date +%s%N); sent=$((sent + $2))
  for _ in $(seq 6000); do [ "$(arrived || echo 0)" -ge "$sent" ] 2>/dev/null && break; sleep 0.01; done
  t2=$(date +%s%N)
  [ "$(arrived)" = "$sent" ] || { echo "relay.sh: $(arrived) of $sent messages arrived" >&2; exit 1; }
  awk -v n="$2" -v a=$((t1 - t0)) -v d=$((t2 - t0)) 'BEGIN { printf "%.0f %.0f", n / a * 1e9, n / d * 1e9 }'
}
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2>/dev/null || echo none), $(nproc) cores, $(uname -sr), $MESSAGES messages of $SIZE octets, durability ${DURABILITY:-strict, 250 after fdatasync}"
run 20 $((MESSAGES < 2000 ? MESSAGES : 2000)) > /dev/null; sent=$((MESSAGES < 2000 ? MESSAGES : 2000)) # warm-up
if [ -n "${SYSCALLS:-}" ]; then
  for s in $SESSIONS; do
    strace -c -f -p "$mta" -o "$folder/strace" 2> /dev/null & tracer=$!
    until grep -q "TracerPid:[^0-9]*[1-9]" "/proc/$mta/status"; do sleep 0.1; done
    run "$s" "$MESSAGES" > /dev/null; kill "$tracer"; wait "$tracer" || true
    awk -v s="$s" -v n="$MESSAGES" '$NF ~ /^[a-z_0-9]+$/ && $4 > 0 && $NF != "total" && $4 / n >= 0.005 { printf "%s %s %.2f; ", (c++ ? "" : s " sessions, a message:"), $NF, $4 / n; sum += $4 / n } END { printf "in all %.1f\n", sum }' "$folder/strace"
  done
  exit
fi
printf '%8s %10s %10s %12s %12s %12s\n' sessions accept/s drain/s 'cpu ms/msg' syncs/msg KiB/msg
for _ in $(seq "$RUNS"); do for s in $SESSIONS; do
  c0=$(ticks) f0=$(syncs) a0=$(allocated); r=$(run "$s" "$MESSAGES"); sent=$((sent + MESSAGES)); c1=$(ticks) f1=$(syncs) a1=$(allocated)
  awk -v s="$s" -v r="$r" -v c=$((c1 - c0)) -v f=$((f1 - f0)) -v b=$((a1 - a0)) -v n="$MESSAGES" -v hz="$(getconf CLK_TCK)" \
    'BEGIN { split(r, x, " "); printf "%8d %10d %10d %12.3f %12.3f %12.1f\n", s, x[1], x[2], c / hz / n * 1000, f / n, b / n / 1024 }'
done; done
