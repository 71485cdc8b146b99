#!/usr/bin/env python3
"""The steps of large.sh: large.py fill|thin|look|idle PORT PID NUMBER. PID is the server's; figures go to standard output."""
import random
import re
import selectors
import socket
import statistics
import sys
import time

what, port, pid, number = sys.argv[1], *map(int, sys.argv[2:5])
SIGN_IN = b'LOGIN ann@ours.test "a long secret"'


class Imap:
    def __init__(self):
        self.socket, self.tags = socket.create_connection(("127.0.0.1", port), timeout=600), 0
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.recv(4096)
        self.do(SIGN_IN)

    def do(self, command):
        self.tags += 1
        tag = b"a%d" % self.tags
        self.socket.sendall(tag + b" " + command + b"\r\n")
        end, octets = re.compile(rb"(?:^|\n)" + tag + rb" (\w+)[^\n]*\n"), b""
        while not (found := end.search(octets[-4096:])):
            octets = (octets + self.socket.recv(1 << 20))[-1 << 20:]
            if not octets:
                sys.exit("the connection was closed")
        if found[1] != b"OK":
            sys.exit(f"{command[:60]!r}: {octets[-200:]!r}")
        return octets


def pss():
    return int(re.search(r"^Pss: +(\d+)", open(f"/proc/{pid}/smaps_rollup").read(), re.M)[1])


def ms(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def message(n):
    return (f"From: sender {n % 500} <s{n % 500}@src.test>\r\nTo: ann@ours.test\r\nSubject: message {n}\r\nMessage-ID: <{n}@src.test>\r\n"
            f"Date: Mon, 05 Oct 2026 08:00:00 +0000\r\n\r\nthe number is {n}\r\n").encode()


def fill():
    """Ten thousand messages, copied again and again: rows of their own, bodies in common."""
    client, some = Imap(), min(10_000, number)
    for first in range(0, some, 50):
        client.do(b"APPEND Trash" + b"".join(b" {%d+}\r\n" % len(m) + m for m in map(message, range(first, min(some, first + 50)))))
    client.do(b"SELECT Trash")
    begin = time.perf_counter()
    for copied in range(0, number, some):
        client.do(b"COPY 1:%d INBOX" % min(some, number - copied))
    print(f"COPY: {number / (time.perf_counter() - begin):.0f} messages a second")


def thin():
    """Every tenth goes, here and there: as many gaps."""
    client, chance = Imap(), random.Random(1)
    client.do(b"SELECT INBOX")
    for first in range(1, number, 5000):
        gone = ",".join(str(uid) for uid in range(first, first + 5000) if chance.random() < 0.1)
        client.do(f"UID STORE {gone} +FLAGS.SILENT (\\Deleted)".encode())
    print(f"EXPUNGE of a tenth: {ms(lambda: client.do(b'EXPUNGE')):.0f} ms")


def look():
    client = Imap()
    before = pss()
    print(f"{'first':>10s} {'again':>10s}  ms")
    for command in (b"SELECT INBOX", b"STATUS INBOX (MESSAGES UNSEEN SIZE)", b"FETCH *:%d (UID FLAGS ENVELOPE)" % (number * 89 // 100), b"SEARCH RETURN (COUNT) UNSEEN", b"SEARCH RETURN (COUNT) FLAGGED",
                    b'SEARCH RETURN (COUNT) SUBJECT "message 777"', b"UID STORE 5:14 +FLAGS (\\Seen)", b"FETCH 1:* (FLAGS)", b"SELECT INBOX"):
        print(f"{ms(lambda: client.do(command)):10.1f} {statistics.median(ms(lambda: client.do(command)) for _ in range(3)):10.1f}  {command.decode()}", flush=True)
    others = [Imap() for _ in range(20)]
    then = pss()
    for other in others:
        other.do(b"SELECT INBOX")
    print(f"memory: {before / 1024:.0f} MiB before, {then / 1024:.0f} MiB after that, and {(pss() - then) / 20:.0f} KiB for each session more that has it open")


def idle():
    empty = pss()
    # the first of them tells when it is over
    clients = []
    for _ in range(number):
        client = Imap()
        client.do(b"SELECT Trash")
        client.socket.sendall(b"i IDLE\r\n")
        if not client.socket.recv(4096).startswith(b"+"):
            sys.exit("no IDLE")
        clients.append(client)
    time.sleep(5)
    print(f"{number} sessions in IDLE: {(pss() - empty) / number:.1f} KiB each (PSS) beyond the process of {empty / 1024:.0f} MiB")
    writer = Imap()
    writer.do(b"SELECT Trash")
    literal = message(0)
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client.socket, selectors.EVENT_READ, client)
    for name, command in (("APPEND", b"APPEND Trash {%d+}\r\n" % len(literal) + literal), ("STORE", b"STORE 1 +FLAGS (\\Flagged)"), ("STORE", b"STORE 1 -FLAGS (\\Flagged)")):
        begin, told, times = time.perf_counter(), 0, []
        writer.socket.sendall(b"w " + command + b"\r\n")
        while told < number:
            for key, _ in waiting.select(60):
                if key.data.socket.recv(65536):
                    told += 1
                    times.append(time.perf_counter() - begin)
        print(f"{name}: the first of all {number} knows after {times[0] * 1000:.1f} ms, half of them after {times[len(times) // 2] * 1000:.1f}, the last after {times[-1] * 1000:.1f}")
        while b"w OK" not in writer.socket.recv(65536):
            pass
    for client in clients[10:]:
        waiting.unregister(client.socket)
        client.socket.close()
    time.sleep(3)
    times = []
    for turn in range(200):
        begin = time.perf_counter()
        writer.socket.sendall(b"w STORE 1 %sFLAGS (\\Flagged)\r\n" % (b"-" if turn % 2 else b"+"))
        for client in clients[:10]:
            client.socket.recv(65536)
        times.append((time.perf_counter() - begin) * 1000)
        while b"w OK" not in writer.socket.recv(65536):
            pass
    times.sort()
    print(f"200 changes, until 10 sessions in IDLE know of each, with the sync: p50 {times[100]:.1f} ms, p99 {times[197]:.1f} ms, all {times[-1]:.1f} ms")


{"fill": fill, "thin": thin, "look": look, "idle": idle}[what]()
