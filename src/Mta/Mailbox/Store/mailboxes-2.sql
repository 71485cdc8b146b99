-- Sharing. Who was granted which rights to a mailbox (RFC 4314), the bits of Mta.Mailbox.MailboxRights; account 0 is anyone. An owner is here
-- only where it does not have them all
CREATE TABLE acl (
  mailbox_id BIGINT NOT NULL REFERENCES mailboxes (id),
  account_id BIGINT NOT NULL,
  rights INTEGER NOT NULL,
  PRIMARY KEY (mailbox_id, account_id)
) WITHOUT ROWID;
CREATE INDEX acl_account ON acl (account_id);
-- the addresses of those who share mailboxes, and of those they share them with: what an account is called for others
CREATE TABLE addresses (
  account_id BIGINT NOT NULL PRIMARY KEY,
  address VARCHAR(320) NOT NULL
);
-- annotations (RFC 5464) of a mailbox, or, with mailbox 0, of the server. With account 0 they are shared, the others are private to an account
CREATE TABLE annotations (
  mailbox_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  entry VARCHAR(1000) NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (mailbox_id, account_id, entry)
) WITHOUT ROWID;
CREATE INDEX annotations_account ON annotations (account_id);
