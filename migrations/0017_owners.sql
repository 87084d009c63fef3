-- Who looks after something that somebody has to settle.

-- One row a thing that somebody has taken on. It stays when the thing is settled, and counts again should the same thing come up anew.
create table charge (
    kind text not null,
    -- Which one: by its id, by its number, or by both; what a kind does not have is all zeros.
    id uuid not null,
    number bigint not null,
    by_whom text not null,
    at bigint not null,
    -- Whom it was taken over from.
    taken_from text,
    primary key (kind, id, number)
);

-- What is open, however many days are stored.
create index upload_to_mend on upload (due_at) where state = 'refused';
create index message_lost on message (made_at) where told_at is null and state in ('failed', 'expired', 'no_phone');
create index message_unreported on message (sent_at) where told_at is null and state = 'sent';
create index message_kept on message (expires_at) where told_at is null and state = 'outbox';
