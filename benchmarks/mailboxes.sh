#!/bin/bash
# benchmarks/mailboxes.sh   The mailboxes beside Dovecot's (Debian packages dovecot-imapd, dovecot-lmtpd, dovecot-pop3d, python3), in turns: LMTP delivery until the
# message is in the mailbox, APPEND, FETCH, SEARCH, STORE, POP3. One account, messages of 4 KiB, all on loopback, in the clear.
# Any password will do for Dovecot: what is measured comes after the sign-in. MESSAGES=10000 TURNS=3 as environment. Prints the medians, operations a second and ms of CPU each, and the ratio.
# Durability: Dovecot keeps a maildir and syncs each message (mail_fsync = optimized); Mta commits to SQLite with synchronous = FULL.
# Both are warmed up before each figure. Run `dotnet build -c Release` first; as root, because Dovecot starts so. Takes some 6 minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
MESSAGES=${MESSAGES:-10000} TURNS=${TURNS:-3} mta=$PWD/src/Mta.Server/bin/Release/net10.0/mta
for tool in /usr/sbin/dovecot /usr/lib/dovecot/lmtp /usr/lib/dovecot/imap /usr/lib/dovecot/pop3; do
  [ -x $tool ] || { echo "mailboxes.sh: $tool is missing (Debian packages dovecot-imapd, dovecot-lmtpd, dovecot-pop3d)" >&2; exit 2; }
done
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-mailboxes-XXXXXX") pid=
stop() { [ -z "$pid" ] || { kill "$pid" 2> /dev/null || true; tail --pid="$pid" -f /dev/null; pid=; }; }
trap 'stop; rm -rf "$folder"' EXIT
up() { for _ in $(seq 300); do (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return; sleep 0.1; done; echo "mailboxes.sh: nothing listens on $1" >&2; exit 1; }
with_mta() { # imap lmtp pop
  rm -rf "$folder/data"
  cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "mail.test", data-dir = "$folder/data", log.level = warning
  listeners { imap { address = "127.0.0.1", port = $1 }, lmtp { address = "127.0.0.1", port = $2 }, pop3 { address = "127.0.0.1", port = $3 } }
  relay.trusted-networks = ["127.0.0.0/8"]
  imap.allow-plaintext-on-loopback = on, pop3.allow-plaintext-on-loopback = on
}
CONF
  echo 'a long secret' > "$folder/password"
  "$mta" serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & pid=$!
  for _ in $(seq 300); do [ -S "$folder/data/admin.sock" ] && break; sleep 0.1; done
  up "$1"
  "$mta" domain add ours.test --config "$folder/mta.conf" > /dev/null
  "$mta" account add ann@ours.test --password-file "$folder/password" --config "$folder/mta.conf" > /dev/null
}
with_dovecot() { # imap lmtp pop
  rm -rf "$folder/dovecot"; mkdir -p "$folder/dovecot/mail"; chmod 755 "$folder" "$folder/dovecot"; chown mail "$folder/dovecot/mail"
  cat > "$folder/dovecot.conf" <<CONF
base_dir = $folder/dovecot/run
state_dir = $folder/dovecot/state
log_path = $folder/dovecot/log
protocols = imap lmtp pop3
ssl = no
disable_plaintext_auth = no
mail_location = maildir:$folder/dovecot/mail
mail_fsync = optimized
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
auth_username_format = %Lu
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$folder/dovecot/mail allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Trash {
    auto = create
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = $1
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $2
  }
}
service pop3-login {
  inet_listener pop3 {
    address = 127.0.0.1
    port = $3
  }
  inet_listener pop3s {
    port = 0
  }
}
CONF
  /usr/sbin/dovecot -F -c "$folder/dovecot.conf" > "$folder/dovecot.out" 2>&1 & pid=$!
  up "$1"
}
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), Dovecot $(/usr/sbin/dovecot --version | cut -d' ' -f1), INBOX of $MESSAGES, $TURNS turns; 250 and OK after the sync"
for _ in $(seq "$TURNS"); do
  for server in mta dovecot; do
    ports=("$(free_port)" "$(free_port)" "$(free_port)")
    with_$server "${ports[@]}"
    python3 benchmarks/mailboxes.py "${ports[@]}" "$pid" "$MESSAGES" | sed "s/^/$server\t/" >> "$folder/figures"
    stop
  done
done
python3 - "$folder/figures" <<'PY'
import statistics, sys
figures = {}
for line in open(sys.argv[1]):
    server, what, rate, cpu = line.rstrip("\n").split("\t")
    figures.setdefault(what, {}).setdefault(server, []).append((float(rate), float(cpu)))
print(f"{'':28s} {'Mta /s':>10s} {'CPU ms':>9s} {'Dovecot /s':>11s} {'CPU ms':>9s} {'ratio':>7s}")
for what, by in figures.items():
    (rate, cpu), (other, other_cpu) = [[statistics.median(f[i] for f in by[server]) for i in (0, 1)] for server in ("mta", "dovecot")]
    print(f"{what:28s} {rate:10.0f} {cpu:9.3f} {other:11.0f} {other_cpu:9.3f} {rate / other:6.1f}x")
PY
