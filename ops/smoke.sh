#!/bin/bash
# FOLDER: starts the published program in there, in an empty folder and with nothing but what it brings, hands in a message, and sees it stored and stopped in
# order. Needs Python.
set -euo pipefail
program=$(realpath "$1")/mta
work=$(mktemp -d)
pid=
cleanup() {
  [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
read -r smtp http < <(python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])')
cat > mta.conf << END
mta {
  hostname = "smoke.test"
  listeners { smtp { address = "127.0.0.1", port = $smtp }, http { address = "127.0.0.1", port = $http } }
  relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:1"] } ]
  spool.min-free = 1MiB
}
END
began=$(date +%s%N)
# no .NET of the machine's
env -i PATH=/usr/bin:/bin HOME="$work" DOTNET_ROOT=/nonexistent "$program" serve --config mta.conf > log 2>&1 &
pid=$!
python3 - "$smtp" << 'END' || { cat log; exit 1; }
import smtplib, sys, time
for _ in range(600):
    try:
        client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "client.test")
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
client.sendmail("ann@example.test", ["bob@example.test"], "From: ann@example.test\r\nSubject: smoke\r\n\r\nhello\r\n")
client.quit()
END
ended=$(date +%s%N)
"$program" queue list --config mta.conf | grep -q bob@example.test || { cat log; echo 'the message is not in the queue'; exit 1; }
kill "$pid"
wait "$pid" || { cat log; echo 'it did not stop in order'; exit 1; }
pid=
grep -q 'accepted id=.* from=<ann@example.test>' log || { cat log; exit 1; }
echo "from the start to the first message stored: $(((ended - began) / 1000000)) ms"
