-- At a carrier: tubes that its driver has counted against an author's list. What was said last, in one row, so that each scan is
-- one write; the list as it was when the count began to go by it is part of the text.
CREATE TABLE count (
    id     BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    author BLOB    NOT NULL CHECK (length(author) = 16),
    begun_at INTEGER NOT NULL,
    over   TEXT,
    body   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX count_author ON count (author, begun_at);

-- At an author: what a driver has counted, as the driver's laptop signed it.
CREATE TABLE counted (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    carrier  BLOB    NOT NULL CHECK (length(carrier) = 16),
    name     TEXT    NOT NULL,
    taken_at INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
