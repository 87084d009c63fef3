-- One text for SQLite and PostgreSQL. Times are UTC seconds, days are 'YYYY-MM-DD' in Indian time.

-- Running numbers, given out inside the writing transaction: a number that was given is never given again.
create table counter (
    name text primary key,
    value bigint not null
);

create table setting (
    name text primary key,
    value text not null
);

-- Work that one process does at a time, whoever of them, and until when it counts as alive.
create table work (
    name text primary key,
    leased_by uuid not null,
    leased_until bigint not null
);

-- Secrets are sealed under the master key, which is never in the database.
create table secret (
    name text primary key,
    sealed bytea not null
);

create table signing_key (
    kid bigint primary key,
    public bytea not null,
    sealed bytea not null,
    made_at bigint not null,
    -- A retired key signs nothing new; what it signed stays good.
    retired_at bigint
);

-- The field. Ids are small public integers, because they travel inside the QR code; codes are what CSV files say.
create table district (
    id bigint primary key,
    code text not null unique,
    name_en text not null,
    name_hi text not null
);

create table zone (
    id bigint primary key,
    code text not null unique,
    district_id bigint not null references district (id),
    name_en text not null,
    name_hi text not null,
    address_en text not null,
    address_hi text not null,
    phone text not null
);

create table centre (
    id bigint primary key check (id between 1 and 65535),
    code text not null unique,
    zone_id bigint not null references zone (id),
    name_en text not null,
    name_hi text not null,
    address_en text not null,
    address_hi text not null,
    pin_code text not null,
    kind text not null check (kind in ('government', 'private')),
    fee bigint not null check (fee >= 0),
    step_free boolean not null,
    -- How many gates it plans: the lanes of sessions made from now on.
    gates bigint not null check (gates between 1 and 26),
    -- Any gate admits any lane and asks first; otherwise each gate admits its own lanes only, and never has to ask.
    lenient boolean not null default false,
    phone text not null,
    -- Whom the gate and the help desk call when somebody is refused.
    supervisor_phone text not null,
    lat double precision,
    lon double precision,
    -- Minutes by which the centre has said that it is late, and on which day: with the day it is over.
    running_late bigint not null default 0,
    late_on text,
    -- How many phones have left the centre. They take its lane key with them, so each time there is a new one.
    phones_left bigint not null default 0,
    -- Numbers every change that this centre's gates must hear of, in the transaction that makes it.
    changed bigint not null default 0
);

create table session (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    day text not null,
    vaccine text not null,
    -- 1: first doses, 2: second doses, 3: both.
    doses bigint not null check (doses between 1 and 3),
    min_age bigint not null,
    max_age bigint not null,
    opens bigint not null,
    closes bigint not null check (closes > opens),
    -- Fixed when the session is made: a token's lane follows from its number.
    lanes bigint not null check (lanes between 1 and 26),
    -- When zone offices may issue.
    issue_from bigint not null,
    issue_until bigint not null check (issue_until > issue_from),
    stopped boolean not null default false,
    unique (centre_id, day, vaccine)
);

create index session_day on session (day);

create table slot (
    id bigint primary key check (id between 1 and 4294967295),
    session_id bigint not null references session (id),
    centre_id bigint not null references centre (id),
    day text not null,
    -- The two digits before the dash of a call number.
    call bigint not null check (call between 1 and 99),
    starts bigint not null,
    minutes bigint not null check (minutes between 1 and 255),
    capacity bigint not null,
    -- Tokens that stand, and places lent to a desk or printed on paper.
    taken bigint not null default 0,
    -- The last serial given out. Capacity counts places, not serials.
    serials bigint not null default 0 check (serials <= 65535),
    check (taken >= 0 and taken <= capacity),
    unique (centre_id, day, call)
);

create index slot_session on slot (session_id);

-- Every place of a slot's capacity has exactly one owner: 'zone:ID', 'open' or 'walk_in'.
create table share (
    slot_id bigint not null references slot (id),
    owner text not null,
    capacity bigint not null,
    taken bigint not null default 0,
    check (taken >= 0 and taken <= capacity),
    primary key (slot_id, owner)
);

create table beneficiary (
    id uuid primary key,
    mobile text,
    -- Whose number it is: 'own', or that of somebody who helps.
    mobile_of text not null,
    name text not null,
    -- One key for all spellings, in either script.
    name_key text not null,
    birth_year bigint not null,
    gender text not null,
    category text not null,
    -- A doctor's certificate was seen. Which illness is nobody's business.
    certificate boolean not null,
    -- Of messages to this person.
    language text not null,
    -- Help that they need at the centre, such as 'wheelchair,companion'.
    needs text not null,
    made_at bigint not null
);

create index beneficiary_mobile on beneficiary (mobile);
create index beneficiary_name on beneficiary (name_key, birth_year);

-- No full ID number is stored: a keyed hash finds the same card again, the last four characters show which one it was.
create table identity (
    hash bytea primary key,
    beneficiary_id uuid not null references beneficiary (id),
    type text not null,
    id_end text not null
);

create index identity_beneficiary on identity (beneficiary_id);

create table token (
    number bigint primary key,
    beneficiary_id uuid not null references beneficiary (id),
    dose bigint not null,
    vaccine text not null,
    -- The centre and the slot are the share's.
    centre_id bigint not null,
    slot_id bigint not null,
    owner text not null,
    serial bigint not null,
    revision bigint not null check (revision between 1 and 255),
    state text not null check (state in ('issued', 'admitted', 'vaccinated', 'left', 'cancelled')),
    id_type text not null,
    id_end text not null,
    -- The ten random characters of the short link, which the SMS carries too.
    link text not null unique,
    secret_code text not null,
    code_tries bigint not null default 0,
    -- Came from a holder that had been declared lost, when its place was already given to another: it stands beside the capacity.
    over_capacity boolean not null default false,
    -- Signed once a revision, reprinted byte for byte.
    cose bytea not null,
    issued_at bigint not null,
    issued_by text not null,
    revised_at bigint not null,
    admitted_at bigint,
    admitted_by uuid,
    cancelled_at bigint,
    cancel_reason text,
    unique (slot_id, serial),
    foreign key (slot_id, owner) references share (slot_id, owner)
);

-- Finds somebody's tokens, and allows one live one for each dose; a cancelled one stands under its own number. No index holds a column
-- that an admission writes: it would cost an entry in each.
create unique index token_person on token (beneficiary_id, dose, (case when cancelled_at is null then 0 else number end));
create index token_issued on token (issued_at);
-- The others of a person; issuing writes nothing here.
create index token_cancelled on token (beneficiary_id) where cancelled_at is not null;

-- What a centre's gates must hear of, in order: tokens that were issued, admitted, moved (also away from it) or cancelled.
create table change (
    centre_id bigint not null,
    changed bigint not null,
    number bigint not null,
    primary key (centre_id, changed)
);

-- Phones at the doors.
create table gate (
    id bigint primary key,
    centre_id bigint not null references centre (id),
    name text not null,
    secret_hash bytea unique,
    -- The one-time code that enrols the phone, until it is used.
    enrol_hash bytea unique,
    enrol_until bigint,
    -- The lanes that the phone takes when it enrols, such as '0,1'.
    enrol_lanes text not null,
    enrolled_at bigint,
    revoked_at bigint,
    heard_at bigint,
    waiting bigint not null default 0,
    -- When the oldest of those was written.
    oldest_at bigint,
    clock_offset bigint not null default 0,
    -- Of the app that the phone runs.
    version text not null default '',
    -- The centre that it goes to as soon as it has sent everything and let its lanes go.
    moving_to bigint references centre (id),
    -- How often it was asked to give something up, or to keep it after all: its word is an answer to the last time only.
    asked bigint not null default 0
);

-- Where a phone was a gate before it was moved: what it wrote there is that centre's, whenever it comes in.
create table former_gate (
    gate_id bigint not null references gate (id),
    centre_id bigint not null references centre (id),
    left_at bigint not null,
    primary key (gate_id, centre_id)
);

-- Each lane is held by one phone at most: a grant, with an epoch that rises whenever it moves or is let go, and never falls.
create table lane (
    centre_id bigint not null references centre (id),
    lane bigint not null,
    gate_id bigint references gate (id),
    epoch bigint not null default 1,
    -- Put off whenever the phone is heard; some time after it the lane may be given to another, heard or not.
    ends_at bigint not null,
    -- Whom it goes to as soon as its holder has acknowledged giving it up.
    to_gate bigint references gate (id),
    primary key (centre_id, lane)
);

-- A gate that is about to admit: another one that asks meanwhile is told.
create table intent (
    number bigint primary key,
    scan_id uuid not null,
    gate_id bigint not null references gate (id),
    at bigint not null
);

-- What a revoked phone handed over. It waits for an officer and changes nothing until then.
create table held_scan (
    id uuid primary key,
    gate_id bigint not null references gate (id),
    -- In the order in which the phone wrote them.
    position bigint not null,
    body text not null,
    received_at bigint not null
);

-- What the gates did, one row a fact, never changed: an undo is a row of its own.
create table scan (
    id uuid primary key,
    kind text not null,
    number bigint,
    revision bigint,
    centre_id bigint not null references centre (id),
    gate_id bigint references gate (id),
    -- Absent where nothing was decided: an undo, somebody without a token.
    verdict text,
    reason text,
    -- What the person at the gate was told beside the verdict, so that a retry hears the same.
    detail text,
    -- The scan that this one takes back.
    reverses uuid,
    -- The database held no token of this number when the scan came in: its admissions are looked for here.
    stranger boolean not null,
    late boolean not null,
    -- Both clocks, and whether the phone's had been confirmed.
    phone_at bigint not null,
    clock_proved boolean not null,
    server_at bigint not null,
    by_whom text not null
);

create index scan_stranger on scan (number) where stranger;
create index scan_reverses on scan (reverses) where reverses is not null;
create index scan_at on scan (server_at);

-- Facts that do not go together, such as two admissions of one token: both stay, one was first, a person settles it.
create table conflict (
    scan_id uuid primary key references scan (id),
    kind text not null,
    first_scan_id uuid,
    number bigint not null,
    centre_id bigint not null references centre (id),
    found_at bigint not null,
    -- By whom and how it was settled.
    settled_at bigint,
    settled_by text,
    settlement text
);

create index conflict_open on conflict (centre_id) where settled_at is null;
create index conflict_number on conflict (number);
create index conflict_settled on conflict (settled_at) where settled_at is not null;

-- People who log in. The place they act in follows from the role.
create table account (
    id bigint primary key,
    username text not null unique,
    name text not null,
    role text not null,
    zone_id bigint references zone (id),
    centre_id bigint references centre (id),
    district_id bigint references district (id),
    password_hash text not null,
    failures bigint not null default 0,
    locked_until bigint not null default 0,
    -- The password was given once by somebody else: it must be changed first.
    must_change boolean not null default false,
    -- Nobody logs in with it any more.
    closed_at bigint
);

create table login (
    secret_hash bytea primary key,
    id uuid not null unique,
    account_id bigint not null references account (id),
    began_at bigint not null,
    -- Some minutes old at most.
    seen_at bigint not null,
    -- Browser and system, as they call themselves.
    device text not null,
    ends_at bigint not null
);

create index login_account on login (account_id);

-- Programs that call the API.
create table api_key (
    id bigint primary key,
    name text not null,
    secret_hash bytea not null unique,
    role text not null,
    zone_id bigint references zone (id),
    centre_id bigint references centre (id),
    district_id bigint references district (id),
    made_at bigint not null,
    revoked_at bigint
);

-- Who did what, when, on whom; for commands also the answer that was given, so that a retry gets the same one.
create table journal (
    -- The order in which entries came in. PostgreSQL counts it by itself from `src/storage/guard.rs` on.
    seq integer primary key,
    id uuid not null unique,
    at bigint not null,
    actor text not null,
    act text not null,
    subject text,
    -- Whose officer may read it; absent: the state's only.
    district_id bigint,
    -- A fingerprint of the command: the same id with another body is an error.
    body_hash bytea,
    answer text
);

create index journal_at on journal (at);
create index journal_actor on journal (actor, at);
create index journal_subject on journal (subject, at) where subject is not null;
