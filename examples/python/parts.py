"""A mail client over a plain socket that sends a text, a page, a picture and a file.

Usage: python parts.py [PORT]

Python's own library (email.message.EmailMessage) does it in five lines. Here nothing is
hidden: a boundary line before each part, a header for each, and whatever is not ASCII
written in ASCII.
"""

import base64
import pathlib
import quopri
import secrets
import socket
import sys
from datetime import datetime, timezone
from email.utils import format_datetime, make_msgid
from urllib.parse import quote

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2525
lunch = pathlib.Path(__file__).parent.parent / "lunch"


def lines_of(octets):
    """Base64 in lines of 76 letters."""
    return base64.encodebytes(octets).decode().splitlines()


def quoted(text):
    """Quoted-printable: for text that a person may want to read on the wire."""
    return quopri.encodestring(text.encode("utf-8")).decode().splitlines()


def multipart(kind, parts):
    """Put parts together. Nobody but chance knows the boundary, so it is in none of them."""
    boundary = "=_" + secrets.token_hex(8)  # "=_" is neither in base64 nor in quoted-printable
    whole = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""]
    for part in parts:
        whole += ["--" + boundary, *part]
    return whole + ["--" + boundary + "--"]


picture = make_msgid(domain="lab.test")  # <...@lab.test>: the page points to it without < and >
page = (lunch / "lunch.html").read_text(encoding="utf-8")
page = page.replace('src="heart.png"', f'src="cid:{picture[1:-1]}"')

text_part = [
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    *lines_of((lunch / "lunch.txt").read_bytes()),
]
page_part = [
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    *quoted(page),
]
picture_part = [
    "Content-Type: image/png",
    "Content-Transfer-Encoding: base64",
    "Content-ID: " + picture,
    "Content-Disposition: inline; filename=heart.png",
    "",
    *lines_of((lunch / "heart.png").read_bytes()),
]
file_part = [
    "Content-Type: text/csv; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    # A name that is not ASCII, as RFC 2231 has it: the character set, and %XX for octets.
    "Content-Disposition: attachment; filename*=utf-8''" + quote("菜单.csv"),
    "",
    *lines_of((lunch / "menu.csv").read_bytes()),
]

forms = multipart("alternative", [text_part, page_part])  # the same twice, the best one last
shown = multipart("related", [forms, picture_part])  # what the page needs
shown[0] += '; type="multipart/alternative"'
message = [
    "Date: " + format_datetime(datetime.now(timezone.utc)),
    "From: alice@lab.test",
    "To: bob@lab.test",
    "Subject: =?utf-8?b?" + base64.b64encode("午饭".encode()).decode() + "?=",
    "Message-ID: " + make_msgid(domain="lab.test"),
    "MIME-Version: 1.0",
    *multipart("mixed", [shown, file_part]),
]


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


with socket.create_connection(("127.0.0.1", port)) as server:
    stream = server.makefile("rb")
    reply(stream, "220")
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
