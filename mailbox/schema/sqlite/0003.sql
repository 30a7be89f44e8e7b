-- STATUS may ask for the messages that are \Deleted (RFC 9051 §6.3.11: DELETED) and for their
-- octets (RFC 9208 §4.1.4: DELETED-STORAGE). Both are counted as the others are: in the
-- transaction that changes flags, and that brings messages and takes them away.
ALTER TABLE folders ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folders ADD COLUMN deleted_octets BIGINT NOT NULL DEFAULT 0;
UPDATE folders SET
	deleted = (SELECT COUNT(*) FROM messages
		WHERE folder_id = folders.id AND flags & 8 <> 0),
	deleted_octets = (SELECT COALESCE(SUM(octets), 0) FROM messages
		WHERE folder_id = folders.id AND flags & 8 <> 0);
