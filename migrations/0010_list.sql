-- The waiting list, alarms, outages, and forms on paper.

-- Somebody for whom there was no place. The ids rise in the order in which people came: that is the order of the list.
create table waiting (
    id bigint primary key,
    beneficiary_id uuid not null references beneficiary (id),
    zone_id bigint not null references zone (id),
    -- Only this centre will do; absent: any of the zone's.
    centre_id bigint references centre (id),
    -- Can come within the hour, for what is left at the end of a session.
    standby boolean not null,
    -- Was sent home ill: not on a day before this one.
    not_before text,
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

-- An unusual number of tokens by one operator, for one mobile number, or outside the issue window. An officer looks at it and settles it.
create table alarm (
    id bigint primary key,
    kind text not null check (kind in ('operator', 'mobile', 'window')),
    -- The operator as the journal names them, or the mobile number.
    who text not null,
    district_id bigint not null references district (id),
    -- How many tokens, and from the first of them to the last.
    tokens bigint not null,
    first_at bigint not null,
    last_at bigint not null,
    found_at bigint not null,
    settled_at bigint,
    settled_by text,
    note text
);

create unique index alarm_open on alarm (kind, who, district_id) where settled_at is null;
create index alarm_settled on alarm (settled_at) where settled_at is not null;

-- A spell in which a centre had doses that had less than six hours to reach the portal, or were late: the most that there were.
create table deadline_alarm (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    raised_at bigint not null,
    doses bigint not null,
    over_at bigint
);

create unique index deadline_alarm_open on deadline_alarm (centre_id) where over_at is null;
create index deadline_alarm_over on deadline_alarm (over_at) where over_at is not null;

-- Who has seen it, and when first.
create table deadline_told (
    alarm_id bigint not null references deadline_alarm (id),
    who text not null,
    at bigint not null,
    primary key (alarm_id, who)
);

-- When any server was last alive: one row.
create table alive (
    id bigint primary key check (id = 1),
    at bigint not null
);

-- When no server was alive, and the issue windows that were extended for it.
create table outage (
    id bigint primary key,
    from_at bigint not null,
    until_at bigint not null
);

create table window_extension (
    outage_id bigint not null references outage (id),
    session_id bigint not null references session (id),
    until_before bigint not null,
    until_after bigint not null,
    undone_at bigint,
    undone_by text,
    primary key (session_id, outage_id)
);

-- A bundle of numbered forms that were printed ahead for a slot, for a place without power. Its places are lent (`leased`).
create table pack (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    slot_id bigint not null references slot (id),
    dose bigint not null,
    forms bigint not null,
    made_at bigint not null,
    made_by text not null,
    handed_to text,
    handed_at bigint,
    -- The user name of whoever is to key its forms in.
    assigned_to text,
    counted_at bigint,
    counted_by text
);

create index pack_centre on pack (centre_id);

create table form (
    pack_id bigint not null references pack (id),
    -- Its number within the bundle, from 1.
    position bigint not null,
    number bigint not null unique,
    -- Signed without a person, reprinted byte for byte.
    cose bytea not null,
    state text not null check (state in ('printed', 'used', 'spoiled', 'returned', 'keyed')),
    keyed_at bigint,
    keyed_by text,
    primary key (pack_id, position)
);

create index form_waits on form (pack_id) where state in ('printed', 'used');
create index form_keyed on form (keyed_at);
