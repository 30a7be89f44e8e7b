"""A mail client as it is often handed in: mail arrives, so it seems to be right.

Usage: python faulty.py [PORT]

It breaks five rules. Run it against "mailtool serve" and read what the server
shows under the lines of this client. right.py does the same without a fault.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2525


def reply(connection):
    """Wait for the server's reply and return it."""
    return connection.recv(1024).decode()


with socket.create_connection(("127.0.0.1", port)) as server:
    reply(server)

    # Fault 1: Alice is a person. HELO wants the name of this computer.
    server.sendall(b"HELO Alice\r\n")
    reply(server)

    # Fault 2: no space may stand after the colon.
    server.sendall(b"MAIL FROM: <alice@lab.test>\r\n")
    reply(server)

    server.sendall(b"RCPT TO:<bob@lab.test>\r\n")
    reply(server)

    server.sendall(b"DATA\r\n")
    reply(server)

    # Fault 3: no Date. Fault 4: no empty line between the header and the body.
    server.sendall(b"From: alice@lab.test\r\n")
    server.sendall(b"To: bob@lab.test\r\n")
    server.sendall(b"Subject: hello\r\n")
    server.sendall(b"I love computer networks!\r\n")
    server.sendall(b".\r\n")
    print(reply(server), end="")

    # Fault 5: no QUIT. The connection is cut, not closed.
