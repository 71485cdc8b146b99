#!/bin/bash
# benchmarks/scenarios/run.sh [NAME...]   How the relay fares in a world that is not always well: mta load -> mta -> mta sink with a
# thousand domains and their DNS, all on loopback. Writes a report of each scenario to benchmarks/scenarios/NAME.md.
# NAME: uniform slow-provider greylisting dead-hosts deferral-storm; all of them without it (about 20 minutes).
# RATE=1000 LENGTH=60 TURNS=3 OUT=DIR as environment. Needs curl, jq, and `dotnet build -c Release`.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=benchmarks/scenarios mta=src/Mta.Server/bin/Release/net10.0/mta
RATE=${RATE:-1000} LENGTH=${LENGTH:-60} TURNS=${TURNS:-3} OUT=${OUT:-$here}
for tool in curl jq awk; do command -v $tool > /dev/null || { echo "run.sh: $tool is missing (Debian packages curl, jq)" >&2; exit 2; }; done
[ -x $mta ] || { echo 'run.sh: build first: dotnet build -c Release' >&2; exit 2; }
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
pids=() folder=
stop_all() { for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; for p in "${pids[@]}"; do wait "$p" 2> /dev/null || true; done; pids=(); }
cleanup() { stop_all; [ -z "$folder" ] || rm -rf "$folder"; }
trap cleanup EXIT

# --- the world: a sink of 1000 domains, one more sink for the sick provider where a scenario has it, and a node --------------

# begin SINK-OPTIONS...   the sink of the thousand domains, on a hundred addresses
begin() {
  folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-scenario-XXXXXX")
  smtp=$(free_port) port=$(free_port) dns=$(free_port) http=$(free_port) sick_port=$(free_port) routes=
  $mta sink --listen "127.0.1.1-127.0.1.100:$port" --domains 1000 --dns "$dns" --http "$http" --check --json "$@" > "$folder/sink.json" 2> "$folder/sink.lines" & sink=$!; pids+=($sink)
}
# sick PROFILE   a provider of its own, big.test
sick() {
  $mta sink --listen "127.0.3.1:$sick_port" --profile "$1" --check --json > "$folder/sick.json" 2> "$folder/sick.lines" & sick=$!; pids+=($sick)
  routes="{ domain = \"big.test\", next-hop = [\"127.0.3.1:$sick_port\"] }"
}
# node [CONFIGURATION]   what a scenario wants of the node otherwise
node() {
  cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data"
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  relay { trusted-networks = ["127.0.0.0/8"], routes = [ $routes ] }
  dns { servers = ["127.0.0.1:$dns"], address-families = ipv4 }
  delivery { port = $port }
  log { level = warning }
  ${1:-}
}
CONF
  $mta serve --config "$folder/mta.conf" > "$folder/node.log" 2>&1 & node=$!; pids+=($node)
  for _ in $(seq 300); do api /health/ready > /dev/null 2>&1 && return; sleep 0.1; done
  echo "run.sh: the node did not start" >&2; cat "$folder/node.log" >&2; exit 1
}
api() { curl -sf --max-time 5 --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token" 2> /dev/null)" "http://mta$1"; }
# warm   the node has seen all the domains, and runs compiled code
warm() {
  $mta load "127.0.0.1:$smtp" --count 10000 --sessions 50 --domains 1000 --json > "$folder/warm.json" 2> /dev/null
  local before=-1; while [ "$(queued)" != "$before" ]; do before=$(queued); sleep 1; done
}
queued() { api /api/v1/status | jq .queue.recipients; }
# load NAME SECONDS RATE OPTIONS...   in the background
load() { local name=$1 time=$2 rate=$3; shift 3; $mta load "127.0.0.1:$smtp" --duration "${time}s" --rate "$rate" --sessions 50 --json "$@" > "$folder/load-$name.json" 2> "$folder/load-$name.err" & loads+=($!); }

# --- what is measured -----------------------------------------------------------------------------------------------------

count() { grep -oE '[0-9]+ messages' "$folder/$1.lines" 2> /dev/null | tail -1 | cut -d' ' -f1 || true; }
# watch SECONDS   a line a second: delivered to the thousand, delivered to the sick one, queued
watch() {
  local last=0 last_sick=0 now now_sick
  for s in $(seq "$1"); do
    sleep 1
    now=$(count sink) now_sick=$(count sick); now=${now:-0} now_sick=${now_sick:-0}
    echo "$s $((now - last)) $((now_sick - last_sick)) $(queued || echo -1)"
    last=$now last_sick=$now_sick
    # the loads are done and so is the queue
    if [ "${2:-}" = until-empty ] && [ "$(queued || echo 1)" = 0 ] && ! kill -0 "${loads[@]}" 2> /dev/null; then break; fi
  done > "$folder/series"
}
# finish OUTPUT   holds what is left, counts it, ends everything. The latency is that of the run named healthy.
finish() {
  for l in "${loads[@]}"; do wait "$l" || true; done; loads=()
  $mta queue hold --all --data-dir "$folder/data" > /dev/null
  local left before=-1; while left=$(queued) || exit 1; [ "$left" != "$before" ]; do before=$left; sleep 3; done
  curl -sf "http://127.0.0.1:$http/runs/$(jq .run "$folder/load-healthy.json")" > "$folder/run.json"
  cpu=$(awk -v hz="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / hz }' "/proc/$node/stat") rss=$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$node/status")
  stop_all
  jq -s --slurpfile run "$folder/run.json" --slurpfile warm <(cat "$folder/warm.json" 2> /dev/null || echo '{"counts": {"accepted": 0}}') --slurpfile sink "$folder/sink.json" --slurpfile sick <(cat "$folder/sick.json" 2> /dev/null || echo 'null') --argjson left "$left" --argjson cpu "$cpu" --argjson rss "$rss" '
    ($sick[0].check // {deliveries: 0, doubled: 0}) as $s | $sink[0].check as $c | (map(.counts.accepted) | add) as $accepted | $warm[0].counts.accepted as $before |
    { accepted: $accepted, refused: (map(.counts.failed) | add), arrived: ($run[0].deliveries + $s.deliveries), doubled: ($c.doubled + $s.doubled), left: $left,
      lost: ($before + $accepted - $c.deliveries - $s.deliveries - $left), p50: $run[0].latency.p50, p99: $run[0].latency.p99, max: $run[0].latency.max, cpu: $cpu, rss: $rss,
      refusals: ([$sink[0].providers[].refused, ($sick[0].providers // [] | .[].refused)] | map(to_entries) | add | group_by(.key) | map({ key: .[0].key, value: (map(.value) | add) }) | from_entries) }' \
    "$folder"/load-*.json > "$folder/result.json"
  cp "$folder/result.json" "$1.json"; cp "$folder/series" "$1.series"
  rm -rf "$folder"; folder=
}

# --- reports --------------------------------------------------------------------------------------------------------------

head_of() { printf '# %s\n\n%s\n\n`benchmarks/scenarios/run.sh %s`: %s, commit %s, %s cores shared by node, sink and generator, %s. 250 is sent after fdatasync. Ledger: lost = accepted − arrived − still queued. A warm-up of 10,000 messages, where there was one, counts for the queue alone.\n\n' \
  "$2" "$3" "$1" "$(date -u +%F)" "$(git rev-parse --short HEAD 2> /dev/null || echo none)" "$(nproc)" "$(uname -sr)"; }
table_head() { echo '| | accepted | arrived | still queued | lost | doubled | p50 ms | p99 ms | max ms | CPU s | peak MiB |'; echo '|---|---|---|---|---|---|---|---|---|---|---|'; }
row() { jq -r --arg name "$1" '"| \($name) | \(.accepted) | \(.arrived) | \(.left) | \(.lost) | \(.doubled) | \(.p50 | . * 10 | round / 10) | \(.p99 | . * 10 | round / 10) | \(.max | round) | \(.cpu) | \(.rss) |"' "$2.json"; }
# chart FILE COLUMN TITLE   what happened over time, as bars
chart() {
  awk -v c="$2" -v title="$3" 'BEGIN { split("▁ ▂ ▃ ▄ ▅ ▆ ▇ █", bar, " ") } { v[NR] = $c < 0 ? 0 : $c; if ($c > top) top = $c }
    END { step = int((NR - 1) / 100) + 1; for (i = 1; i <= NR; i += step) { s = 0; for (j = 0; j < step && i + j <= NR; j++) s += v[i + j]; s /= j; out = out (top == 0 || s == 0 ? " " : bar[1 + int(s / top * 7.999)]) }
      printf "%-26s highest %6d  %s\n", title, top, out }' "$1.series"
}
charts() { echo '```'; chart "$1" 2 "${2:-delivered a second}"; [ -z "${3:-}" ] || chart "$1" 3 "$3"; chart "$1" 4 'queued recipients'; printf '%-26s %15s %s seconds\n```\n' 'over' '' "$(wc -l < "$1.series")"; }
median() { jq -s --arg k "$1" 'map(.[$k]) | sort | .[(length - 1) / 2 | floor]' "${@:2}"; }
growth() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f ms to %.1f ms (%+.0f %%)", a, b, (b / a - 1) * 100 }'; }

work=$(mktemp -d "${TMPDIR:-/tmp}/mta-scenarios-XXXXXX"); trap 'cleanup; rm -rf "$work"' EXIT
loads=()

uniform() {
  begin --profile plain; node; warm; load healthy "$LENGTH" "$RATE" --domains 1000; watch $((LENGTH + 60)) until-empty; finish "$work/uniform"
  { head_of uniform 'A uniform world' "$RATE messages of 4 KiB a second to 1000 domains in turn, on 100 hosts, for $LENGTH s."
    table_head; row 'to 1000 domains' "$work/uniform"; echo; charts "$work/uniform"; } > "$OUT/uniform.md"
}

slow_provider_run() { # PROFILE OUTPUT: 40 % to the thousand, 60 % to one
  begin --profile plain; sick "$1"; node; warm
  load healthy "$LENGTH" $((RATE * 4 / 10)) --domains 1000; load big "$LENGTH" $((RATE * 6 / 10)) --to 'user{n}@big.test'
  watch "$LENGTH"; finish "$2"
}
slow_provider() {
  for t in $(seq "$TURNS"); do slow_provider_run plain "$work/well-$t"; slow_provider_run $here/limited.conf "$work/slow-$t"; done
  { head_of slow-provider 'One provider with 60 % of the mail takes 50 messages a second' "$RATE messages a second for $LENGTH s: 40 % to 1000 domains on 100 hosts, 60 % to one provider, which in every other run takes only 50 recipients a second (421 beyond). The latency is that of the thousand."
    table_head; for t in $(seq "$TURNS"); do row "$t: all well" "$work/well-$t"; row "$t: one slow" "$work/slow-$t"; done
    printf '\nThe thousand: p99 %s, p50 %s (medians).\n\n' "$(growth "$(median p99 "$work"/well-*.json)" "$(median p99 "$work"/slow-*.json)")" "$(growth "$(median p50 "$work"/well-*.json)" "$(median p50 "$work"/slow-*.json)")"
    charts "$work/slow-1" 'the thousand, a second' 'the slow one, a second'; } > "$OUT/slow-provider.md"
}

greylisting() {
  begin --profile $here/greylisting.conf; node 'queue { retry = "5s, 12s, 20s*" }'
  load healthy "$LENGTH" "$RATE" --domains 1000; watch $((LENGTH + 120)) until-empty; finish "$work/greylisting"
  { head_of greylisting 'Greylisting everywhere' "$RATE messages a second to 1000 domains for $LENGTH s. Every host puts off the first attempt of each recipient and takes it after 10 s; the relay tries again after 5 s, 12 s, and every 20 s (jitter 10 %), so that most succeed at the third attempt after 17 s."
    table_head; row 'to 1000 domains' "$work/greylisting"; printf '\nReplies of the hosts: %s.\n\n' "$(jq -r '.refusals | to_entries | map("\(.value) × \(.key)") | join(", ")' "$work/greylisting.json")"; charts "$work/greylisting"; } > "$OUT/greylisting.md"
}

dead_hosts_run() { begin "${@:2}"; node; warm; load healthy "$LENGTH" "$RATE" --domains 1000; watch $((LENGTH + 5)); finish "$1"; }
dead_hosts() {
  for t in $(seq "$TURNS"); do
    dead_hosts_run "$work/alive-$t" --profile plain
    dead_hosts_run "$work/dead-$t" --profile plain=95 --profile $here/refusing-host.conf=2.5 --profile $here/silent-host.conf=2.5
  done
  { head_of dead-hosts 'Five hosts of a hundred are dead' "$RATE messages a second to 1000 domains for $LENGTH s. In every other run 2.5 % of the domains are on hosts that reset every connection and 2.5 % on hosts that never say a word. The latency is that of what arrived; what is for the dead stays queued."
    table_head; for t in $(seq "$TURNS"); do row "$t: all alive" "$work/alive-$t"; row "$t: 5 % dead" "$work/dead-$t"; done
    printf '\nThe living: p99 %s, p50 %s (medians).\n\n' "$(growth "$(median p99 "$work"/alive-*.json)" "$(median p99 "$work"/dead-*.json)")" "$(growth "$(median p50 "$work"/alive-*.json)" "$(median p50 "$work"/dead-*.json)")"
    charts "$work/dead-1"; } > "$OUT/dead-hosts.md"
}

deferral_storm() {
  begin --profile $here/storm.conf; node 'queue { retry = "10s, 20s, 30s*" }'
  load healthy 180 $((RATE / 2)) --domains 1000; watch 400 until-empty; finish "$work/storm"
  { head_of deferral-storm 'A deferral storm of two minutes' "$((RATE / 2)) messages a second to 1000 domains for 180 s. From the 30th to the 150th second every host answers every recipient with 451. The relay tries again after 10 s, 20 s, and every 30 s (jitter 10 %)."
    table_head; row 'to 1000 domains' "$work/storm"; printf '\nReplies of the hosts: %s. The queue was empty %s s after the storm.\n\n' "$(jq -r '.refusals | to_entries | map("\(.value) × \(.key)") | join(", ")' "$work/storm.json")" \
      "$(awk '$1 > 150 && $4 > 100 { last = $1 } END { print (last ? last : 150) - 150 }' "$work/storm.series")"; charts "$work/storm"; } > "$OUT/deferral-storm.md"
}

mkdir -p "$OUT"
for name in "${@:-uniform slow-provider greylisting dead-hosts deferral-storm}"; do for n in $name; do
  case $n in
    uniform | slow-provider | greylisting | dead-hosts | deferral-storm) echo "run.sh: $n"; "${n//-/_}"; cat "$OUT/$n.md" ;;
    *) echo "run.sh: there is no scenario $n: uniform slow-provider greylisting dead-hosts deferral-storm" >&2; exit 2 ;;
  esac
done; done
