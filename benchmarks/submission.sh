#!/bin/bash
# benchmarks/submission.sh   Our own users send while their accounts change: four submitters for MINUTES=5 (STARTTLS and implicit TLS, AUTH PLAIN by password
# and by app password, connections kept and connections made anew), one more whose account is disabled and enabled and gets new passwords, and mail from
# elsewhere to a catch-all that is moved, while the commands add, change and remove other accounts, aliases and domains without a pause. RATE=100 messages
# a second for each submitter. Then: every accepted message came to the sink exactly once, nobody was refused but whom it had to meet, the ledger is
# balanced, memory. After that how fast it is: submissions over kept connections, and sign-ins by password (argon2id) and by app password.
# Needs curl and jq. Run `dotnet build -c Release` first.
set -euo pipefail
cd "$(dirname "$0")/.."
MINUTES=${MINUTES:-5} RATE=${RATE:-100} mta=$PWD/src/Mta.Server/bin/Release/net10.0/mta
for tool in curl jq; do command -v $tool > /dev/null || { echo "submission.sh: $tool is missing (Debian packages curl, jq)" >&2; exit 2; }; done
[ -x "$mta" ] || { echo 'submission.sh: build first: dotnet build -c Release src/Mta.Server' >&2; exit 2; }
free_port() { local p; while p=$((20000 + RANDOM % 12000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
smtp=$(free_port) submission=$(free_port) submissions=$(free_port) sink=$(free_port) page=$(free_port) folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-submission-XXXXXX") pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "mail.test", data-dir = "$folder/data", log.level = warning
  listeners {
    smtp { address = "127.0.0.1", port = $smtp }
    submission { address = "127.0.0.1", port = $submission }
    submissions { address = "127.0.0.1", port = $submissions }
  }
  relay { trusted-networks = [], routes = [ { domain = "*", next-hop = ["127.0.0.1:$sink"] } ] }
  # the one whose account is shut and opened has many failures, and all come from one address here
  accounts.guessing { failure-delay = 100ms, per-address = 10000, per-name = 10000 }
  submission.allow-plaintext-on-loopback = true
}
CONF
"$mta" sink --listen "127.0.0.1:$sink" --http "$page" --check --json > "$folder/sink.json" 2> /dev/null & sinkpid=$!; pids+=("$sinkpid")
"$mta" serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & node=$!; pids+=("$node")
api() { curl -sf --unix-socket "$folder/data/admin.sock" -H "Authorization: Bearer $(cat "$folder/data/admin.token")" "http://mta/$1"; }
for _ in $(seq 300); do api api/v1/status > /dev/null 2>&1 && break; sleep 0.1; done
run() { "$mta" "$@" --data-dir "$folder/data"; }
quiet() { run "$@" > "$folder/command" 2>&1 || { echo "submission.sh: mta $*: $(cat "$folder/command")" >&2; return 1; }; }
echo 'correct horse' > "$folder/pw"; echo 'battery staple' > "$folder/pw2"
quiet domain add ours.test
for a in ann bob carl dora vic; do quiet account add "$a@ours.test" --password-file "$folder/pw"; done
quiet domain set ours.test --catch-all ann@ours.test
app=$(run account app-password add bob@ours.test telephone)
load() { "$mta" load "$@" --sink "127.0.0.1:$page" --json 2>> "$folder/load.log" < /dev/null; }
send() { # FILE TARGET ACCOUNT PASSWORD OPTION...: a submitter
  local file=$1 target=$2 account=$3 password=$4; shift 4
  load "$target" --auth "$account:$password" --from "$account" --to 'r{n}@dst.test' --rate "$RATE" --duration "${MINUTES}m" --sessions 5 "$@" > "$file"
}
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $MINUTES minutes, 250 after fdatasync"
send "$folder/1.json" "127.0.0.1:$submission" ann@ours.test 'correct horse' --tls starttls & loads=($!)
send "$folder/2.json" "127.0.0.1:$submissions" bob@ours.test "$app" --tls implicit & loads+=($!)
send "$folder/3.json" "127.0.0.1:$submissions" carl@ours.test 'correct horse' --tls implicit --messages-per-connection 100 & loads+=($!)
send "$folder/4.json" "127.0.0.1:$submission" bob@ours.test "$app" --tls starttls --messages-per-connection 20 & loads+=($!)
load "127.0.0.1:$smtp" --from 'someone{n}@else.test' --to 'anyone{n}@ours.test' --rate "$RATE" --duration "${MINUTES}m" --sessions 5 > "$folder/5.json" & loads+=($!)
pids+=("${loads[@]}")
end=$(($(date +%s) + MINUTES * 60))
victim() { # some runs, each with the password of its beginning; the sink tells 64 runs apart
  local n=0 password
  while [ "$(date +%s)" -lt $((end - 2)) ] && [ $n -lt 50 ]; do
    password=$(cat "$folder/vic")
    load "127.0.0.1:$submission" --tls starttls --auth "vic@ours.test:$password" --from vic@ours.test --to 'r{n}@dst.test' \
      --rate 20 --duration "$((MINUTES * 2))s" --sessions 2 --messages-per-connection 5 > "$folder/vic-$((n++)).json" || true
  done
}
churn() {
  local n=0
  while [ "$(date +%s)" -lt $((end - 2)) ]; do
    quiet account add "u$n@ours.test" --password-file "$folder/pw" && quiet account app-password add "u$n@ours.test" phone && quiet alias add "l$n@ours.test" "u$n@ours.test" else@where.test
    quiet domain set ours.test --catch-all "$([ $((n % 2)) = 0 ] && echo bob || echo ann)@ours.test"
    quiet account disable vic@ours.test; quiet account enable vic@ours.test
    quiet account password vic@ours.test --password-file "$folder/pw2"; cp "$folder/pw2" "$folder/vic"
    quiet domain add "d$n.test" && quiet domain remove "d$n.test"
    quiet account password "u$n@ours.test" --password-file "$folder/pw2" && quiet alias remove "l$n@ours.test" && quiet account remove "u$n@ours.test"
    quiet account password vic@ours.test --password-file "$folder/pw"; cp "$folder/pw" "$folder/vic"
    echo $((n += 1)) > "$folder/rounds"
  done
}
cp "$folder/pw" "$folder/vic"; echo 0 > "$folder/rounds"
victim & victimpid=$!; churn & churnpid=$!; pids+=("$victimpid" "$churnpid")
row() { printf '%7s %9s %8s %9s %7s %8s %7s\n' "$1" "$(api api/v1/status | jq .queue.recipients)" "$(awk '/^Pss:/ { printf "%.0f", $2 / 1024 }' "/proc/$node/smaps_rollup")" \
  "$(awk -v hz="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / hz }' "/proc/$node/stat")" "$(find "/proc/$node/fd" -mindepth 1 2> /dev/null | wc -l)" "$(awk '/^Threads/ { print $2 }' "/proc/$node/status")" "$(cat "$folder/rounds")"; }
printf '%7s %9s %8s %9s %7s %8s %7s\n' seconds queued 'PSS MiB' 'CPU s' files threads rounds
began=$(date +%s)
while [ "$(date +%s)" -lt $((end - 10)) ]; do sleep 10; row $(($(date +%s) - began)); done
status=0
for l in "${loads[@]}"; do wait "$l" || status=1; done
wait "$victimpid" || true; wait "$churnpid" || { echo 'submission.sh: a command failed that should not have' >&2; status=1; }
for _ in $(seq 120); do [ "$(api api/v1/status | jq .queue.recipients)" = 0 ] && break; sleep 0.5; done
row $(($(date +%s) - began))

echo
names=('' 'STARTTLS, kept' 'implicit TLS, app password, kept' 'implicit TLS, 100 a connection' 'STARTTLS, app password, 20 a connection' 'from elsewhere to the catch-all')
for i in 1 2 3 4 5; do
  jq -r --arg name "${names[i]}" '"\($name): accepted \(.counts.accepted), failed \(.counts.failed), lost \(.arrived.lost), doubled \(.arrived.doubled), p99 \([.stages[] | select(.stage == "message")][0].p99) ms"' "$folder/$i.json"
  jq -e '.counts.failed == 0 and .arrived.lost == 0 and .arrived.doubled == 0' "$folder/$i.json" > /dev/null || { jq -c .errors "$folder/$i.json"; status=1; }
done
# only what a shut account or an old password must meet
cat "$folder"/vic-*.json | jq -rs '"the account that is shut and opened: accepted \(map(.counts.accepted) | add), lost \(map(.arrived.lost) | add), doubled \(map(.arrived.doubled) | add), refused \([.[].errors[]? | select(.code > 0) | {code, count}] | group_by(.code) | map("\(map(.count) | add) x \(.[0].code)") | join(", "))"'
cat "$folder"/vic-*.json | jq -es 'all(.[]; .arrived.lost == 0 and .arrived.doubled == 0 and all(.errors[]?; (.code | IN(535, 454, 421)) or (.text | startswith("not started"))))' > /dev/null || { cat "$folder"/vic-*.json | jq -cs '[.[].errors[]?] | unique_by(.code, .text)'; status=1; }
api api/v1/status | jq -r '.queue | "ledger: \(.ledger // . | tojson)"'
metric() { api metrics | awk -v name="$1" 'index($1, name) == 1 { s += $2 } END { printf "%.0f", s }'; }
accepted=$(metric mta_queue_accepted_total) settled=$(metric mta_queue_settled_total)
echo "accepted $accepted = settled $settled + queued $(api api/v1/status | jq .queue.recipients); sign-ins: $(api metrics | sed -n 's/^mta_accounts_sign_ins_total{.*result="\([a-z]*\)".*} \([0-9]*\).*/\2 \1/p' | paste -sd, | sed 's/,/, /g')"
[ "$accepted" = $((settled + $(api api/v1/status | jq .queue.recipients))) ] || status=1

echo
ticks() { awk '{ print $14 + $15 }' "/proc/$node/stat"; }
fast() { # NAME COUNT OPTION...
  local name=$1 count=$2 c0 c1; shift 2
  c0=$(ticks); load "$@" --count "$count" > "$folder/fast.json"; c1=$(ticks)
  jq -r --arg name "$name" --argjson cpu "$((c1 - c0))" --argjson hz "$(getconf CLK_TCK)" --argjson n "$count" \
    '"\($name): \(.counts.accepted / .seconds | round) a second, \($cpu / $hz / $n * 100000 | round / 100) ms of CPU each, failed \(.counts.failed), lost \(.arrived.lost)"' "$folder/fast.json"
}
kept=(--from ann@ours.test --to 'r{n}@dst.test' --auth 'ann@ours.test:correct horse' --sessions 20)
fast 'warm' 5000 "127.0.0.1:$submissions" --tls implicit "${kept[@]}"
fast 'submissions, implicit TLS and AUTH kept, 20 sessions' 20000 "127.0.0.1:$submissions" --tls implicit "${kept[@]}"
fast 'submissions, STARTTLS and AUTH kept, 20 sessions' 20000 "127.0.0.1:$submission" --tls starttls "${kept[@]}"
fast 'a message, a sign-in by password (argon2id, 19 MiB, 2 passes), no TLS, 8 sessions' 300 "127.0.0.1:$submission" --from ann@ours.test --auth 'ann@ours.test:correct horse' --sessions 8 --messages-per-connection 1
fast 'a message, a sign-in by app password, no TLS, 8 sessions' 5000 "127.0.0.1:$submission" --from bob@ours.test --auth "bob@ours.test:$app" --sessions 8 --messages-per-connection 1
fast 'a message, a sign-in by app password, implicit TLS, 8 sessions' 2000 "127.0.0.1:$submissions" --tls implicit --from bob@ours.test --auth "bob@ours.test:$app" --sessions 8 --messages-per-connection 1
kill "$sinkpid"; wait "$sinkpid" || true
[ "$status" = 0 ] && echo 'all well' || { echo 'something is wrong: see above'; tail -n 5 "$folder/log" "$folder/load.log" >&2; }
exit "$status"
