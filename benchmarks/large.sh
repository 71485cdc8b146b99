#!/bin/bash
# benchmarks/large.sh   A mailbox of MESSAGES (1,000,000): how it opens and what it takes of memory, whole and with a tenth of it gone; then SESSIONS (10,000) in
# IDLE: memory each, and when they learn of a change. One account, all on loopback, in the clear; changes are answered after the sync. Needs python3.
# Run `dotnet build -c Release` first. Takes some 10 minutes, and 400 MiB of disk. KEEP=1 leaves the folder.
set -euo pipefail
cd "$(dirname "$0")/.."
MESSAGES=${MESSAGES:-1000000} SESSIONS=${SESSIONS:-10000} mta=$PWD/src/Mta.Server/bin/Release/net10.0/mta
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
folder=${FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/mta-large-XXXXXX")} pid= port=$(free_port)
stop() { [ -z "$pid" ] || { kill "$pid" 2> /dev/null || true; tail --pid="$pid" -f /dev/null; pid=; }; }
trap 'stop; [ -n "${KEEP:-}" ] || rm -rf "$folder"' EXIT
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "mail.test", data-dir = "$folder/data", log.level = warning
  listeners { imap { address = "127.0.0.1", port = $port, max-connections = 20000, max-connections-per-address = 20000 } }
  imap.allow-plaintext-on-loopback = on
}
CONF
echo 'a long secret' > "$folder/password"
start() {
  "$mta" serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & pid=$!
  for _ in $(seq 600); do [ -S "$folder/data/admin.sock" ] && break; sleep 0.1; done
}
start
"$mta" domain add ours.test --config "$folder/mta.conf" > /dev/null
"$mta" account add ann@ours.test --password-file "$folder/password" --config "$folder/mta.conf" > /dev/null
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr)"
python3 benchmarks/large.py fill "$port" "$pid" "$MESSAGES"
for state in whole holes; do
  # a node that has just been started: nothing is in its memory
  stop; start
  [ $state = whole ] || { python3 benchmarks/large.py thin "$port" "$pid" "$MESSAGES"; stop; start; }
  python3 benchmarks/large.py look "$port" "$pid" "$MESSAGES"
done
stop; start
python3 benchmarks/large.py idle "$port" "$pid" "$SESSIONS"
