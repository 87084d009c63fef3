-- The counter and the help desk.

-- What stood on record of a person before it was mended.
create table former_detail (
    id uuid primary key,
    beneficiary_id uuid not null references beneficiary (id),
    at bigint not null,
    by_whom text not null,
    name text not null,
    birth_year bigint not null,
    gender text not null,
    mobile text,
    mobile_of text not null,
    language text not null,
    needs text not null,
    id_type text not null,
    id_end text not null
);

create index former_detail_person on former_detail (beneficiary_id);

-- Who was sent away from a gate: few of all scans.
create index scan_turned_back on scan (centre_id, server_at) where kind = 'scan' and verdict <> 'admitted';

-- With a PIN somebody takes over a machine at which they have logged in with their password on that day.
create table pin (
    account_id bigint primary key references account (id),
    hash text not null,
    set_at bigint not null
);

create table machine (
    secret_hash bytea not null,
    account_id bigint not null references account (id),
    -- The end of the day.
    ends_at bigint not null,
    -- Wrong PINs in a row; some of them, and only the password helps.
    failures bigint not null default 0,
    primary key (secret_hash, account_id)
);
