-- The journal, and what is derived from it. An entry's id is its stream's id and its number in one integer
-- (stream << 40 | seq), so that one B-tree holds each stream in order and finds a repeated number at once.

CREATE TABLE stream (
    id            INTEGER PRIMARY KEY,
    code          TEXT    NOT NULL UNIQUE CHECK (length(code) = 3),
    device        BLOB    NOT NULL CHECK (length(device) = 16),
    state         TEXT    NOT NULL CHECK (state IN ('spare', 'active', 'closed', 'foreign')),
    forked_at     INTEGER,
    revoked_after INTEGER,
    seq           INTEGER NOT NULL CHECK (seq >= 0),
    hash          BLOB    NOT NULL CHECK (length(hash) = 32),
    folded        INTEGER NOT NULL CHECK (folded BETWEEN 0 AND seq),
    note          TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX stream_active ON stream (state) WHERE state = 'active';

-- The next number of each kind of printed identifier in a stream; never goes down.
CREATE TABLE counter (
    stream INTEGER NOT NULL REFERENCES stream (id),
    kind   TEXT    NOT NULL,
    next   INTEGER NOT NULL CHECK (next >= 1),
    PRIMARY KEY (stream, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    id     INTEGER PRIMARY KEY,
    record BLOB    CHECK (length(record) = 16),
    last   INTEGER NOT NULL CHECK (last IN (0, 1)),
    chain  BLOB    NOT NULL CHECK (length(chain) = 32),
    bytes  BLOB    NOT NULL CHECK (length(bytes) <= 262144)
) STRICT;

CREATE INDEX entry_by_record ON entry (record) WHERE record IS NOT NULL;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry of the journal is never changed');
END;

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry of the journal is never deleted');
END;

-- The author's signature over a stream's head, forwarded with the entries.
CREATE TABLE signed_head (
    stream    INTEGER NOT NULL REFERENCES stream (id),
    seq       INTEGER NOT NULL,
    signature BLOB    NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- Entries that contradict or follow a contradiction of what is stored: kept, shown, not folded.
CREATE TABLE quarantine (
    stream     INTEGER NOT NULL REFERENCES stream (id),
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    bytes      BLOB    NOT NULL,
    reason     TEXT    NOT NULL CHECK (reason IN ('fork', 'revoked')),
    noticed_at INTEGER NOT NULL,
    PRIMARY KEY (stream, seq, hash)
) STRICT;

-- Entries that are stored and cannot be folded yet. Each names its record, as later entries of the record wait with it.
CREATE TABLE held (
    entry  INTEGER NOT NULL PRIMARY KEY REFERENCES entry (id),
    stream INTEGER NOT NULL REFERENCES stream (id),
    record BLOB,
    code   TEXT    NOT NULL,
    detail TEXT    NOT NULL,
    since  INTEGER NOT NULL
) STRICT;

CREATE INDEX held_by_stream ON held (stream, record);

-- The projection: dropped and rebuilt from the journal and the snapshots, byte for byte.
CREATE TABLE record (
    n           INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    model       TEXT    NOT NULL,
    key         TEXT,
    void        INTEGER NOT NULL CHECK (void IN (0, 1)),
    conflicts   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    state       BLOB    NOT NULL
) STRICT;

CREATE INDEX record_by_model ON record (model);
CREATE INDEX record_by_key ON record (key, model) WHERE key IS NOT NULL;
CREATE INDEX record_by_time ON record (created_at, model, void);
CREATE INDEX record_in_conflict ON record (n) WHERE conflicts > 0;

CREATE TABLE reference (
    target BLOB NOT NULL,
    model  TEXT NOT NULL,
    field  TEXT NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (target, model, field, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE match_key (
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (kind, value, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
    record   BLOB NOT NULL,
    code     TEXT NOT NULL,
    field    TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('error', 'warning')),
    body     TEXT NOT NULL,
    PRIMARY KEY (record, code, field, body)
) STRICT, WITHOUT ROWID;

CREATE INDEX finding_by_severity ON finding (severity, record);

CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none,
    prefix = '1 2 3 4 5 6', tokenize = "unicode61 remove_diacritics 2"
);

-- Folds of records that others changed, as they came down in receipts and rosters.
CREATE TABLE snapshot (
    record BLOB NOT NULL PRIMARY KEY CHECK (length(record) = 16),
    state  BLOB NOT NULL
) STRICT;

-- Each server in each of its lives, in the order in which this device met them.
CREATE TABLE peer (
    id           INTEGER PRIMARY KEY,
    server       BLOB    NOT NULL CHECK (length(server) = 16),
    incarnation  BLOB    NOT NULL CHECK (length(incarnation) = 16),
    met_at       INTEGER NOT NULL,
    receipt      INTEGER NOT NULL DEFAULT 0,
    receipt_at   INTEGER,
    changed_through INTEGER NOT NULL DEFAULT 0,
    UNIQUE (server, incarnation)
) STRICT;

-- What each server has confirmed of each stream; believed only where the hash was this device's own.
CREATE TABLE ack (
    stream  INTEGER NOT NULL REFERENCES stream (id),
    peer    INTEGER NOT NULL REFERENCES peer (id),
    through INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    PRIMARY KEY (stream, peer)
) STRICT, WITHOUT ROWID;

-- What a server said of single entries: held, forked, quarantined. Codes and field names, never values.
CREATE TABLE outcome (
    entry INTEGER NOT NULL,
    peer  INTEGER NOT NULL REFERENCES peer (id),
    body  TEXT    NOT NULL,
    PRIMARY KEY (entry, peer, body)
) STRICT, WITHOUT ROWID;
