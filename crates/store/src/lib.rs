//! SQLite: tables, queries, the migrations runner, keys and backups.
