-- A session that goes on with fewer places: the last of its people are moved, as all are when it stops.
alter table move_job add column stops boolean not null default true;

-- How many places a slot is to have once they have left.
create table fewer_places (
    move_id uuid not null references move_job (id),
    slot_id bigint not null,
    places bigint not null,
    primary key (move_id, slot_id)
);
