-- Browsers of zone offices that issue without a link, each with a key of its own that never leaves it.
create table desk (
    id bigint primary key,
    zone_id bigint not null references zone (id),
    name text not null,
    -- Its public key, an uncompressed point; it shares its names with the keys of the installation. Absent until approved.
    public bytea not null,
    kid bigint unique,
    secret_hash bytea not null unique,
    asked_at bigint not null,
    asked_by text not null,
    approved_at bigint,
    approved_by text,
    -- How many places it may hold at once.
    most bigint not null check (most between 0 and 500),
    -- Signs nothing new; what it signed and the server has heard of stays good.
    revoked_at bigint,
    -- Declared lost: its places were given to others.
    lost_at bigint,
    -- Came with a word that had been used: a copy of it is about.
    fenced_at bigint,
    heard_at bigint,
    waiting bigint not null default 0,
    -- When the oldest of those was written.
    oldest_at bigint,
    clock_offset bigint not null default 0,
    -- Tokens that it made in the last hour, by its own count.
    pace bigint not null default 0,
    -- The last call that it was answered, and the word that its next one must bring.
    call_id uuid,
    word text not null
);

create index desk_zone on desk (zone_id);

-- Places lent out of a slot, to a desk or to printed forms, one row a serial. While one is held it counts as taken.
create table leased (
    number bigint primary key,
    desk_id bigint references desk (id),
    -- The bundle of printed forms.
    pack_id bigint,
    slot_id bigint not null,
    owner text not null,
    serial bigint not null,
    link text not null unique,
    secret_code text not null,
    lent_at bigint not null,
    -- Held until a token stands for it, it is given back unused, or its holder is declared lost.
    state text not null check (state in ('held', 'used', 'returned', 'lost')),
    -- The record that used it, and when that came in.
    record_id uuid,
    used_at bigint,
    check ((desk_id is null) <> (pack_id is null)),
    unique (slot_id, serial),
    foreign key (slot_id, owner) references share (slot_id, owner)
);

create index leased_desk on leased (desk_id) where state = 'held' and desk_id is not null;
create index leased_pack on leased (pack_id) where pack_id is not null;
create index leased_used on leased (used_at) where used_at is not null;

-- What a desk brought that does not go together with what is known. A person settles it; the token stands meanwhile.
create table desk_task (
    id uuid primary key,
    desk_id bigint not null references desk (id),
    kind text not null,
    number bigint not null,
    -- The other token or the rule that it does not go together with.
    detail text,
    -- The record as it came, where no token could be made of it.
    record text,
    found_at bigint not null,
    settled_at bigint,
    settled_by text,
    settlement text
);

create index desk_task_open on desk_task (desk_id) where settled_at is null;
