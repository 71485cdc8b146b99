#!/bin/bash
# benchmarks/compare/tools.sh   Our load tools beside Postfix's, in turns, in one run: `mta load` and smtp-source, each against `mta sink` and
# smtp-sink. Prints every run and a markdown table: messages a second, CPU a message of both ends, memory with many held connections.
# COUNTS="20000 100000" SIZE=4096 SESSIONS=20 RUNS=3 HELD=10000 as environment. Needs Debian's postfix (its tools; no root).
# CPU is user and system time of the whole process: a generator's includes its start, which weighs in short runs; a sink's is of a warm one.
set -euo pipefail
cd "$(dirname "$0")/../.."
COUNTS=${COUNTS:-20000 100000} SIZE=${SIZE:-4096} SESSIONS=${SESSIONS:-20} RUNS=${RUNS:-3} HELD=${HELD:-10000}
PATH=$PATH:/usr/sbin mta=$PWD/src/Mta.Server/bin/Release/net10.0/mta
for tool in smtp-source smtp-sink; do command -v $tool > /dev/null || { echo "tools.sh: $tool is missing (Debian package postfix)" >&2; exit 2; }; done
[ -x "$mta" ] || { echo 'tools.sh: build first: dotnet build -c Release src/Mta.Server' >&2; exit 2; }
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt $((HELD + 300)) ] || { echo "tools.sh: HELD=$HELD is more than ulimit -Hn allows" >&2; exit 2; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-tools-XXXXXX")
pids=()
cleanup() { for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$folder"; }
trap cleanup EXIT
free_port() { local p; while p=$((20000 + RANDOM % 12000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
up() { for _ in $(seq 300); do (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return; sleep 0.1; done; echo "tools.sh: nothing listens on $1" >&2; exit 1; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
pss() { awk '/^Pss:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/smaps_rollup"; }
hz=$(getconf CLK_TCK)
declare -A port pid
port[mta]=$(free_port); "$mta" sink --listen "127.0.0.1:${port[mta]}" > "$folder/mta-sink" 2>&1 & pid[mta]=$!; pids+=($!)
port[postfix]=$(free_port); smtp-sink -4 -u "$(id -un)" -m 20000 "127.0.0.1:${port[postfix]}" 4096 > "$folder/smtp-sink" 2>&1 & pid[postfix]=$!; pids+=($!)
up "${port[mta]}"; up "${port[postfix]}"

generate() { # GENERATOR PORT COUNT SESSIONS
  if [ "$1" = mta ]; then "$mta" load "127.0.0.1:$2" --count "$3" --sessions "$4" --size "$SIZE"
  else smtp-source -4 -d -N -s "$4" -m "$3" -l "$SIZE" -f a@src.test -t b@dst.test "127.0.0.1:$2"; fi
}
run() { # GENERATOR SINK COUNT -> "rate generator-ms sink-ms"
  local c0 t0 t1
  c0=$(ticks "${pid[$2]}"); t0=$(date +%s%N)
  (generate "$1" "${port[$2]}" "$3" "$SESSIONS" > "$folder/out" 2>&1 || { cat "$folder/out" >&2; exit 1; }; times > "$folder/times")
  t1=$(date +%s%N)
  tail -1 "$folder/times" | tr 'ms' '  ' | awk -v n="$3" -v t=$((t1 - t0)) -v c=$(($(ticks "${pid[$2]}") - c0)) -v hz="$hz" '{ printf "%.0f %.4f %.4f", n / t * 1e9, ($1 * 60 + $2 + $3 * 60 + $4) / n * 1000, c / hz / n * 1000 }'
}

declare -A name=([mta_load]='mta load' [postfix_load]=smtp-source [mta_sink]='mta sink' [postfix_sink]=smtp-sink)
for s in mta postfix; do for _ in 1 2 3; do run postfix $s 5000 > /dev/null; done; done # warm sinks
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $SESSIONS sessions, $SIZE octets"
for n in $COUNTS; do for _ in $(seq "$RUNS"); do for s in mta postfix; do for g in mta postfix; do
  r=$(run $g $s "$n"); echo "$n $g $s $r" >> "$folder/runs"; echo "# $n ${name[${g}_load]} -> ${name[${s}_sink]}: $r"
done; done; done; done

# memory: all connected, nothing to do
hold() { # GENERATOR SINK-PORT: starts it, waits until all connections stand, prints its pid
  if [ "$1" = mta ]; then "$mta" load "127.0.0.1:$2" --sessions "$HELD" --rate 1 --duration 1h > "$folder/hold" 2>&1 &
  else smtp-source -4 -d -N -s "$HELD" -m "$HELD" -l "$SIZE" -f a@src.test -t b@dst.test "127.0.0.1:$2" > "$folder/hold" 2>&1 & fi
  echo $!
}
held() { for _ in $(seq 600); do [ "$(find "/proc/$1/fd" 2> /dev/null | wc -l)" -ge "$HELD" ] && [ "$(find "/proc/$2/fd" 2> /dev/null | wc -l)" -ge "$HELD" ] && return; sleep 0.1; done; echo "tools.sh: $HELD connections did not come about" >&2; cat "$folder/hold" >&2; exit 1; }
declare -A memory
for s in mta postfix; do
  g=$(hold mta "${port[$s]}"); pids+=("$g"); held "$g" "${pid[$s]}"; sleep 2
  memory[${s}_sink]=$(pss "${pid[$s]}"); memory[mta_load]=$(pss "$g")
  kill "$g"; while kill -0 "$g" 2> /dev/null; do sleep 0.1; done
done
# smtp-source holds its connections only where the sink makes it wait
slow=$(free_port); smtp-sink -4 -u "$(id -un)" -m 20000 -w 600 "127.0.0.1:$slow" 4096 > "$folder/slow" 2>&1 & slow_pid=$!; pids+=($!)
up "$slow"
g=$(hold postfix "$slow"); pids+=("$g"); held "$g" "$slow_pid"; sleep 2; memory[postfix_load]=$(pss "$g"); kill "$g"

median() { # COUNT GENERATOR SINK FIELD
  awk -v n="$1" -v g="$2" -v s="$3" -v f="$4" '$1 == n && $2 == g && $3 == s { print $f }' "$folder/runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
printf '\n| '; for n in $COUNTS; do printf '| %s messages: /s | CPU ms ' "$n"; done; printf '| MiB for %s connections |\n|---|' "$HELD"; for n in $COUNTS; do printf -- '---|---|'; done; printf -- '---|\n'
for g in mta postfix; do for s in mta postfix; do
  printf '| %s, to %s ' "${name[${g}_load]}" "${name[${s}_sink]}"
  for n in $COUNTS; do printf '| %s | %.3f ' "$(median "$n" $g $s 4)" "$(median "$n" $g $s 5)"; done
  printf '| %s |\n' "${memory[${g}_load]}"
done; done
for g in mta postfix; do for s in mta postfix; do
  printf '| %s, from %s ' "${name[${s}_sink]}" "${name[${g}_load]}"
  for n in $COUNTS; do printf '| %s | %.3f ' "$(median "$n" $g $s 4)" "$(median "$n" $g $s 6)"; done
  printf '| %s |\n' "${memory[${s}_sink]}"
done; done
