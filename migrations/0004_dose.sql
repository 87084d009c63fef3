-- Doses, and their way to the national portal.

-- A dose that somebody was given. What is known of it is corrected by a new row of `dose_history`; it is withdrawn, never deleted.
create table dose (
    id uuid primary key,
    beneficiary_id uuid not null references beneficiary (id),
    -- 1, 2…
    number bigint not null,
    vaccine text not null,
    given_on text not null,
    -- 'stated': from a card or certificate that the clerk has seen; 'recorded': given at one of our centres.
    source text not null check (source in ('stated', 'recorded')),
    -- The rest is of recorded doses only. The token that led to it, when there was one.
    token bigint references token (number),
    centre_id bigint references centre (id),
    batch text,
    vaccinator text,
    -- When the jab was given, apart from when it was keyed in.
    given_at bigint,
    entered_at bigint,
    entered_by text,
    -- Why it was recorded without the person's secret code.
    no_code_reason text,
    withdrawn_at bigint
);

create unique index dose_standing on dose (beneficiary_id, number) where withdrawn_at is null;
create index dose_centre on dose (centre_id, given_on);
create index dose_token on dose (token);

-- What must reach the portal: one row for each recorded dose.
create table upload (
    dose_id uuid primary key references dose (id),
    -- The campaign's deadline for this dose.
    due_at bigint not null,
    -- 'waiting' for its turn, 'uploaded', 'refused' by the portal until somebody mends it, 'closed': too late without a
    -- permission, 'withdrawn' with its dose.
    state text not null check (state in ('waiting', 'uploaded', 'refused', 'closed', 'withdrawn')),
    tries bigint not null default 0,
    -- Not to be tried before.
    next_at bigint not null default 0,
    -- The worker that is at it, and until when it counts as alive.
    leased_by uuid,
    leased_until bigint not null default 0,
    -- What the portal said last, in its own words.
    words text,
    -- The portal's number for the person, and when it took the dose.
    reference text,
    uploaded_at bigint
);

create index upload_waiting on upload (due_at) where state = 'waiting';
create index upload_refused on upload (due_at) where state in ('refused', 'closed');
