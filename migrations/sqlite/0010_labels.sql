-- Events that tell of a record, such as the print of its label; what they say is in the journal.
CREATE TABLE told (
    record BLOB    NOT NULL CHECK (length(record) = 16),
    entry  INTEGER NOT NULL,
    PRIMARY KEY (record, entry)
) STRICT, WITHOUT ROWID;
