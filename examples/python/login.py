"""A mail client over a plain socket that logs in: STARTTLS, then AUTH.

Usage: python login.py [PORT [FILE]]

FILE holds the certificate of the authority that is trusted: mailtool ca export -o FILE.
Three things are easily forgotten, and each has let somebody in: to check the server's
certificate, to forget what the server said in clear, and to say EHLO again in TLS.
"""

import base64
import socket
import ssl
import sys
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2587
trusted = sys.argv[2] if len(sys.argv) > 2 else "ca.pem"


def reply(stream, want):
    """Read a whole reply, and return its lines without the code."""
    lines = []
    while True:
        line = stream.readline().decode().rstrip("\r\n")
        lines.append(line[4:])
        if line[3:4] != "-":
            break
    if not line.startswith(want):
        sys.exit(f"the server said: {line}")
    return lines


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

# Whom to believe. The default would be the authorities that the system knows, and it checks
# the name in the certificate as well.
context = ssl.create_default_context(cafile=trusted)

with socket.create_connection(("127.0.0.1", port)) as clear:
    stream = clear.makefile("rb")
    reply(stream, "220")
    if "STARTTLS" not in command(clear, stream, "EHLO [127.0.0.1]", "250"):
        sys.exit("the server offers no TLS, or somebody in between took it away")
    command(clear, stream, "STARTTLS", "220")
    # From here on whoever reads along sees noise. Nothing that was said before counts.
    with context.wrap_socket(clear, server_hostname="localhost") as server:
        stream = server.makefile("rb")
        offers = command(server, stream, "EHLO [127.0.0.1]", "250")
        auth = [line for line in offers if line.startswith("AUTH ")]
        if not auth or "PLAIN" not in auth[0].split():
            sys.exit("the server does not offer PLAIN")
        # Three fields, a NUL before each but the first, in base64. That hides nothing: TLS does.
        secret = base64.b64encode(b"\0alice\0sesame").decode()
        command(server, stream, "AUTH PLAIN " + secret, "235")
        command(server, stream, "MAIL FROM:<alice@lab.test>", "250")
        command(server, stream, "RCPT TO:<bob@lab.test>", "250")
        command(server, stream, "DATA", "354")
        for line in message:
            if line.startswith("."):
                line = "." + line  # a dot alone would end the message
            server.sendall(line.encode("ascii") + b"\r\n")
        print(command(server, stream, ".", "250")[-1])
        command(server, stream, "QUIT", "221")
