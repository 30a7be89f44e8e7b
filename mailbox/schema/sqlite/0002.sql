-- Nearly every body is in one message. That it is in several is written down here, so that
-- a delivery need not write, for each, into an index that only the sweeper asks.

-- shared: bodies that more than one message has, and how many have them. It changes in the
-- transaction that copies or removes the messages.
CREATE TABLE shared (
	body_id  INTEGER PRIMARY KEY,
	messages BIGINT NOT NULL
);
INSERT INTO shared (body_id, messages)
	SELECT body_id, COUNT(*) FROM messages GROUP BY body_id HAVING COUNT(*) > 1;

-- A body used to be loose when one of its messages was gone; now the last must be.
DELETE FROM loose WHERE staged = 0 AND body_id IN (SELECT body_id FROM messages);
DROP INDEX messages_body;
