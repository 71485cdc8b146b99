#!/bin/bash
# benchmarks/compare/postfix.sh FOLDER SMTP-PORT SINK-PORT   Runs a Postfix of its own in the foreground until SIGTERM: a relay on loopback,
# tuned for throughput (no DNS, no TLS, no limits per client, no log), with its normal durability: 250 after fsync. As root.
set -euo pipefail
folder=$1 smtp=$2 sink=$3
mkdir -p "$folder/etc" "$folder/spool" "$folder/data"
chmod 755 "$folder" "$folder/etc" "$folder/spool"; chown postfix "$folder/data"
cat > "$folder/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $folder/spool
data_directory = $folder/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
myhostname = relay.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:$sink
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtputf8_enable = no
smtp_tls_security_level = none
smtpd_tls_security_level = none
default_process_limit = 200
in_flow_delay = 0
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtp_destination_concurrency_limit = 4
initial_destination_concurrency = 4
qmgr_message_active_limit = 50000
qmgr_message_recipient_limit = 50000
hash_queue_names = deferred
max_use = 10000
CF
# Debian's services without chroot, smtp on our port, no postlogd
awk -v p="127.0.0.1:$smtp" '/^#/ || /^[ \t]/ || /pipe$/ { next } $1 == "postlog" { next } { if ($1 == "smtp" && $2 == "inet") $1 = p; $5 = "n"; print }' \
  /etc/postfix/master.cf > "$folder/etc/master.cf"
cp /etc/postfix/dynamicmaps.cf "$folder/etc/" 2> /dev/null || true
postfix -c "$folder/etc" check > /dev/null 2>&1 || true
exec /usr/lib/postfix/sbin/master -c "$folder/etc" -d
