-- The mailboxes of all accounts. Times are milliseconds since 1970, UTC. UIDs and mod-sequences as RFC 9051 and RFC 7162 have them.
-- one row for each account that has mailboxes here: the last mod-sequence that any of its mailboxes got, the last UIDVALIDITY that was given to
-- one of them, and what its messages occupy
CREATE TABLE accounts (
  id BIGINT NOT NULL PRIMARY KEY,
  mod_seq BIGINT NOT NULL,
  uid_validity BIGINT NOT NULL,
  octets BIGINT NOT NULL,
  messages BIGINT NOT NULL
);
CREATE TABLE mailboxes (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  name VARCHAR(1000) NOT NULL,
  uid_validity BIGINT NOT NULL,
  uid_next BIGINT NOT NULL,
  mod_seq BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  unseen BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  octets BIGINT NOT NULL,
  special_use VARCHAR(32),
  UNIQUE (account_id, name)
);
-- names may be subscribed to of which there is no mailbox (RFC 9051 §6.3.7)
CREATE TABLE subscriptions (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  name VARCHAR(1000) NOT NULL,
  PRIMARY KEY (account_id, name)
) WITHOUT ROWID;
-- the bit of each keyword in messages.flags; below are the system flags
CREATE TABLE keywords (
  mailbox_id BIGINT NOT NULL REFERENCES mailboxes (id),
  bit INTEGER NOT NULL,
  name VARCHAR(64) NOT NULL,
  PRIMARY KEY (mailbox_id, bit)
) WITHOUT ROWID;
-- which UIDs there are, in runs: a mailbox opens without a look at its messages
CREATE TABLE uid_runs (
  mailbox_id BIGINT NOT NULL REFERENCES mailboxes (id),
  first_uid BIGINT NOT NULL,
  last_uid BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, first_uid)
) WITHOUT ROWID;
-- what lies on the disk once, however many have it. The index is that of Mta.Protocol.Mime
CREATE TABLE bodies (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE,
  size BIGINT NOT NULL,
  refs BIGINT NOT NULL,
  mime BLOB NOT NULL
);
-- of 64 KiB each: id is body_id * 65536 + the number of the chunk
CREATE TABLE body_chunks (
  id INTEGER NOT NULL PRIMARY KEY,
  data BLOB NOT NULL
);
-- a message of an account, in one or several of its mailboxes: the trace fields that were put before it here, and its body
CREATE TABLE emails (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  body_id BIGINT NOT NULL REFERENCES bodies (id),
  trace BLOB NOT NULL,
  thread_id BIGINT NOT NULL,
  refs BIGINT NOT NULL
);
CREATE INDEX emails_body ON emails (body_id);
-- by which messages find their thread: hashes of the ids in Message-ID, In-Reply-To and References
CREATE TABLE thread_ids (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  message_id BIGINT NOT NULL,
  thread_id BIGINT NOT NULL,
  PRIMARY KEY (account_id, message_id)
) WITHOUT ROWID;
CREATE TABLE messages (
  mailbox_id BIGINT NOT NULL REFERENCES mailboxes (id),
  uid BIGINT NOT NULL,
  email_id BIGINT NOT NULL REFERENCES emails (id),
  mod_seq BIGINT NOT NULL,
  flags BIGINT NOT NULL,
  size BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  received_zone INTEGER NOT NULL,
  saved_at BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID;
CREATE INDEX messages_changed ON messages (mailbox_id, mod_seq);
CREATE INDEX messages_email ON messages (email_id);
-- what is gone, for those who were away (RFC 7162 §3.2)
CREATE TABLE expunged (
  mailbox_id BIGINT NOT NULL REFERENCES mailboxes (id),
  mod_seq BIGINT NOT NULL,
  first_uid BIGINT NOT NULL,
  last_uid BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, mod_seq, first_uid)
) WITHOUT ROWID;
-- what the queue has delivered, so that nothing is delivered twice
CREATE TABLE deliveries (
  account_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  recipient VARCHAR(320) NOT NULL,
  delivered_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, message_id, recipient)
) WITHOUT ROWID;
CREATE INDEX deliveries_time ON deliveries (delivered_at);
