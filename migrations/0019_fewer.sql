-- A session that goes on with fewer places: the last of its people are moved, as all are when it stops.
alter table move_job add column stops boolean not null default true;

-- How many places a slot is to have: what comes back above that is gone. Setting the slot up anew ends it.
create table fewer_places (
    slot_id bigint primary key references slot (id) on delete cascade,
    places bigint not null
);
