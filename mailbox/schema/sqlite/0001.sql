-- The first schema of the mailbox, for SQLite. Times are microseconds since 1970 in UTC.
-- Ids are dealt from counters and never again, so that what a client remembers by an id
-- (RFC 8474 §4, §5.1) is never something else.

-- settings: what the mail server keeps for the next time; 'schema' is the version of these
-- tables.
CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- counters: the next number of its kind. 'uidvalidity' rises for all folders together, so
-- that a folder made anew under an old name has a higher one (RFC 9051 §2.3.1.1).
CREATE TABLE counters (
	name TEXT PRIMARY KEY,
	next BIGINT NOT NULL
) WITHOUT ROWID;

-- users: who has mail. The local part's case does not matter here (RFC 5321 §2.4).
CREATE TABLE users (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL,
	folded  TEXT NOT NULL UNIQUE, -- the name in lower case
	inbox   BIGINT NOT NULL,      -- the folder INBOX (RFC 9051 §5.1)
	created BIGINT NOT NULL
);

-- verifiers: what a password is checked against, one for each mechanism (RFC 5802 §5.1).
-- An id lasts as long as the verifier: a remembered log-in that names it ends with it.
CREATE TABLE verifiers (
	id        INTEGER PRIMARY KEY,
	user_id   BIGINT NOT NULL,
	mechanism TEXT NOT NULL,
	value     BYTEA NOT NULL,
	changed   BIGINT NOT NULL,
	UNIQUE (user_id, mechanism)
);

-- folders: mailboxes in IMAP's words. A folder has no name of its own: see names. One
-- without a name is being removed.
CREATE TABLE folders (
	id          INTEGER PRIMARY KEY, -- MAILBOXID (RFC 8474 §4)
	user_id     BIGINT NOT NULL,
	uidvalidity BIGINT NOT NULL,     -- RFC 9051 §2.3.1.1
	uidnext     BIGINT NOT NULL,     -- RFC 9051 §2.3.1.1
	modseq      BIGINT NOT NULL,     -- HIGHESTMODSEQ (RFC 7162 §3.1.2.1)
	forgotten   BIGINT NOT NULL,     -- tombstones up to this modseq may be gone
	recent      BIGINT NOT NULL,     -- from this UID on nobody was told (RFC 3501 §2.3.2)
	use         TEXT NOT NULL,       -- '\Sent' and so on (RFC 6154 §2), or ''
	messages    BIGINT NOT NULL,     -- RFC 9051 §6.3.11: MESSAGES
	unseen      BIGINT NOT NULL,     -- UNSEEN
	octets      BIGINT NOT NULL,     -- SIZE
	created     BIGINT NOT NULL
);

-- names: under which name a user finds a folder, UTF-8 with "/" between the levels. Being
-- apart from folders, a rename moves no message and keeps the id.
CREATE TABLE names (
	user_id   BIGINT NOT NULL,
	name      TEXT NOT NULL,
	folder_id BIGINT NOT NULL UNIQUE,
	PRIMARY KEY (user_id, name)
) WITHOUT ROWID;

-- subscriptions: by name, and whether or not there is such a folder (RFC 9051 §6.3.7).
CREATE TABLE subscriptions (
	user_id BIGINT NOT NULL,
	name    TEXT NOT NULL,
	PRIMARY KEY (user_id, name)
) WITHOUT ROWID;

-- bodies: the octets of messages (RFC 5322), each kept once, whoever has it. The id is the
-- message's EMAILID (RFC 8474 §5.1). What is small lies in data, the rest in pieces.
CREATE TABLE bodies (
	id          INTEGER PRIMARY KEY,
	octets      BIGINT NOT NULL,     -- RFC822.SIZE (RFC 9051 §6.4.5), LIST of POP3
	envelope_id BIGINT,              -- with which it came; null after APPEND
	data        BYTEA                -- null: see pieces
);

-- pieces: of large bodies, all of one size but the last, n from 0. They are written while
-- the message arrives; until there is a row in bodies they are nobody's.
CREATE TABLE pieces (
	id      INTEGER PRIMARY KEY,
	body_id BIGINT NOT NULL,
	n       BIGINT NOT NULL,
	data    BYTEA NOT NULL,
	UNIQUE (body_id, n)
);

-- loose: bodies that perhaps no message has any more, and staged ones that none has yet.
-- The sweeper looks here.
CREATE TABLE loose (
	body_id INTEGER PRIMARY KEY,
	since   BIGINT NOT NULL,
	staged  INTEGER NOT NULL -- 1: pieces of a message that is arriving
);

-- envelopes: one for each mail transaction (RFC 5321 §3.3), with all that the SMTP session
-- knew, for Received lines, delivery reports and the queue.
CREATE TABLE envelopes (
	id         INTEGER PRIMARY KEY,
	sender     TEXT NOT NULL,    -- reverse-path with its angle brackets (RFC 5321 §4.1.1.2)
	parameters TEXT NOT NULL,    -- of MAIL: SIZE, BODY, RET, ENVID (RFC 3461 §4.3, §4.4)
	recipients TEXT NOT NULL,    -- JSON: forward-paths and RCPT's parameters (RFC 3461 §4.1)
	peer       TEXT NOT NULL,    -- address of the client
	hello      TEXT NOT NULL,    -- what it said in EHLO or HELO (RFC 5321 §4.1.1.1)
	protocol   TEXT NOT NULL,    -- ESMTPSA and so on (RFC 3848 §1)
	account    TEXT NOT NULL,    -- who was authenticated (RFC 4954 §4)
	tls        TEXT NOT NULL,    -- version and cipher suite
	session    TEXT NOT NULL,    -- of the trace
	received   BIGINT NOT NULL
);

-- messages: a body in a folder. Once written, all but flags and modseq stay as they are.
CREATE TABLE messages (
	folder_id   BIGINT NOT NULL,
	uid         BIGINT NOT NULL,  -- RFC 9051 §2.3.1.1
	body_id     BIGINT NOT NULL,
	envelope_id BIGINT,
	octets      BIGINT NOT NULL,  -- as in bodies
	internal    BIGINT NOT NULL,  -- INTERNALDATE (RFC 9051 §2.3.3)
	zone        INTEGER NOT NULL, -- minutes east of UTC, as INTERNALDATE is shown
	saved       BIGINT NOT NULL,  -- SAVEDATE (RFC 8514 §4.2): when it came into this folder
	modseq      BIGINT NOT NULL,  -- RFC 7162 §3.1
	flags       INTEGER NOT NULL, -- system flags (RFC 9051 §2.3.2), a bit each
	PRIMARY KEY (folder_id, uid)
) WITHOUT ROWID;
-- FETCH (CHANGEDSINCE ...) and the change feed.
CREATE INDEX messages_modseq ON messages (folder_id, modseq);
-- The sweeper: has anybody this body?
CREATE INDEX messages_body ON messages (body_id);

-- keywords: flags that users name (RFC 9051 §2.3.2).
CREATE TABLE keywords (
	folder_id BIGINT NOT NULL,
	uid       BIGINT NOT NULL,
	keyword   TEXT NOT NULL,
	PRIMARY KEY (folder_id, uid, keyword)
) WITHOUT ROWID;

-- tombstones: UIDs that are gone, for VANISHED (RFC 7162 §3.2.10) and the change feed.
CREATE TABLE tombstones (
	folder_id BIGINT NOT NULL,
	modseq    BIGINT NOT NULL,
	uid       BIGINT NOT NULL,
	PRIMARY KEY (folder_id, modseq, uid)
) WITHOUT ROWID;

-- derived: what a program read out of a body. Of another version than the program's own it
-- is worth nothing and is made anew.
CREATE TABLE derived (
	body_id INTEGER PRIMARY KEY,
	version INTEGER NOT NULL,
	data    BYTEA NOT NULL
);
