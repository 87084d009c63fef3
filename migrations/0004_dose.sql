-- Doses, and their way to the national portal.

-- A vial that is open at a centre. What is left in it follows from the doses that name it.
create table vial (
    id uuid primary key,
    centre_id bigint not null references centre (id),
    vaccine text not null,
    batch text not null,
    -- How many doses it holds when full.
    doses bigint not null check (doses > 0),
    opened_at bigint not null,
    opened_by text not null,
    closed_at bigint,
    -- Thrown away with what was left in it, or put back because it had not been opened after all.
    closed_how text check (closed_how in ('discarded', 'returned'))
);

create index vial_open on vial (centre_id) where closed_at is null;

-- A dose that somebody was given. What is known of it is corrected by a new row of `dose_history`; it is withdrawn, never deleted.
create table dose (
    id uuid primary key,
    beneficiary_id uuid not null references beneficiary (id),
    -- 1, 2…
    number bigint not null,
    vaccine text not null,
    given_on text not null,
    -- 'stated': from a card or certificate that the clerk has seen; 'recorded': given at one of our centres.
    source text not null check (source in ('stated', 'recorded')),
    -- The rest is of recorded doses only. The token that led to it, when there was one.
    token bigint references token (number),
    centre_id bigint references centre (id),
    batch text,
    vaccinator text,
    -- When the jab was given, apart from when it was keyed in.
    given_at bigint,
    entered_at bigint,
    entered_by text,
    -- When this server had it: what was keyed in without a link, or elsewhere, came later.
    stored_at bigint,
    -- Why it was recorded without the person's secret code.
    no_code_reason text,
    vial_id uuid references vial (id),
    -- The rule that it was recorded despite, because it had been given.
    despite text,
    -- A fingerprint of what was sent: the same id with another body is an error.
    body_hash bytea,
    withdrawn_at bigint
);

create unique index dose_standing on dose (beneficiary_id, number) where withdrawn_at is null;
create index dose_centre on dose (centre_id, given_on);
create index dose_token on dose (token);

-- What a dose's record said before somebody corrected or withdrew it.
create table dose_history (
    id uuid primary key,
    dose_id uuid not null references dose (id),
    at bigint not null,
    by_whom text not null,
    -- 'corrected' or 'withdrawn', and why.
    what text not null check (what in ('corrected', 'withdrawn')),
    why text not null,
    -- As JSON.
    before text not null
);

create index dose_history_dose on dose_history (dose_id);

-- Who sits in the observation room, until they are seen to leave.
create table observation (
    dose_id uuid primary key references dose (id),
    centre_id bigint not null references centre (id),
    ends_at bigint not null,
    left_at bigint,
    left_by text,
    -- Why before the time was over.
    early_reason text
);

create index observation_waiting on observation (centre_id) where left_at is null;

-- Whoever came and got no dose: ill today, unwilling, or gone before the turn.
create table deferral (
    id uuid primary key,
    token bigint not null references token (number),
    centre_id bigint not null references centre (id),
    kind text not null check (kind in ('deferred', 'refused', 'left')),
    reason text not null,
    -- When they came: a day's account counts them on that day, whenever it was noted.
    came_at bigint not null,
    -- Not before this day.
    earliest text,
    at bigint not null,
    by_whom text not null
);

create index deferral_token on deferral (token);

-- What happened to somebody after a dose. Severe and serious ones need a case form by their deadline.
create table adverse_event (
    id uuid primary key,
    dose_id uuid not null references dose (id),
    centre_id bigint not null references centre (id),
    severity text not null check (severity in ('minor', 'severe', 'serious')),
    words text not null,
    noted_at bigint not null,
    noted_by text not null,
    due_at bigint,
    -- When the case form went off, and its number.
    reported_at bigint,
    reported_by text,
    case_number text
);

create index adverse_event_centre on adverse_event (centre_id, noted_at);

-- A permission to enter doses after their deadline: the letter, who signed it, who noted it.
create table permission (
    id uuid primary key,
    letter text not null,
    signed_by text not null,
    signed_on text not null,
    noted_at bigint not null,
    noted_by text not null
);

-- What must reach the portal: one row for each recorded dose.
create table upload (
    dose_id uuid primary key references dose (id),
    -- The campaign's deadline for this dose.
    due_at bigint not null,
    -- 'waiting' for its turn, 'uploaded', 'refused' by the portal until somebody mends it, 'closed': too late without a
    -- permission, 'withdrawn' with its dose, 'handed_over' to the headquarters, which uploads it.
    state text not null check (state in ('waiting', 'uploaded', 'refused', 'closed', 'withdrawn', 'handed_over')),
    tries bigint not null default 0,
    -- Not to be tried before.
    next_at bigint not null default 0,
    -- The worker that is at it, and until when it counts as alive.
    leased_by uuid,
    leased_until bigint not null default 0,
    -- What the portal said last, in its own words.
    words text,
    -- The portal's number for the person, and when it took the dose.
    reference text,
    uploaded_at bigint,
    -- What lets it go up after its deadline.
    permission_id uuid references permission (id),
    -- It was written into a file for the headquarters, and what the file said is still right ('same') or not ('changed'): then the
    -- next file says so.
    carried text check (carried in ('same', 'changed'))
);

create index upload_waiting on upload (due_at) where state = 'waiting';
create index upload_changed on upload (dose_id) where carried = 'changed';
create index upload_refused on upload (due_at) where state in ('refused', 'closed');
create index upload_unsent on upload (due_at) where state in ('waiting', 'refused', 'closed');
