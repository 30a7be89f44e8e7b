"""A program that fetches mail by POP3, with what Python's own library has.

Usage: python fetch.py [PORT [delete]]

It shows what is in bob's mailbox and keeps it there; with "delete" it deletes what it has
fetched. The library knows the protocol; what it leaves to us is to keep the order: first the
letter is safe here, then DELE, and nothing is deleted before QUIT was answered.
"""

import poplib
import sys
from email import message_from_bytes, policy

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2110
delete = "delete" in sys.argv[2:]

server = poplib.POP3("127.0.0.1", port, timeout=20)
try:
    server.user("bob")
    server.pass_("sesame")  # in clear: on this machine only
    count, octets = server.stat()
    print(f"{count} letters, {octets} octets")
    for number in range(1, count + 1):
        # A number is good for this session only. The unique-id stays: by it a program that
        # keeps mail on the server knows what it has fetched before.
        unique_id = server.uidl(number).decode().split()[2]
        _, lines, size = server.retr(number)  # the doubled dots are single again
        letter = message_from_bytes(b"\r\n".join(lines) + b"\r\n", policy=policy.default)
        print(f"{number}  {unique_id}  {size} octets  {letter['Subject']}")
        if delete:
            server.dele(number)  # a mark, no more
    print(server.quit().decode())
except poplib.error_proto as refused:
    # Without QUIT nothing is deleted (RFC 1939, section 6).
    server.close()
    sys.exit(f"the server said: {refused}")
