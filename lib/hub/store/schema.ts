/**
 * Defines the tables of the hub's store.
 *
 * Output is stored once: a `body` is identified by the hash of its bytes, counts the streams that
 * refer to it, and has its bytes in `piece` rows. Output of commands that still run is in `spool`
 * rows. Long values stay out of `job_host`, so that ten thousand of its rows are read quickly.
 * @module
 */

/**
 * The version of the schema. Increased by every change that an older program would not understand.
 */
export const SCHEMA_VERSION = 1;

/** `PRAGMA application_id`: the letters "nxh1". It protects databases of other programs. */
export const APPLICATION_ID = 0x6e786831;

/** Creates the tables of an empty database. */
export const TABLES: string = `
  CREATE TABLE host (
    name TEXT PRIMARY KEY, key TEXT NOT NULL, first_seen INTEGER NOT NULL,
    attached_since INTEGER, away_since INTEGER, version TEXT NOT NULL, facts TEXT NOT NULL
  ) STRICT;

  CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
    message BLOB NOT NULL, submitter TEXT NOT NULL, target TEXT NOT NULL, summary TEXT NOT NULL,
    submitted INTEGER NOT NULL, deliver_until INTEGER NOT NULL, run_ms INTEGER NOT NULL,
    held INTEGER NOT NULL, over_at INTEGER
  ) STRICT;
  CREATE INDEX job_over ON job (over_at);

  CREATE TABLE job_host (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL,
    pending_at INTEGER NOT NULL, delivered_at INTEGER, started_at INTEGER, ended_at INTEGER,
    reason TEXT, outcome TEXT, received INTEGER NOT NULL DEFAULT 0,
    stdout_total INTEGER NOT NULL DEFAULT 0, stdout_stored INTEGER NOT NULL DEFAULT 0,
    stdout_body INTEGER,
    stderr_total INTEGER NOT NULL DEFAULT 0, stderr_stored INTEGER NOT NULL DEFAULT 0,
    stderr_body INTEGER,
    UNIQUE (node, job)
  ) STRICT;
  CREATE INDEX job_host_job ON job_host (job);

  CREATE TABLE result (host INTEGER PRIMARY KEY, envelope BLOB NOT NULL) STRICT;

  CREATE TABLE spool (
    host INTEGER NOT NULL, stream TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (host, stream, at)
  ) STRICT;

  CREATE TABLE body (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, uses INTEGER NOT NULL) STRICT;
  CREATE INDEX body_unused ON body (id) WHERE uses = 0;
  CREATE TABLE piece (
    body INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (body, at)
  ) STRICT;

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
