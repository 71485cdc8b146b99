-- What the messages of one account hold in words, for those who search: three letters each. All of it can be made again from the mailboxes.
-- rowid is that of emails; the text itself is not kept, and where in it something is, neither
CREATE VIRTUAL TABLE texts USING fts5(text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1');
-- those that are in it, or too long for it
CREATE TABLE emails (
  id INTEGER NOT NULL PRIMARY KEY,
  is_whole INTEGER NOT NULL
);
CREATE INDEX emails_long ON emails (is_whole) WHERE is_whole = 0;
-- up to which UID the messages of a mailbox are in it
CREATE TABLE mailboxes (
  id INTEGER NOT NULL PRIMARY KEY,
  last_uid BIGINT NOT NULL
);
