"""A mail client over a plain socket, without a fault.

Usage: python right.py [PORT]

The five faults of faulty.py are mended, and replies are read to their end.
"""

import socket
import sys
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2525


def reply(stream, want):
    """Read a whole reply: the last of its lines has a space behind the code."""
    while True:
        line = stream.readline().decode()
        if line[3:4] != "-":
            break
    if not line.startswith(want):
        sys.exit(f"the server said: {line}")
    return line


def command(server, stream, line, want):
    """Send a line with its CRLF, and wait for the reply."""
    server.sendall(line.encode("ascii") + b"\r\n")
    return reply(stream, want)


message = [
    "Date: " + format_datetime(datetime.now(timezone.utc)),
    "From: alice@lab.test",
    "To: bob@lab.test",
    "Subject: hello",
    "Message-ID: " + make_msgid(domain="lab.test"),
    "",
    "I love computer networks!",
    ".com is a domain, too: this line begins with a dot.",
]

with socket.create_connection(("127.0.0.1", port)) as server:
    stream = server.makefile("rb")
    reply(stream, "220")
    # An address in brackets stands where this computer has no name.
    command(server, stream, "EHLO [127.0.0.1]", "250")
    command(server, stream, "MAIL FROM:<alice@lab.test>", "250")
    command(server, stream, "RCPT TO:<bob@lab.test>", "250")
    command(server, stream, "DATA", "354")
    for line in message:
        if line.startswith("."):
            line = "." + line  # a dot alone would end the message
        server.sendall(line.encode("ascii") + b"\r\n")
    print(command(server, stream, ".", "250"), end="")
    command(server, stream, "QUIT", "221")
