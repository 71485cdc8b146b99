-- The directory: domains, accounts, aliases. For SQLite and PostgreSQL alike. Times are milliseconds since 1970, UTC.
CREATE TABLE counters (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
-- the last id that an account got, so that none is given twice; and how often the directory was changed, for other processes to see
INSERT INTO counters (name, value) VALUES ('account', 0);
INSERT INTO counters (name, value) VALUES ('change', 0);
CREATE TABLE secrets (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL
);
CREATE TABLE domains (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  catch_all VARCHAR(320),
  created_at BIGINT NOT NULL
);
CREATE TABLE accounts (
  id BIGINT NOT NULL PRIMARY KEY,
  quota BIGINT NOT NULL,
  messages_per_hour INTEGER NOT NULL,
  can_sign_in BOOLEAN NOT NULL,
  takes_mail BOOLEAN NOT NULL,
  password VARCHAR(255),
  scram VARCHAR(255),
  created_at BIGINT NOT NULL
);
-- every address of ours, one row, so that none is an account and an alias: with account_id the former, without it the latter
CREATE TABLE addresses (
  address VARCHAR(320) NOT NULL PRIMARY KEY,
  domain VARCHAR(255) NOT NULL REFERENCES domains (name),
  account_id BIGINT UNIQUE REFERENCES accounts (id)
);
CREATE INDEX addresses_domain ON addresses (domain);
CREATE TABLE alias_targets (
  address VARCHAR(320) NOT NULL REFERENCES addresses (address),
  target VARCHAR(320) NOT NULL,
  PRIMARY KEY (address, target)
);
CREATE INDEX alias_targets_target ON alias_targets (target);
CREATE TABLE app_passwords (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  name VARCHAR(64) NOT NULL,
  hash VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  PRIMARY KEY (account_id, name)
);
CREATE TABLE sender_rights (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  address VARCHAR(320) NOT NULL,
  PRIMARY KEY (account_id, address)
);
-- from where an account was signed in to: those who guess cannot lock its owner out there
CREATE TABLE known_networks (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  network VARCHAR(64) NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, network)
);
