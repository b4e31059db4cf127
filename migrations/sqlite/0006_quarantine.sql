-- What a person needs in order to admit quarantined entries, and what a person said of a fork.

-- Runs of quarantined entries as their device signed them: `hashes` are those of the entries one after the other, so that
-- each run names its own even where several versions of one number are kept.
CREATE TABLE quarantined_run (
    stream     INTEGER NOT NULL REFERENCES stream (id),
    first_seq  INTEGER NOT NULL CHECK (first_seq >= 1),
    seq        INTEGER NOT NULL CHECK (seq >= first_seq),
    head       BLOB    NOT NULL CHECK (length(head) = 32),
    signature  BLOB    NOT NULL CHECK (length(signature) = 64),
    hashes     BLOB    NOT NULL CHECK (length(hashes) = 32 * (seq - first_seq + 1)),
    noticed_at INTEGER NOT NULL,
    PRIMARY KEY (stream, seq, head, first_seq)
) STRICT, WITHOUT ROWID;

-- A fork that somebody has looked into. Both versions stay; contradicting entries that come later open it again.
CREATE TABLE closed_fork (
    stream    INTEGER NOT NULL PRIMARY KEY REFERENCES stream (id),
    closed_at INTEGER NOT NULL,
    closed_by TEXT    NOT NULL,
    reason    TEXT    NOT NULL
) STRICT;
