-- Calling people inside a centre. Who has entered and was never called has no row here.

create table turn (
    number bigint primary key references token (number),
    centre_id bigint not null references centre (id),
    day text not null,
    -- 'check' of the papers, then the 'dose'.
    stage text not null check (stage in ('check', 'dose')),
    -- 'called' to a counter, 'missed' when nobody came, 'passed' on to the next stage.
    state text not null check (state in ('called', 'missed', 'passed')),
    counter bigint not null check (counter between 1 and 99),
    -- How often the number was called at this stage.
    times bigint not null,
    -- When it was last called, and when it got its present state: from then on it waits for the next stage.
    called_at bigint not null,
    since bigint not null,
    by_whom text not null,
    -- Numbers every call of every centre, in the order of their commits: who looks for new ones asks from the last on.
    seq bigint not null unique
);

create index turn_hall on turn (centre_id, day, called_at);
