-- Whoever has a page of their own may say what is wrong with it, with a token or without.
create table objection_of_person (
    -- Under which they ask.
    number bigint primary key,
    beneficiary_id uuid not null references beneficiary (id),
    -- Whose officer answers.
    centre_id bigint not null references centre (id),
    -- The token on whose page it was said, where there is one.
    token bigint references token (number),
    about text not null,
    words text not null,
    made_at bigint not null,
    answer text,
    answered_at bigint,
    answered_by text
);

insert into objection_of_person
select objection.number, token.beneficiary_id, token.centre_id, objection.token, objection.about, objection.words, objection.made_at,
    objection.answer, objection.answered_at, objection.answered_by
from objection join token on token.number = objection.token;

drop table objection;
alter table objection_of_person rename to objection;

create index objection_person on objection (beneficiary_id);
create index objection_open on objection (made_at) where answered_at is null;
