package mailbox

// Every statement is here, in standard SQL with RETURNING and ON CONFLICT, which SQLite
// and PostgreSQL have both. The tables are those of schema.

const (
	begin         = `BEGIN`
	commit        = `COMMIT`
	rollback      = `ROLLBACK`
	savepoint     = `SAVEPOINT job`
	release       = `RELEASE SAVEPOINT job`
	rollbackToJob = `ROLLBACK TO SAVEPOINT job`
)

// Counters and settings.
const (
	reserveIDs = `
		UPDATE counters SET next = next + $2 WHERE name = $1 RETURNING next`
	// The clock may go backwards, and is not precise enough for two folders in a second.
	nextUIDValidity = `
		UPDATE counters SET next = CASE WHEN next >= $1 THEN next + 1 ELSE $1 END
		WHERE name = 'uidvalidity' RETURNING next`
	insertCounter = `
		INSERT INTO counters (name, next) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	selectSetting = `SELECT value FROM settings WHERE name = $1`
	upsertSetting = `
		INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// Users.
const (
	insertUser = `
		INSERT INTO users (id, name, folded, inbox, created) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (folded) DO NOTHING RETURNING id`
	selectUser = `
		SELECT id, name, inbox, created FROM users WHERE folded = $1`
	selectUsers = `
		SELECT id, name, inbox, created FROM users ORDER BY folded`
	deleteUser          = `DELETE FROM users WHERE id = $1 RETURNING id`
	userExists          = `SELECT 1 FROM users WHERE id = $1`
	deleteVerifiers     = `DELETE FROM verifiers WHERE user_id = $1`
	deleteNamesOfUser   = `DELETE FROM names WHERE user_id = $1 RETURNING folder_id`
	deleteSubscriptions = `DELETE FROM subscriptions WHERE user_id = $1`
	insertVerifier      = `
		INSERT INTO verifiers (id, user_id, mechanism, value, changed)
		VALUES ($1, $2, $3, $4, $5)`
	selectVerifiers = `
		SELECT id, mechanism, value, changed FROM verifiers
		WHERE user_id = $1 ORDER BY mechanism`
)

// Folders.
const (
	folderColumns = `
		f.id, f.user_id, n.name, f.uidvalidity, f.uidnext, f.modseq, f.forgotten,
		f.recent, f.use, f.messages, f.unseen, f.octets, f.deleted,
		f.deleted_octets, f.created`
	selectFolders = `
		SELECT ` + folderColumns + `
		FROM names n JOIN folders f ON f.id = n.folder_id
		WHERE n.user_id = $1 ORDER BY n.name`
	selectFolder = `
		SELECT ` + folderColumns + `
		FROM folders f JOIN names n ON n.folder_id = f.id WHERE f.id = $1`
	selectFolderByName = `
		SELECT ` + folderColumns + `
		FROM names n JOIN folders f ON f.id = n.folder_id
		WHERE n.user_id = $1 AND n.name = $2`
	insertFolder = `
		INSERT INTO folders (id, user_id, uidvalidity, uidnext, modseq, forgotten, recent,
			use, messages, unseen, octets, created)
		VALUES ($1, $2, $3, 1, 1, 0, 1, $4, 0, 0, 0, $5)`
	insertName = `
		INSERT INTO names (user_id, name, folder_id) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, name) DO NOTHING RETURNING folder_id`
	selectName  = `SELECT folder_id FROM names WHERE user_id = $1 AND name = $2`
	selectNames = `
		SELECT name, folder_id FROM names WHERE user_id = $1 AND name > $2 AND name < $3
		ORDER BY name`
	countNames         = `SELECT COUNT(*) FROM names WHERE user_id = $1`
	countSubscriptions = `SELECT COUNT(*) FROM subscriptions WHERE user_id = $1`
	updateName         = `UPDATE names SET name = $2 WHERE folder_id = $1`
	deleteName         = `DELETE FROM names WHERE folder_id = $1 RETURNING folder_id`
	insertSubscription = `
		INSERT INTO subscriptions (user_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	deleteSubscription = `
		DELETE FROM subscriptions WHERE user_id = $1 AND name = $2`
	selectSubscriptions = `
		SELECT name FROM subscriptions WHERE user_id = $1 ORDER BY name`
	selectNext   = `SELECT uidnext FROM folders WHERE id = $1`
	updateRecent = `UPDATE folders SET recent = $2 WHERE id = $1 AND recent < $2`
	giveUse      = `
		UPDATE folders SET use = $3 WHERE use = '' AND id =
			(SELECT folder_id FROM names WHERE user_id = $1 AND name = $2)`
	countRecent = `SELECT COUNT(*) FROM messages WHERE folder_id = $1 AND uid >= $2`
)

// Messages come in and go.
const (
	// The name is asked for, so that nothing is put into a folder that is being removed.
	selectFilling = `
		SELECT uidvalidity, uidnext, modseq FROM folders
		WHERE id = $1 AND EXISTS (SELECT 1 FROM names WHERE folder_id = $1)`
	updateFilled = `
		UPDATE folders SET uidnext = $2, modseq = $3, messages = messages + $4,
			unseen = unseen + $5, octets = octets + $6, deleted = deleted + $7,
			deleted_octets = deleted_octets + $8
		WHERE id = $1`
	// These three are run for every message. Their parameters have no numbers: a driver
	// may ask the database for the name of each, each time.
	insertMessage = `
		INSERT INTO messages (folder_id, uid, body_id, envelope_id, octets, internal, zone,
			saved, modseq, flags)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertBody = `
		INSERT INTO bodies (id, octets, envelope_id, data) VALUES (?, ?, ?, ?)`
	insertEnvelope = `
		INSERT INTO envelopes (id, sender, parameters, recipients, peer, hello, protocol,
			account, tls, session, received)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertPiece = `
		INSERT INTO pieces (id, body_id, n, data) VALUES ($1, $2, $3, $4)`
	insertKeyword = `
		INSERT INTO keywords (folder_id, uid, keyword) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`
	deleteMessages = `
		DELETE FROM messages WHERE folder_id = $1 AND uid BETWEEN $2 AND $3`
	deleteKeywords = `
		DELETE FROM keywords WHERE folder_id = $1 AND uid BETWEEN $2 AND $3`
	insertTombstones = `
		INSERT INTO tombstones (folder_id, modseq, uid)
		SELECT folder_id, CAST($4 AS BIGINT), uid FROM messages
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3`
	looseMessages = `
		INSERT INTO loose (body_id, since, staged)
		SELECT DISTINCT m.body_id, CAST($4 AS BIGINT), 0
		FROM messages m LEFT JOIN shared s ON s.body_id = m.body_id
		WHERE m.folder_id = $1 AND m.uid BETWEEN $2 AND $3 AND COALESCE(s.messages, 0) = 0
		ON CONFLICT (body_id) DO UPDATE SET since = excluded.since`
	emptyFolder = `
		UPDATE folders SET modseq = modseq + 1, messages = messages + $2,
			unseen = unseen + $3, octets = octets + $4, deleted = deleted + $5,
			deleted_octets = deleted_octets + $6
		WHERE id = $1 RETURNING modseq`
	// A copy keeps the flags and the internal date (RFC 9051 §6.4.7).
	copyMessages = `
		INSERT INTO messages (folder_id, uid, body_id, envelope_id, octets, internal, zone,
			saved, modseq, flags)
		SELECT CAST($4 AS BIGINT), CAST($5 AS BIGINT) - 1 + ROW_NUMBER() OVER (ORDER BY uid),
			body_id, envelope_id, octets, internal, zone, CAST($6 AS BIGINT),
			CAST($7 AS BIGINT), flags
		FROM messages WHERE folder_id = $1 AND uid BETWEEN $2 AND $3 ORDER BY uid`
)

// Bodies that several messages have. A body that is not here has one.
const (
	insertShared = `INSERT INTO shared (body_id, messages) VALUES ($1, $2)`
	// Before messages are copied.
	shareMessages = `
		INSERT INTO shared (body_id, messages)
		SELECT body_id, 1 + COUNT(*) FROM messages
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3 GROUP BY body_id
		ON CONFLICT (body_id) DO UPDATE SET messages = shared.messages + excluded.messages - 1`
	// Before messages are deleted: first it is counted what is left of each body, then that
	// of which nothing is left is loose, then what is not shared any more is forgotten.
	unshareMessages = `
		UPDATE shared SET messages = messages - gone.n
		FROM (SELECT body_id, COUNT(*) AS n FROM messages
			WHERE folder_id = $1 AND uid BETWEEN $2 AND $3 GROUP BY body_id) AS gone
		WHERE shared.body_id = gone.body_id`
	forgetShared = `
		DELETE FROM shared WHERE messages <= 1 AND body_id IN (SELECT body_id FROM messages
			WHERE folder_id = $1 AND uid BETWEEN $2 AND $3)`
)

// Flags.
const (
	touchFolder = `
		UPDATE folders SET modseq = modseq + 1, unseen = unseen + $2, deleted = deleted + $3,
			deleted_octets = deleted_octets + $4
		WHERE id = $1
		AND EXISTS (SELECT 1 FROM names WHERE folder_id = $1) RETURNING modseq`
	updateFlags = `
		UPDATE messages SET flags = (flags & $4) | $5, modseq = $6
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3`
	updateFlagsOf = `
		UPDATE messages SET flags = (flags & $2) | $3, modseq = $4
		WHERE folder_id = $1 AND uid IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
			$17, $18, $19, $20)`
	insertKeywords = `
		INSERT INTO keywords (folder_id, uid, keyword)
		SELECT folder_id, uid, $4 FROM messages
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3
		ON CONFLICT DO NOTHING`
	deleteKeyword = `
		DELETE FROM keywords
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3 AND keyword = $4`
)

// Reading.
const (
	messageColumns = `
		uid, body_id, COALESCE(envelope_id, 0), octets, internal, zone, saved, modseq, flags`
	selectMessages = `
		SELECT ` + messageColumns + `
		FROM messages WHERE folder_id = $1 AND uid BETWEEN $2 AND $3
		ORDER BY uid LIMIT $4`
	// What fits into one number makes one: see eachReader. A number below 0 says that something
	// did not fit.
	selectEach = `
		SELECT (uid << 32) | ((zone & 65535) << 16) | flags,
			CASE WHEN octets < 268435456 AND body_id < 34359738368
				THEN (body_id << 28) | octets ELSE -1 END,
			CASE WHEN modseq < 2147483648 AND internal BETWEEN 0 AND 4294967295000000
				THEN ((internal / 1000000) << 31) | modseq ELSE -1 END
		FROM messages WHERE folder_id = $1 AND uid > $2 ORDER BY uid LIMIT $3`
	selectEachWide = `
		SELECT (uid << 32) | ((zone & 65535) << 16) | flags, body_id, octets, internal, modseq
		FROM messages WHERE folder_id = $1 AND uid > $2 ORDER BY uid LIMIT $3`
	selectChanged = `
		SELECT ` + messageColumns + `
		FROM messages WHERE folder_id = $1 AND modseq > $2 ORDER BY modseq, uid`
	selectUIDs = `
		SELECT uid FROM messages WHERE folder_id = $1 ORDER BY uid`
	selectEntries = `
		SELECT uid, body_id, octets FROM messages WHERE folder_id = $1 ORDER BY uid`
	selectState = `
		SELECT (uid << 16) | flags, octets, modseq FROM messages
		WHERE folder_id = $1 AND uid BETWEEN $2 AND $3 ORDER BY uid LIMIT $4`
	selectStateOf = `
		SELECT (uid << 16) | flags, octets, modseq FROM messages
		WHERE folder_id = $1 AND uid IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
			$15, $16, $17) ORDER BY uid`
	selectKeywords = `
		SELECT uid, keyword FROM keywords WHERE folder_id = $1 AND uid BETWEEN $2 AND $3
		ORDER BY uid, keyword`
	selectFolderKeywords = `
		SELECT DISTINCT keyword FROM keywords WHERE folder_id = $1 ORDER BY keyword`
	selectTombstones = `
		SELECT uid FROM tombstones WHERE folder_id = $1 AND modseq > $2 ORDER BY uid`
	selectBody   = `SELECT octets, data FROM bodies WHERE id = $1`
	selectBodies = `
		SELECT id, octets, data FROM bodies
		WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	selectBodiesIn = `SELECT id, octets, data FROM bodies WHERE id BETWEEN $1 AND $2`
	selectPiece    = `SELECT data FROM pieces WHERE body_id = $1 AND n = $2`
	selectEnvelope = `
		SELECT sender, parameters, recipients, peer, hello, protocol, account, tls, session,
			received
		FROM envelopes WHERE id = $1`
	selectDerived   = `SELECT data FROM derived WHERE body_id = $1 AND version = $2`
	selectDerivedOf = `
		SELECT body_id, data FROM derived WHERE version = $1 AND body_id IN (` + manyParameters + `)`
	selectDerivedIn = `
		SELECT body_id, data FROM derived WHERE version = $1 AND body_id BETWEEN $2 AND $3`
	newestBody      = `SELECT COALESCE(MAX(id), 0) FROM bodies`
	selectUnderived = `
		SELECT id, octets FROM bodies b WHERE id > $1 AND NOT EXISTS
			(SELECT 1 FROM derived d WHERE d.body_id = b.id AND d.version = $2)
		ORDER BY id LIMIT $3`
	bodyExists    = `SELECT 1 FROM bodies WHERE id = $1`
	upsertDerived = `
		INSERT INTO derived (body_id, version, data) VALUES ($1, $2, $3)
		ON CONFLICT (body_id) DO UPDATE SET version = excluded.version, data = excluded.data`
)

// manyParameters are derivedNamed parameters, from $2 on.
const manyParameters = `$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
	$18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35,
	$36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53,
	$54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65`

// Sweeping.
const (
	insertLoose = `
		INSERT INTO loose (body_id, since, staged) VALUES ($1, $2, $3)`
	deleteLoose = `DELETE FROM loose WHERE body_id = $1`
	// A draft takes its pieces, unless they were swept.
	takeStaged = `DELETE FROM loose WHERE body_id = $1 AND staged = 1 RETURNING body_id`
	// What was staged and is nobody's is due at once.
	dropStaged   = `UPDATE loose SET staged = 0, since = 0 WHERE body_id = $1 AND staged = 1`
	disownStaged = `UPDATE loose SET staged = 0, since = 0 WHERE staged = 1 AND since <= $1`
	selectLoose  = `
		SELECT body_id FROM loose WHERE staged = $1 AND since <= $2 AND body_id > $3
		ORDER BY body_id LIMIT $4`
	isLoose = `
		SELECT 1 FROM loose WHERE body_id = $1 AND staged = 0 AND since <= $2`
	deletePieces   = `DELETE FROM pieces WHERE body_id = $1 AND n < $2`
	firstPiece     = `SELECT COALESCE(MIN(n), -1) FROM pieces WHERE body_id = $1`
	deleteBody     = `DELETE FROM bodies WHERE id = $1 RETURNING COALESCE(envelope_id, 0)`
	deleteEnvelope = `DELETE FROM envelopes WHERE id = $1`
	deleteDerived  = `DELETE FROM derived WHERE body_id = $1`
	// Folders that have lost their name.
	selectNameless = `
		SELECT id FROM folders f
		WHERE NOT EXISTS (SELECT 1 FROM names n WHERE n.folder_id = f.id)`
	deleteFolder     = `DELETE FROM folders WHERE id = $1`
	deleteTombstones = `DELETE FROM tombstones WHERE folder_id = $1 AND modseq <= $2`
	selectLongMemory = `SELECT id FROM folders WHERE modseq - forgotten > $1`
	updateForgotten  = `UPDATE folders SET forgotten = $2 WHERE id = $1`
)
