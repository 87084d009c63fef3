-- Seals over the journal, each over the one before it. What one holds is laid down in `src/domain/seal.rs`.

create table seal (
    number bigint primary key check (number > 0),
    -- The journal's entries after this one, up to and with that one: an entry is sealed once.
    after_seq bigint not null unique,
    until_seq bigint not null check (until_seq > after_seq),
    sealed_at bigint not null,
    -- A mark for each entry.
    marks bytea not null,
    -- Over all of this and the hash before it.
    hash bytea not null,
    -- Over the hash, by a key that is not in the database.
    proof bytea not null
);
