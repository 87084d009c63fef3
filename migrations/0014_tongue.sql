-- A district's third language beside Hindi and English. What it lacks stands in Hindi.
create table third_language (
    district_id bigint primary key references district (id),
    -- After BCP 47, and what its speakers call it.
    code text not null,
    name text not null,
    direction text not null check (direction in ('ltr', 'rtl')),
    -- On the slip: beside the English, or in its place.
    on_slip text not null check (on_slip in ('beside', 'instead'))
);

-- Its texts: `slip.title`, `message.reminder`. Absent: in Hindi.
create table third_text (
    district_id bigint not null references third_language (district_id),
    key text not null,
    text text not null,
    -- The operators' id of a message's text (DLT).
    registered text not null,
    primary key (district_id, key)
);

-- What the hall's display says in it: the digits, `number` and `counter`.
create table third_clip (
    district_id bigint not null references third_language (district_id),
    word text not null,
    kind text not null check (kind in ('mp3', 'wav')),
    sound bytea not null,
    -- Which upload it came with: a changed clip has another address.
    version bigint not null,
    primary key (district_id, word)
);
