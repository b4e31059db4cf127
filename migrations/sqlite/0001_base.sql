-- What a store is: facts about itself, and the drafts of forms that are not saved yet.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Drafts are not entries and never leave the laptop. `form` is what was typed, as JSON, at most 256 KiB.
CREATE TABLE draft (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user       BLOB    NOT NULL CHECK (length(user) = 16),
    model      TEXT    NOT NULL,
    record     BLOB    CHECK (length(record) = 16),
    form       TEXT    NOT NULL CHECK (length(CAST(form AS BLOB)) <= 262144),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_by_user ON draft (user, updated_at);
