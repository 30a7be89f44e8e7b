"""Waits until a letter comes to bob, by IMAP's IDLE, over a plain socket and all by hand.

Usage: python wait.py [PORT]

Until IDLE the client asks and the server answers. Now the server speaks by itself; so whoever
reads must be ready for a line that nobody asked for.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2143

server = socket.create_connection(("127.0.0.1", port), timeout=60)
lines = server.makefile("rb")
tags = 0


def read():
    line = lines.readline()
    if not line.endswith(b"\r\n"):
        sys.exit("the server closed the connection")
    print("S:", line.decode().rstrip(), flush=True)
    return line


def say(line):
    shown = line.replace("sesame", "********")
    print("C:", shown, flush=True)
    server.sendall(line.encode() + b"\r\n")


def ask(command):
    """Sends a command, and reads until its result: the line that begins with its tag."""
    global tags
    tags += 1
    tag = f"w{tags}"
    say(f"{tag} {command}")
    result_of(tag)


def result_of(tag):
    while not (line := read()).startswith(tag.encode() + b" "):
        pass
    if not line.startswith(tag.encode() + b" OK"):
        sys.exit("the server refused that")


read()  # the greeting
ask("LOGIN bob sesame")  # in clear: on this machine only
ask("EXAMINE INBOX")
say("wait IDLE")
while not read().startswith(b"+"):  # the server may have something to tell before
    pass
print("# send bob a letter, from another window: mailtool smtp send", flush=True)
while not read().rstrip().endswith(b" EXISTS"):
    pass
say("DONE")  # has no tag: it goes on with the command IDLE
result_of("wait")
ask("FETCH * BODY.PEEK[HEADER.FIELDS (SUBJECT)]")  # * is the newest
ask("LOGOUT")
