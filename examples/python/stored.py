"""What a mail server stored: the mails of a mailbox file, and which came twice.

Usage: python stored.py FILE.mbox

The file is made by "mailtool mailbox export bob FILE.mbox". For each mail it shows
the envelope's sender, which the server wrote into Return-Path, beside the letter's own
From, and how many servers put their Received line on top. Two mails with one
Message-ID are the same letter, delivered twice.
"""

import mailbox
import sys
from collections import Counter

letters = mailbox.mbox(sys.argv[1], create=False)
times = Counter(letter["Message-ID"] for letter in letters)

for number, letter in enumerate(letters, start=1):
    print(f"mail {number}: {letter['Subject']}")
    print(f"  envelope from {letter['Return-Path']}, header From: {letter['From']}")
    print(f"  Received lines: {len(letter.get_all('Received', []))}")
    if times[letter["Message-ID"]] > 1:
        print(f"  the same letter lies here {times[letter['Message-ID']]} times")
print(f"{len(letters)} mails, {len(times)} letters")
