#!/bin/bash
# benchmarks/compare/run.sh   Mta beside a tuned Postfix, in turns, in one run: smtp-source -> relay -> smtp-sink on loopback, unique
# recipients, connections kept open, 250 after the data is on stable storage in both. As root, with Debian's postfix.
# MESSAGES=3000 SIZE=4096 SESSIONS="1 20 100" RUNS=3 as environment. Prints every run, then the medians and their ratio.
# CPU is user and system time of all processes of a relay; p99 is that of the reply to the final dot, seen by mta load with as many
# sessions, pipelining, in a run of its own behind each.
set -euo pipefail
cd "$(dirname "$0")/../.."
MESSAGES=${MESSAGES:-3000} SIZE=${SIZE:-4096} SESSIONS=${SESSIONS:-1 20 100} RUNS=${RUNS:-3}
[ "$(id -u)" = 0 ] || { echo 'run.sh: Postfix can only be started by root' >&2; exit 2; }
for tool in smtp-source smtp-sink postfix; do command -v $tool > /dev/null || { echo "run.sh: $tool is missing (Debian package postfix)" >&2; exit 2; }; done
folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-compare-XXXXXX"); chmod 755 "$folder"
pids=()
cleanup() { for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$folder"; }
trap cleanup EXIT
free_port() { local p; while p=$((20000 + RANDOM % 20000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
up() { for _ in $(seq 300); do (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return; sleep 0.1; done; echo "run.sh: nothing listens on $1" >&2; exit 1; }
sink=$(free_port)
smtp-sink -4 -c -u "$(id -un)" "127.0.0.1:$sink" 4096 > "$folder/sink" 2> /dev/null & pids+=($!)
up "$sink"
arrived() { tr '\r' '\n' < "$folder/sink" | grep -oE 'mesg=[0-9]+' | tail -1 | cut -d= -f2; }

# load PORT SESSIONS COUNT -> "accept/s drain/s"
load() {
  local before t0 t1 t2; before=$(arrived || true); before=${before:-0}
  t0=$(date +%s%N); smtp-source -4 -d -N -s "$2" -m "$3" -l "$SIZE" -f a@src.test -t b@dst.test "127.0.0.1:$1"; t1=$(date +%s%N)
  for _ in $(seq 12000); do [ "$(arrived)" -ge $((before + $3)) ] && break; sleep 0.01; done; t2=$(date +%s%N)
  [ "$(arrived)" = $((before + $3)) ] || { echo "run.sh: $(($(arrived) - before)) of $3 messages arrived" >&2; exit 1; }
  awk -v n="$3" -v a=$((t1 - t0)) -v d=$((t2 - t0)) 'BEGIN { printf "%.0f %.0f", n / a * 1e9, n / d * 1e9 }'
}

# latency PORT SESSIONS -> p99 in ms
latency() {
  local before n=2000; before=$(arrived)
  src/Mta.Server/bin/Release/net10.0/mta load "127.0.0.1:$1" --sessions "$2" --count $n --size "$SIZE" --json 2> /dev/null | tr -d ' \n' | grep -oE '"stage":"final"[^}]*' | grep -oE '"p99":[0-9.]+' | cut -d: -f2
  for _ in $(seq 12000); do [ "$(arrived)" -ge $((before + n)) ] && break; sleep 0.01; done
}

mta_port=$(free_port)
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/mta"
  listeners { smtp { address = "127.0.0.1", port = $mta_port } }
  relay { trusted-networks = ["127.0.0.0/8"], routes = [ { domain = "*", next-hop = ["127.0.0.1:$sink"] } ] }
  log { level = warning }
}
CONF
src/Mta.Server/bin/Release/net10.0/mta serve --config "$folder/mta.conf" > "$folder/mta.log" & mta=$!; pids+=($mta)
up "$mta_port"
load "$mta_port" 20 10000 > /dev/null # warm-up: until the code that matters is compiled for good
mta_run() { # SESSIONS -> "accept drain cpu-ms"
  local c0 r c1; c0=$(awk '{ print $14 + $15 }' "/proc/$mta/stat"); r=$(load "$mta_port" "$1" "$MESSAGES"); c1=$(awk '{ print $14 + $15 }' "/proc/$mta/stat")
  echo "$r $(awk -v c=$((c1 - c0)) -v hz="$(getconf CLK_TCK)" -v n="$MESSAGES" 'BEGIN { printf "%.3f", c / hz / n * 1000 }')"
}

postfix_port=$(free_port)
benchmarks/compare/postfix.sh "$folder/postfix" "$postfix_port" "$sink" > /dev/null 2>&1 & master=$!; pids+=($master)
up "$postfix_port"
load "$postfix_port" 20 2000 > /dev/null # warm-up
# what master has reaped, and what its processes have used that still live
postfix_ticks() { cat /proc/[0-9]*/stat 2> /dev/null | awk -v m="$master" '{ sub(/^[0-9]+ \(.*\) /, $1 " "); if ($1 == m) t += $13 + $14 + $15 + $16; else if ($3 == m) t += $13 + $14 } END { print t + 0 }'; }
postfix_run() {
  local c0 r c1; c0=$(postfix_ticks); r=$(load "$postfix_port" "$1" "$MESSAGES"); c1=$(postfix_ticks)
  echo "$r $(awk -v c=$((c1 - c0)) -v hz="$(getconf CLK_TCK)" -v n="$MESSAGES" 'BEGIN { printf "%.3f", c / hz / n * 1000 }')"
}

echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $(postconf -h mail_version 2> /dev/null | sed 's/^/Postfix /'), $MESSAGES messages of $SIZE octets, 250 after fsync"
printf '%-8s %8s %10s %10s %12s %10s\n' relay sessions accept/s drain/s 'cpu ms/msg' 'p99 ms'
for s in $SESSIONS; do for _ in $(seq "$RUNS"); do for relay in mta postfix; do
  port=${relay}_port; r="$(${relay}_run "$s") $(latency "${!port}" "$s")"
  echo "$relay $s $r" | tee -a "$folder/runs" | awk '{ printf "%-8s %8d %10d %10d %12.3f %10.1f\n", $1, $2, $3, $4, $5, $6 }'
done; done; done
echo '# medians: mta against Postfix'
median() { awk -v r="$1" -v s="$2" -v f="$3" '$1 == r && $2 == s { print $f }' "$folder/runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for s in $SESSIONS; do
  printf '%d sessions: accept %.1f times, drain %.1f times, CPU a message 1/%.1f, p99 of 250 %.1f and %.1f ms\n' "$s" \
    "$(awk "BEGIN { print $(median mta "$s" 3) / $(median postfix "$s" 3) }")" "$(awk "BEGIN { print $(median mta "$s" 4) / $(median postfix "$s" 4) }")" \
    "$(awk "BEGIN { print $(median postfix "$s" 5) / $(median mta "$s" 5) }")" "$(median mta "$s" 6)" "$(median postfix "$s" 6)"
done
