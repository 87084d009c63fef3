-- What the district's day is counted by, and sessions that were stopped and moved.

create index slot_day on slot (day);

-- A stopped session's people are moved: one row for the whole, which any process may work at under a lease.
create table move_job (
    id uuid primary key,
    session_id bigint not null references session (id),
    -- Why the session was stopped.
    reason text not null,
    asked_at bigint not null,
    asked_by text not null,
    -- When everybody who has to move was written down, and when everybody had had a turn.
    listed_at bigint,
    finished_at bigint,
    leased_by uuid,
    leased_until bigint not null default 0
);

create index move_job_unfinished on move_job (asked_at) where finished_at is null;
create index move_job_session on move_job (session_id);

-- One row for each of them.
create table move_person (
    move_id uuid not null references move_job (id),
    number bigint not null references token (number),
    -- The order of their turn; the members of a family have the same.
    turn bigint not null,
    -- What their slip says: slot and serial.
    call bigint not null,
    serial bigint not null,
    starts bigint not null,
    -- 'waiting' for the turn, 'moved', 'unplaced', or 'gone': entered, cancelled or moved by somebody else meanwhile.
    outcome text not null check (outcome in ('waiting', 'moved', 'unplaced', 'gone')),
    primary key (move_id, number)
);

create index move_person_waiting on move_person (move_id, turn) where outcome = 'waiting';

-- When a phone was not heard for some minutes: one row a silence, written when it is heard again.
create table link_gap (
    gate_id bigint not null references gate (id),
    centre_id bigint not null references centre (id),
    from_at bigint not null,
    until_at bigint not null,
    primary key (gate_id, from_at)
);

create index link_gap_until on link_gap (until_at);

-- What a PC of a centre said of itself when it was heard last.
create table centre_pc (
    id uuid primary key,
    centre_id bigint not null references centre (id),
    -- Who was logged in.
    who text not null,
    heard_at bigint not null,
    -- Records that waited to be sent, since when the oldest, and those that were not taken.
    waiting bigint not null,
    oldest_at bigint,
    refused bigint not null,
    clock_offset bigint not null
);

create index centre_pc_heard on centre_pc (heard_at);
