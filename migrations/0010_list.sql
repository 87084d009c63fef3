-- The waiting list, alarms, and outages.

-- Somebody for whom there was no place. The ids rise in the order in which people came: that is the order of the list.
create table waiting (
    id bigint primary key,
    beneficiary_id uuid not null references beneficiary (id),
    zone_id bigint not null references zone (id),
    -- Only this centre will do; absent: any of the zone's.
    centre_id bigint references centre (id),
    -- Can come within the hour, for what is left at the end of a session.
    standby boolean not null,
    asked_at bigint not null,
    asked_by text not null,
    state text not null check (state in ('waiting', 'placed', 'elsewhere', 'removed')),
    settled_at bigint,
    settled_by text,
    -- Why somebody was taken off the list; the token that somebody got.
    reason text,
    number bigint references token (number)
);

create unique index waiting_person on waiting (beneficiary_id) where state = 'waiting';
create index waiting_line on waiting (zone_id, id) where state = 'waiting';
create index waiting_settled on waiting (settled_at) where state <> 'waiting';

-- One process at a time gives places to a zone's list, so that the order is kept.
create table waiting_turn (
    zone_id bigint primary key references zone (id),
    leased_by uuid not null,
    leased_until bigint not null
);

-- The place of somebody who did not come and cannot enter any more, added once to a later slot of the session.
create table lapsed_place (
    number bigint primary key references token (number),
    slot_id bigint not null references slot (id),
    at bigint not null
);
