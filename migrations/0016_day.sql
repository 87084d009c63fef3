-- What a centre says of one person's place in its hall.

-- Somebody goes ahead, or does not, whatever age and needs say. The last word counts; the others are in the journal.
create table ahead (
    number bigint primary key references token (number),
    ahead boolean not null,
    at bigint not null,
    by_whom text not null
);

-- Case forms of adverse events that have still to go off.
create index adverse_event_due on adverse_event (centre_id, due_at) where due_at is not null and reported_at is null;

-- Some time in which a gateway took nothing, written down when it answered again.
create table gateway_spell (
    name text not null,
    began_at bigint not null,
    ended_at bigint not null,
    words text not null,
    primary key (name, began_at)
);
