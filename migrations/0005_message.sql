-- Messages to people, what became of each, and what people say is wrong.

create table message (
    id uuid primary key,
    beneficiary_id uuid not null references beneficiary (id),
    -- On whose lists it stands.
    centre_id bigint not null references centre (id),
    -- Which of the templates, and the fact that it tells of: nobody is told of one fact twice.
    template text not null,
    about text not null,
    made_at bigint not null,
    -- Not to be sent before, and worth nothing after.
    send_at bigint not null,
    expires_at bigint not null,
    -- 'overtaken': the fact no longer held when it was to go out. 'no_phone': somebody has to call. 'outbox': kept here, as there
    -- is no gateway.
    state text not null check (state in ('waiting', 'sending', 'sent', 'delivered', 'failed', 'expired', 'overtaken', 'no_phone', 'outbox')),
    tries bigint not null default 0,
    -- A try was cut off, and the gateway may have had it: one more, and no third.
    doubtful boolean not null default false,
    leased_by uuid,
    leased_until bigint not null default 0,
    -- As it went out first. The secret code is not in here: it is filled in on the way out.
    mobile text,
    language text,
    text text,
    -- What the gateway calls it, and what it said last.
    gateway_id text,
    words text,
    sent_at bigint,
    -- When it reached its last state.
    settled_at bigint,
    -- Somebody has told the person by other means.
    told_at bigint,
    told_by text,
    unique (template, about)
);

create index message_waiting on message (send_at) where state = 'waiting';
create index message_sending on message (leased_until) where state = 'sending';
create index message_person on message (beneficiary_id);
create index message_made on message (made_at);
-- What somebody has to look after.
create index message_open on message (centre_id, made_at) where told_at is null and state in ('sent', 'failed', 'expired', 'no_phone', 'outbox');

-- The texts that the state officer has changed, as they are registered with the operators. Others are the program's own.
create table message_text (
    template text not null,
    language text not null,
    -- The operators' id of this text (DLT).
    registered text not null,
    text text not null,
    primary key (template, language)
);

-- A gateway that is down, until it answers again. Absent: it is up.
create table gateway_down (
    name text primary key,
    since bigint not null,
    words text not null,
    -- When it is tried again, with one message; and how often it was.
    probe_at bigint not null,
    probes bigint not null
);

-- What people say is wrong with what stands on their page.
create table objection (
    -- Under which they ask.
    number bigint primary key,
    token bigint not null references token (number),
    about text not null,
    words text not null,
    made_at bigint not null,
    answer text,
    answered_at bigint,
    answered_by text
);

create index objection_token on objection (token);
create index objection_open on objection (made_at) where answered_at is null;
