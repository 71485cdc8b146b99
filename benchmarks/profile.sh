#!/bin/bash
# benchmarks/profile.sh   Where the relay's CPU time goes: mta load -> mta -> mta sink on loopback while perf (Debian package linux-perf) samples
# the node 999 times a second for 10 s. SESSIONS=20 COUNT=150000 as environment. Prints shares of the node's CPU time by what it was spent on, and the
# functions that used most themselves; OUT=FILE keeps folded stacks for a flame graph (any flamegraph tool draws them). As root.
set -euo pipefail
cd "$(dirname "$0")/.."
SESSIONS=${SESSIONS:-20} COUNT=${COUNT:-150000} mta=${MTA:-src/Mta.Server/bin/Release/net10.0/mta}
command -v perf > /dev/null || { echo 'profile.sh: perf is missing (Debian package linux-perf)' >&2; exit 2; }
free_port() { local p; while p=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null; do :; done; echo "$p"; }
smtp=$(free_port) sink=$(free_port) folder=$(mktemp -d "${TMPDIR:-/tmp}/mta-profile-XXXXXX") pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cat > "$folder/mta.conf" <<CONF
mta {
  hostname = "relay.test", data-dir = "$folder/data", log.level = warning
  listeners { smtp { address = "127.0.0.1", port = $smtp } }
  relay { routes = [ { domain = "*", next-hop = ["127.0.0.1:$sink"] } ] }
}
CONF
$mta sink --listen "127.0.0.1:$sink" > /dev/null 2>&1 & pids+=($!)
# (perf finds no names for code that is mapped twice)
DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0 $mta serve --config "$folder/mta.conf" > "$folder/log" 2>&1 & node=$!; pids+=($node)
for _ in $(seq 300); do (exec 3<> "/dev/tcp/127.0.0.1/$smtp") 2> /dev/null && break; sleep 0.1; done
$mta load "127.0.0.1:$smtp" --count "$COUNT" --sessions "$SESSIONS" > /dev/null 2>&1 < /dev/null & load=$!; pids+=($load)
sleep 5 # until the code that matters is compiled for good
perf record -q -e cpu-clock -F 999 -g -p "$node" -o "$folder/perf.data" -- sleep 10 2> /dev/null
kill -0 "$load" 2> /dev/null || echo 'profile.sh: the load ended before the samples: raise COUNT' >&2
perf script -i "$folder/perf.data" -F comm,ip,sym,dso 2> /dev/null > "$folder/script"
echo "# $(date -u +%F) commit $(git rev-parse --short HEAD 2> /dev/null || echo none), $(nproc) cores, $(uname -sr), $SESSIONS sessions, 4 KiB, 250 after fdatasync"
python3 - "$folder/script" "${OUT:-}" <<'PY'
import collections, re, sys
stacks = collections.Counter()
thread, frames = None, []
for line in open(sys.argv[1], errors='replace'):
    line = line.rstrip()
    if not line:
        if frames: stacks[(thread, tuple(frames))] += 1
        thread, frames = None, []
    elif not line[0].isspace(): thread = line.strip()
    elif m := re.match(r'\s+[0-9a-f]+ (.*) \((.*)\)$', line):
        if thread is None: thread = '?'
        frames.append((m[1], m[2]))
    else: thread = line.strip()
if frames: stacks[(thread, tuple(frames))] += 1
total = sum(stacks.values())
def clean(symbol): return re.sub(r'\[.*?\]$', '', re.sub(r'^(?:instance |class |valuetype )*\S+ (?:\[[\w.]+\] ?)', '', symbol)).strip()
kernel = lambda f: 'kernel' in f[1] or f[1].startswith('[')
# the first that matches from the innermost frame outwards names what a sample was spent on
rules = [
    ('kernel: sending on sockets', lambda s: re.search(r'sendto|sendmsg|tcp_sendmsg', s)), ('kernel: receiving from sockets', lambda s: re.search(r'recvfrom|recvmsg|tcp_recvmsg', s)),
    ('kernel: waiting for sockets (epoll)', lambda s: 'epoll' in s), ('kernel: waking and sleeping threads (futex, yield)', lambda s: re.search(r'futex|sched_yield', s)),
    ('kernel: fdatasync', lambda s: re.search(r'fdatasync|fsync', s)), ('kernel: writing the log', lambda s: re.search(r'pwrite|vfs_write|writev', s)),
]
parts, self = collections.Counter(), collections.Counter()
for (thread, frames), n in stacks.items():
    self[(clean(frames[0][0]), frames[0][1].split('/')[-1])] += n
    syscall = ' '.join(f[0] for f in frames if kernel(f))
    if kernel(frames[0]):
        parts[next((name for name, rule in rules if rule(syscall)), 'kernel: the rest')] += n
        continue
    if 'libcoreclr' in frames[0][1] or 'libclrgc' in frames[0][1]:
        gc = any(re.search(r'gc_heap|GCHeap|gc1|mark_object|SVR|WKS', f[0]) for f in frames)
        parts['runtime: garbage collection' if gc else 'runtime: the rest (allocation helpers, barriers, stubs)'] += n
        continue
    if 'libclrjit' in frames[0][1]: parts['runtime: compiling'] += n; continue
    for symbol, dso in frames:
        m = re.search(r'\bMta(?:\.Protocol)?\.(\w+)\.', symbol) or re.search(r'\[Mta\.(\w+)\]', symbol)
        if m:
            parts['Mta: ' + m[1]] += n
            break
    else:
        text = ' '.join(f[0] for f in frames)
        parts['Akka' if 'Akka' in text else 'the base class library: sockets, pool, threads' if 'System.' in text else 'the rest'] += n
print(f'{total} samples')
for name, n in parts.most_common(20): print(f'{100 * n / total:6.1f} %  {name}')
print('by itself:')
for (symbol, dso), n in self.most_common(15): print(f'{100 * n / total:6.1f} %  {symbol[:110]} ({dso})')
if sys.argv[2]:
    with open(sys.argv[2], 'w') as out:
        for (thread, frames), n in stacks.items(): print(';'.join([thread or '?'] + [clean(f[0]).replace(';', ':') for f in reversed(frames)]), n, file=out)
PY
