"""A program that reads and arranges mail by IMAP, with what Python's own library has.

Usage: python arrange.py [PORT [archive]]

It shows bob's folders and what is in INBOX, and changes nothing; with "archive" it moves the
oldest letter to the folder Archive. The letters stay on the server all the time: run it twice,
and look with another program in between.
"""

import imaplib
import sys
from email import message_from_bytes, policy

port = int(sys.argv[1]) if len(sys.argv) > 1 else 2143
archive = "archive" in sys.argv[2:]


def ask(answer):
    """The library returns ("OK", data), ("NO", ...), or raises an error for BAD."""
    status, data = answer
    if status != "OK":
        sys.exit(f"the server said: {status} {data[0].decode()}")
    return data


try:
    with imaplib.IMAP4("127.0.0.1", port, timeout=20) as server:  # the end of it is LOGOUT
        ask(server.login("bob", "sesame"))  # in clear: on this machine only
        for line in ask(server.list()):
            print(line.decode())
        count = int(ask(server.select("INBOX", readonly=not archive))[0])
        print(f"{count} letters")
        uids = ask(server.uid("SEARCH", "ALL"))[0].split()
        for uid in uids:
            # PEEK looks without marking the letter as read. Of the letter only two fields come,
            # in a literal: the library puts what stands before it and the octets into a pair.
            data = ask(server.uid("FETCH", uid, "(FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"))
            about, octets = data[0]
            header = message_from_bytes(octets, policy=policy.default)
            flags = " ".join(flag.decode() for flag in imaplib.ParseFlags(about))
            print(f"UID {uid.decode()}  ({flags})  {header['From']}  {header['Subject']}")
        if archive and uids:
            if "MOVE" in server.capabilities:  # RFC 6851
                ask(server.uid("MOVE", uids[0], "Archive"))
            else:  # as before it: a copy, a mark, and EXPUNGE, which takes all that is marked
                ask(server.uid("COPY", uids[0], "Archive"))
                ask(server.uid("STORE", uids[0], "+FLAGS", r"(\Deleted)"))
                ask(server.expunge())
            print(f"UID {uids[0].decode()} is in Archive now")
except imaplib.IMAP4.error as refused:
    sys.exit(f"the server said: {refused}")
