-- People, doses, and what is said about them.

-- What somebody has asked the portal's office to put right. It stays when the comparison finds the same again.
create table portal_asked (
    beneficiary_id uuid not null references beneficiary (id),
    dose bigint not null,
    kind text not null,
    at bigint not null,
    by_whom text not null,
    primary key (beneficiary_id, dose, kind)
);
