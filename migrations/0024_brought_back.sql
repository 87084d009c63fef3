-- Running numbers of tokens that may have been given out after the copy was made that the database was brought back from. Whoever
-- brings a token with such a number brings one that was forgotten here.
create table forgotten (
    first_index bigint primary key,
    last_index bigint not null,
    -- When the database was brought back: what was made later is known.
    until bigint not null
);

-- Under which epoch a desk was last heard: its word is not held against it when the database has gone back since.
alter table desk add column epoch text;
