-- Fewer pages for each save. What a record is found by stands in one table, sorted by the record that it begins with, so
-- that what belongs together is written together; a record's row names its entries; words are indexed many at a time.

-- `kind`: 0 the record itself, 1 a reference (of a model, in a field), 2 a natural key (of a model), 3 a match key.
-- `anchor`: the record that is referred to, or with which the key begins; empty if it begins with none.
CREATE TABLE place (
    anchor BLOB    NOT NULL CHECK (length(anchor) IN (0, 16)),
    kind   INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
    name   TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    record BLOB    NOT NULL CHECK (length(record) = 16),
    n      INTEGER NOT NULL,
    PRIMARY KEY (anchor, kind, name, value, record)
) STRICT, WITHOUT ROWID;

DROP TABLE reference;
DROP TABLE match_key;

ALTER TABLE record RENAME TO record_before;
DROP INDEX record_by_key;
DROP INDEX record_by_time;
DROP INDEX record_in_conflict;

-- `entries`: the ids of the journal's entries that are folded into the record, ascending, eight bytes each.
CREATE TABLE record (
    n           INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    model       TEXT    NOT NULL,
    void        INTEGER NOT NULL CHECK (void IN (0, 1)),
    conflicts   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    entries     BLOB    NOT NULL CHECK (length(entries) % 8 = 0),
    state       BLOB    NOT NULL
) STRICT;

INSERT INTO record SELECT n, id, model, void, conflicts, created_at, modified_at, x'', state FROM record_before;
DROP TABLE record_before;

CREATE INDEX record_by_time ON record (created_at, model, void);
CREATE INDEX record_in_conflict ON record (n) WHERE conflicts > 0;

DROP INDEX entry_by_record;
CREATE INDEX held_by_record ON held (record) WHERE record IS NOT NULL;

-- The last entry of the stream of whose record the words are in the full-text index; those behind it are looked at one
-- by one in a search.
ALTER TABLE stream ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET searched = seq;

-- Words come here folded and split, so that only blanks part them and only ASCII need be folded again.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3 4 5 6', tokenize = 'ascii'
);
