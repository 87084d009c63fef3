-- Messages to people, and what became of each.

create table message (
    id uuid primary key,
    beneficiary_id uuid not null references beneficiary (id),
    -- Which of the templates, and the fact that it tells of: nobody is told of one fact twice.
    template text not null,
    about text not null,
    mobile text not null,
    language text not null,
    text text not null,
    made_at bigint not null,
    -- Not to be sent before (quiet hours, reminders), and worth nothing after.
    send_at bigint not null,
    expires_at bigint not null,
    state text not null check (state in ('waiting', 'sending', 'sent', 'delivered', 'failed', 'expired')),
    tries bigint not null default 0,
    leased_by uuid,
    leased_until bigint not null default 0,
    -- What the gateway calls it, and what it said last.
    gateway_id text,
    words text,
    sent_at bigint,
    settled_at bigint,
    unique (template, about)
);

create index message_waiting on message (send_at) where state in ('waiting', 'sending');
create index message_person on message (beneficiary_id);
create index message_failed on message (made_at) where state in ('failed', 'expired');
