-- A centre's day from its opening check to its closing. What is said is added, never changed: the last word counts, the others are its history.

-- By when a district's centres must be ready, in minutes after midnight. Absent: the usual hour.
create table opening_hour (
    district_id bigint primary key references district (id),
    minute bigint not null check (minute between 0 and 1439)
);

-- What a centre said of itself before its day. Absent answers: nobody has looked yet.
create table opening (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    day text not null,
    printer boolean,
    paper boolean,
    staff bigint check (staff >= 0),
    vaccinators bigint check (vaccinators >= 0),
    note text not null,
    said_at bigint not null,
    said_by text not null
);

create index opening_day on opening (day, centre_id);

-- How many vials of a batch a centre received for a day, gave back unopened, or lost unopened.
create table vial_count (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    day text not null,
    vaccine text not null,
    batch text not null,
    what text not null check (what in ('received', 'returned', 'broken')),
    vials bigint not null check (vials >= 0),
    said_at bigint not null,
    said_by text not null
);

create index vial_count_day on vial_count (day, centre_id);

-- A centre's day was closed: with which figures, and on whose name. A day that is closed again after a reopening has another row.
create table closing (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    day text not null,
    closed_at bigint not null,
    closed_by text not null,
    -- The name of whoever is in charge of the centre.
    in_charge text not null,
    -- What is known of what does not add up.
    note text not null,
    -- As they were confirmed, as JSON.
    account text not null,
    reopened_at bigint,
    reopened_by text,
    reopen_reason text
);

-- However many confirm at once, a day is closed once.
create unique index closing_standing on closing (centre_id, day) where reopened_at is null;
create index closing_day on closing (day, centre_id);

-- What a day's account is read by.
create index vial_opened on vial (centre_id, opened_at);
create index dose_vial on dose (vial_id) where vial_id is not null;
create index deferral_came on deferral (centre_id, came_at);
