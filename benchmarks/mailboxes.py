#!/usr/bin/env python3
"""Times one mailbox server: LMTP, IMAP, POP3 on loopback. Used by mailboxes.sh, which prints what comes of several turns.

mailboxes.py IMAP-PORT LMTP-PORT POP3-PORT PID MESSAGES     PID and its children are asked for their CPU time.
Prints a line "what<TAB>per second<TAB>ms of CPU each" for each figure. The client pipelines, and looks only for the ends of answers.
"""
import glob
import os
import re
import socket
import sys
import threading
import time

imap_port, lmtp_port, pop_port, pid, count = map(int, sys.argv[1:6])
USER, PASSWORD = "ann@ours.test", "a long secret"
LINE = b"the quick brown fox jumps over the lazy dog and comes back another way\r\n"


def message(number):
    head = f"From: bob@src.test\r\nTo: {USER}\r\nSubject: message {number}\r\nMessage-ID: <{number}.{time.time_ns()}@src.test>\r\nDate: Mon, 05 Oct 2026 08:00:00 +0000\r\n\r\n"
    return head.encode() + LINE * 55


def cpu():
    parents = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(stat).read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        # those that have ended are in the figures of their parent
        parents[int(stat.split("/")[2])] = (int(fields[1]), sum(map(int, fields[11:15])))
    total, wanted = 0, {pid}
    while wanted:
        total += sum(parents[p][1] for p in wanted if p in parents)
        wanted = {p for p, (parent, _) in parents.items() if parent in wanted}
    return total / os.sysconf("SC_CLK_TCK")


class Imap:
    def __init__(self):
        self.socket, self.number = socket.create_connection(("127.0.0.1", imap_port), timeout=120), 0
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.recv(4096)
        self.do(f'LOGIN {USER} "{PASSWORD}"')

    def do(self, command, literal=None):
        self.number += 1
        tag = f"a{self.number}"
        if literal is None:
            self.socket.sendall(f"{tag} {command}\r\n".encode())
        else:
            self.socket.sendall(f"{tag} {command} {{{len(literal)}+}}\r\n".encode() + literal + b"\r\n")
        end, tail = re.compile(rb"(?:^|\n)" + tag.encode() + rb" (\w+)[^\n]*\n"), b""
        while True:
            octets = self.socket.recv(1 << 20)
            if not octets:
                sys.exit("the connection was closed")
            tail = (tail + octets)[-4096:]
            if found := end.search(tail):
                if found[1] != b"OK":
                    sys.exit(f"{command}: {tail[-200:]!r}")
                return tail

    def messages(self):
        return int(re.search(rb"MESSAGES (\d+)", self.do("STATUS INBOX (MESSAGES)"))[1])


def lmtp(numbers):
    with socket.create_connection(("127.0.0.1", lmtp_port), timeout=120) as s:
        lines = s.makefile("rb")

        def reply():
            while (line := lines.readline())[3:4] == b"-":
                pass
            if line[:1] not in b"23":
                sys.exit(f"LMTP: {line!r}")

        reply()
        s.sendall(b"LHLO client.test\r\n")
        reply()
        for number in numbers:
            s.sendall(f"MAIL FROM:<bob@src.test>\r\nRCPT TO:<{USER}>\r\nDATA\r\n".encode())
            reply(), reply(), reply()
            s.sendall(message(number) + b".\r\n")
            reply()


def timed(what, number, work):
    c, t = cpu(), time.perf_counter()
    work()
    seconds = time.perf_counter() - t
    print(f"{what}\t{number / seconds:.0f}\t{(cpu() - c) / number * 1000:.4f}", flush=True)


def deliver(client, sessions, number):
    """Until all are in the mailbox: a server may answer before."""
    there = client.messages()
    threads = [threading.Thread(target=lmtp, args=(range(i, number, sessions),)) for i in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while client.messages() < there + number:
        time.sleep(0.005)


def pop(number):
    with socket.create_connection(("127.0.0.1", pop_port), timeout=120) as s:
        lines = s.makefile("rb", 1 << 16)
        lines.readline()
        for command in (f"USER {USER}", f"PASS {PASSWORD}"):
            s.sendall(command.encode() + b"\r\n")
            if not lines.readline().startswith(b"+OK"):
                sys.exit("POP3: no sign-in")
        for first in range(1, number + 1, 50):
            s.sendall(b"".join(b"RETR %d\r\n" % n for n in range(first, first + 50)))
            for _ in range(50):
                while lines.readline() != b".\r\n":
                    pass
        s.sendall(b"QUIT\r\n")
        lines.readline()


client = Imap()
# warm-up: servers run for long
deliver(client, 4, 1000)
for n in range(200):
    client.do("APPEND Trash", message(n))
timed("LMTP, 1 session", 500, lambda: deliver(client, 1, 500))
timed("LMTP, 20 sessions", 2000, lambda: deliver(client, 20, 2000))
timed("APPEND", 1000, lambda: [client.do("APPEND INBOX", message(n)) for n in range(1000)])
while client.messages() < count:
    client.do("APPEND INBOX", message(0))
client.do("SELECT INBOX")
count = client.messages()
for what, command in (
    ("FETCH flags", "FETCH 1:* (FLAGS)"),
    ("FETCH UID, flags, size", "FETCH 1:* (UID FLAGS RFC822.SIZE)"),
    ("FETCH ENVELOPE", "FETCH 1:* (ENVELOPE)"),
    ("FETCH BODYSTRUCTURE", "FETCH 1:* (BODYSTRUCTURE)"),
    ("FETCH whole messages", "FETCH 1:* (BODY.PEEK[])"),
    ("SEARCH TEXT, no match", "SEARCH TEXT zebra"),
    ("SEARCH SUBJECT", 'SEARCH SUBJECT "message 77"'),
):
    for _ in range(5):
        client.do(command)
    timed(what, count * 3, lambda: [client.do(command) for _ in range(3)])
timed("STORE +FLAGS, then -FLAGS", count * 2, lambda: [client.do(f"STORE 1:* {sign}FLAGS.SILENT (\\Flagged)") for sign in "+-"])
timed("SELECT", 20, lambda: [client.do("SELECT INBOX") for _ in range(20)])
pop(1000)
timed("POP3 RETR, pipelined", 2000, lambda: pop(2000))
