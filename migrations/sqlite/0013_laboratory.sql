-- What the laboratory says of this laptop's tubes, as receipts tell it: the newest word on each. `looked` says whether
-- somebody here has taken note of it.
CREATE TABLE tube_outcome (
    tube        TEXT    NOT NULL PRIMARY KEY,
    state       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    discrepancy TEXT,
    peer        INTEGER NOT NULL,
    receipt     INTEGER NOT NULL,
    looked      INTEGER NOT NULL DEFAULT 0 CHECK (looked IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX tube_outcome_news ON tube_outcome (at) WHERE looked = 0;

-- At the server: the tubes of the newest manifest of each stream. They may arrive before their data.
CREATE TABLE announced (
    tube      TEXT    NOT NULL PRIMARY KEY,
    stream    TEXT    NOT NULL,
    panel     TEXT    NOT NULL,
    tube_type TEXT    NOT NULL,
    drawn_at  INTEGER,
    state     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX announced_stream ON announced (stream);

-- At the server: tubes of which the laboratory has said something before their data came.
CREATE TABLE awaited (
    tube TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
