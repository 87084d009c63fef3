-- The short link of somebody who was vaccinated without a token. It is made when the first message about a dose goes out.
create table person_link (
    link text primary key,
    beneficiary_id uuid not null unique references beneficiary (id)
);
