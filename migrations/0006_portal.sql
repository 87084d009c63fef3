-- What is known of the national portal, and what it and the district have said to each other.

-- The number that the portal gave a person. It is kept as soon as it is known: a second registration would split the person in two.
create table portal_person (
    beneficiary_id uuid primary key references beneficiary (id),
    reference text not null
);

-- The number of a centre on the portal, where it is not our own.
create table portal_centre (
    centre_id bigint primary key references centre (id),
    portal_id text not null
);

-- When the portal was down or slow.
create table portal_spell (
    id uuid primary key,
    kind text not null check (kind in ('down', 'slow')),
    began_at bigint not null,
    ended_at bigint,
    -- What was heard when it began.
    words text not null
);

create unique index portal_spell_open on portal_spell (kind) where ended_at is null;
create index portal_spell_began on portal_spell (began_at);

-- How fast each process gets records to the portal: what it measured last.
create table portal_pace (
    worker uuid primary key,
    record_seconds double precision not null,
    at_once bigint not null,
    measured_at bigint not null
);

-- What does not go together between here and the portal, as the last reconciliation found it.
create table portal_finding (
    beneficiary_id uuid not null references beneficiary (id),
    dose bigint not null,
    kind text not null check (kind in ('missing', 'wrong_number', 'wrong_date', 'other_mobile', 'unknown_here')),
    here text not null,
    there text not null,
    found_at bigint not null,
    primary key (beneficiary_id, dose, kind)
);

-- Who came to the enquiry desk, and what they were told. `about` is a person's id, or a fingerprint of what was asked for when nobody was found.
create table enquiry (
    id uuid primary key,
    about text not null,
    at bigint not null,
    cause text not null,
    by_whom text not null
);

create index enquiry_about on enquiry (about);

-- Public keys of other installations whose files are taken in: of blocks at the headquarters, of the headquarters in a block.
create table trusted_key (
    -- The fingerprint of the key (RFC 7638).
    thumbprint text primary key,
    name text not null,
    public bytea not null,
    added_at bigint not null,
    revoked_at bigint
);

-- Where a dose came from that was taken in from another installation's file, and a fingerprint of what the file said of it.
create table imported_dose (
    dose_id uuid primary key references dose (id),
    thumbprint text not null references trusted_key (thumbprint),
    imported_at bigint not null,
    content bytea not null
);
