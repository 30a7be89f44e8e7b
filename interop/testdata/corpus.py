"""Says what Python's email package makes of messages: an object in JSON for each file that
standard input names, a line each: the subject, and the leaves of the tree."""
import base64
import email
import email.header
import json
import re
import sys


def decoded(value):
    """Replaces encoded-words, as far as Python can, in a value without its folds."""
    value = re.sub("\r?\n", "", str(value))
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except Exception as e:
        return "!" + type(e).__name__


def leaf(part):
    octets = part.get_payload(decode=True) or b""
    charset = part.get_content_charset()
    text = None
    if part.get_content_maintype() == "text":
        try:
            text = octets.decode(charset or "ascii").replace("\r\n", "\n")
        except (LookupError, UnicodeError):
            pass
    try:
        name = part.get_filename()
    except Exception as e:
        name = "!" + type(e).__name__
    return {
        "type": part.get_content_type(),
        "octets": base64.b64encode(octets).decode(),
        "charset": charset or "",
        "text": text,
        "name": decoded(name) if name else "",
    }


def leaves(part):
    if not part.is_multipart():
        yield leaf(part)
    elif part.get_content_type() == "message/delivery-status":
        # Python makes a message of each group of fields; we take it as it is.
        yield {"type": "message/delivery-status"}
    else:
        for child in part.get_payload():
            yield from leaves(child)


for line in sys.stdin:
    with open(line.rstrip("\n"), "rb") as f:
        message = email.message_from_bytes(f.read())
    print(json.dumps({
        "subject": decoded(message["subject"]) if "subject" in message else "",
        "leaves": list(leaves(message)),
    }))
