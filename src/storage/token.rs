//! Tokens.

use std::collections::BTreeMap;

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::field::CentreKind;
use super::moving::{MoveFound, Outcome};
use super::person::after_all;
use super::rows::{Dialect, PushIn, PushWithin, push_columns};
use super::writes::{Statements, push_rows};
use super::{Tx, Writes, on};
use crate::domain::admission::TokenState;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::{Gender, IdType, Locality, Mobile, Name};
use crate::domain::place::{CentrePlace, Owner, Scope};
use crate::i18n::{Lang, Tongue};
use crate::ids::{BeneficiaryId, CentreId, DistrictId, MoveId, SessionId, SlotId, ZoneId};

/// A token to be added.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct NewToken {
    pub number: TokenNumber,
    pub beneficiary_id: BeneficiaryId,
    pub dose: i64,
    pub vaccine: Vaccine,
    pub centre_id: CentreId,
    pub slot_id: SlotId,
    pub owner: Owner,
    pub serial: i64,
    pub id_type: IdType,
    pub id_end: String,
    pub link: String,
    pub secret_code: String,
    pub cose: Vec<u8>,
    pub issued_at: Moment,
    pub issued_by: String,
}

/// A token with its person, slot and centre: what a page or an answer shows.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Token {
    pub number: TokenNumber,
    pub beneficiary_id: BeneficiaryId,
    pub dose: i64,
    pub vaccine: Vaccine,
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub district_id: DistrictId,
    pub slot_id: SlotId,
    pub session_id: SessionId,
    pub owner: Owner,
    pub serial: i64,
    pub revision: i64,
    pub state: TokenState,
    pub id_type: IdType,
    pub id_end: String,
    pub link: String,
    pub secret_code: String,
    pub code_tries: i64,
    pub over_capacity: bool,
    pub cose: Vec<u8>,
    pub issued_at: Moment,
    pub issued_by: String,
    pub revised_at: Moment,
    pub admitted_at: Option<Moment>,
    pub cancelled_at: Option<Moment>,
    pub cancel_reason: Option<String>,
    pub call: i64,
    pub day: Day,
    pub starts: Moment,
    pub minutes: i64,
    pub closes: Moment,
    pub lanes: i64,
    pub name: Name,
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub birth_year: i64,
    pub gender: Gender,
    pub language: Tongue,
    pub needs: Needs,
    pub locality: Option<Locality>,
    pub centre_code: String,
    pub centre_name_en: String,
    pub centre_name_hi: String,
    pub centre_address_en: String,
    pub centre_address_hi: String,
    pub centre_phone: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

impl Token {
    /// What is called in the hall.
    pub fn call_number(&self) -> CallNumber {
        CallNumber { slot: self.call, serial: self.serial }
    }

    /// When its slot ends.
    pub fn ends(&self) -> Moment {
        self.starts + self.minutes * 60
    }

    /// Issued, and nobody is let in with it any more.
    pub fn is_no_show(&self, now: Moment) -> bool {
        self.state == TokenState::Issued && now > self.closes
    }

    /// The letter of its gate, when the centre has more than one.
    pub fn gate_letter(&self) -> Option<char> {
        let lane = crate::domain::admission::lane(self.number, self.lanes);
        (self.lanes > 1).then(|| lane_letter(lane))
    }

    /// The centre's name in a language.
    pub fn centre_name(&self, lang: Lang) -> &str {
        lang.pick(&self.centre_name_en, &self.centre_name_hi)
    }

    /// The centre's address in a language.
    pub fn centre_address(&self, lang: Lang) -> &str {
        lang.pick(&self.centre_address_en, &self.centre_address_hi)
    }

    /// Whether somebody may see and change it: its centre lies in their scope, or their own zone gave the place.
    pub fn within(&self, scope: Scope) -> bool {
        let place = CentrePlace { centre_id: self.centre_id, zone_id: self.zone_id, district_id: self.district_id };
        scope.covers(place) || matches!(scope, Scope::Zone(zone) if self.owner == Owner::Zone(zone))
    }
}

/// Lane 0 is Gate A.
pub fn lane_letter(lane: i64) -> char {
    char::from(b'A' + (lane.clamp(0, 25) as u8))
}

/// What a number of the district's day counts.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Only centres within this.
    pub within: Option<Scope>,
    /// Only this slot.
    pub slot: Option<SlotId>,
    /// Only these states; none: any.
    pub states: Vec<TokenState>,
    /// Only sessions that were over then.
    pub over: Option<Moment>,
    /// Only names that have this sound anywhere.
    pub sound: Option<String>,
    /// Only people born in these years, both counted.
    pub born: Option<(i64, i64)>,
    /// Only centres of this kind.
    pub kind: Option<CentreKind>,
}

/// What the register shows.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Only slots on this day.
    pub day: Option<Day>,
    /// Only this centre.
    pub centre: Option<CentreId>,
    /// Only this state.
    pub state: Option<TokenState>,
    /// Only everybody's under this mobile number.
    pub mobile: Option<Mobile>,
    /// Only of names that begin with this key, and of this birth year.
    pub name: Option<(String, Option<i64>)>,
    /// Only this call number: the slot's two digits and the serial.
    pub call: Option<(i64, i64)>,
    /// Only those behind a number of the district's day.
    pub narrowed: Narrowed,
    /// How many rows to pass over.
    pub skip: i64,
    /// How many rows at most.
    pub most: i64,
}

/// What a gate's phone must hear of a token. Nothing personal.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct TokenChange {
    pub number: TokenNumber,
    pub revision: i64,
    pub centre_id: CentreId,
    pub slot_id: SlotId,
    pub starts: Moment,
    pub minutes: i64,
    pub call: i64,
    pub serial: i64,
    pub state: TokenState,
    pub admitted_at: Option<Moment>,
    pub admitted_by: Option<Uuid>,
    pub admitted_gate: Option<String>,
    pub cancelled_at: Option<Moment>,
    pub changed: i64,
}

/// What deciding about a scan needs of a token.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ScanToken {
    pub number: TokenNumber,
    pub revision: i64,
    pub centre_id: CentreId,
    pub slot_id: SlotId,
    pub starts: Moment,
    pub minutes: i64,
    pub closes: Moment,
    pub lanes: i64,
    pub stopped: bool,
    pub state: TokenState,
    pub cose: Vec<u8>,
    pub call: i64,
    pub serial: i64,
    pub admitted_at: Option<Moment>,
    pub admitted_by: Option<Uuid>,
}

/// A new state for a token after a scan.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Admission {
    pub number: TokenNumber,
    pub state: TokenState,
    pub admitted_at: Option<Moment>,
    pub admitted_by: Option<Uuid>,
}

impl Admission {
    /// As the token now stands.
    pub fn of(token: &ScanToken) -> Self {
        Self { number: token.number, state: token.state, admitted_at: token.admitted_at, admitted_by: token.admitted_by }
    }
}

const TOKEN: &str = "select token.number, token.beneficiary_id, token.dose, token.vaccine, token.centre_id, centre.zone_id, zone.district_id, \
     token.slot_id, slot.session_id, token.owner, token.serial, token.revision, token.state, token.id_type, token.id_end, token.link, token.secret_code, \
     token.code_tries, token.over_capacity, token.cose, token.issued_at, token.issued_by, token.revised_at, token.admitted_at, token.cancelled_at, token.cancel_reason, slot.call, slot.day, \
     slot.starts, slot.minutes, session.closes, session.lanes, beneficiary.name, beneficiary.mobile, beneficiary.birth_year, beneficiary.gender, \
     beneficiary.mobile_of, beneficiary.language, beneficiary.needs, beneficiary.locality, \
     centre.code as centre_code, centre.name_en as centre_name_en, centre.name_hi as centre_name_hi, centre.address_en as centre_address_en, \
     centre.address_hi as centre_address_hi, centre.phone as centre_phone, centre.lat, centre.lon \
     from token join slot on slot.id = token.slot_id join session on session.id = slot.session_id \
     join centre on centre.id = token.centre_id join zone on zone.id = centre.zone_id \
     join beneficiary on beneficiary.id = token.beneficiary_id ";

/// Among how many people of a name tokens are looked for.
const MOST_NAMED: i64 = 1_000;

const CHANGE: &str = "select token.number, token.revision, token.centre_id, token.slot_id, slot.starts, slot.minutes, slot.call, token.serial, \
     token.state, token.admitted_at, token.admitted_by, gate.name as admitted_gate, token.cancelled_at";

const CHANGE_JOINS: &str = " join slot on slot.id = token.slot_id \
     left join scan on scan.id = token.admitted_by left join gate on gate.id = scan.gate_id ";

impl Tx {
    /// The token with a number.
    pub async fn token(&mut self, number: TokenNumber) -> sqlx::Result<Option<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.number = ").push_bind(number);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The centre at which the token's holder entered.
    pub async fn entered_at(&mut self, number: TokenNumber) -> sqlx::Result<Option<CentreId>> {
        let sql = "select scan.centre_id from token join scan on scan.id = token.admitted_by where token.number = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(number).fetch_optional(conn).await)
    }

    /// Tokens of other centres whose holders entered at this one since a moment and have no dose yet. Each such admission is a conflict.
    pub async fn let_in_at(&mut self, centre: CentreId, since: Moment) -> sqlx::Result<Vec<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("join conflict on conflict.number = token.number and conflict.scan_id = token.admitted_by where conflict.centre_id = ");
            sql.push_bind(centre).push(" and conflict.found_at >= ").push_bind(since).push(" and token.state = 'admitted' and token.centre_id <> ");
            sql.push_bind(centre).push(" order by token.admitted_at");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Which of these tokens' sessions are stopped.
    pub async fn tokens_stopped(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<TokenNumber>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select token.number from token join slot on slot.id = token.slot_id \
                join session on session.id = slot.session_id where session.stopped and token.number");
            sql.push_in(numbers);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// The tokens that are to come to a session after a moment.
    pub async fn tokens_to_come(&mut self, session: SessionId, after: Moment) -> sqlx::Result<Vec<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.state = 'issued' and session.id = ").push_bind(session);
            sql.push(" and slot.starts + slot.minutes * 60 > ").push_bind(after).push(" order by token.number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Tokens of a day of whose time people with a phone have not been reminded yet.
    pub async fn tokens_to_remind(&mut self, day: Day, made_before: Moment, most: i64) -> sqlx::Result<Vec<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.state = 'issued' and not session.stopped and beneficiary.mobile is not null and slot.day = ").push_bind(day);
            sql.push(" and token.revised_at < ").push_bind(made_before);
            sql.push(" and not exists (select 1 from message where message.template = 'reminder' \
                and message.about = 'token:' || cast(token.number as text) || ':' || cast(token.revision as text))");
            sql.push(" order by token.number limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The token with a number, locked for change. Its slots and shares are locked before it.
    pub async fn lock_token(&mut self, number: TokenNumber) -> sqlx::Result<Option<Token>> {
        if let Self::Postgres(tx) = self {
            sqlx::query("select 1 from token where number = $1 for no key update").bind(number).execute(&mut **tx).await?;
        }
        self.token(number).await
    }

    /// The tokens with these numbers.
    pub async fn tokens(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.number").push_in(numbers).push(" order by token.number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The same, locked for change. Their slots and shares are locked before them.
    pub async fn lock_tokens(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Token>> {
        if let Self::Postgres(tx) = self {
            let sql = "select 1 from token where number = any($1) order by number for no key update";
            sqlx::query(sql).bind(numbers).execute(&mut **tx).await?;
        }
        self.tokens(numbers).await
    }

    /// People of a move in order of their turn, with their tokens as they now stand: all, or those with one outcome.
    pub async fn moved_people(&mut self, id: MoveId, outcome: Option<Outcome>) -> sqlx::Result<Vec<MoveFound>> {
        let columns = TOKEN.strip_prefix("select ").unwrap_or(TOKEN);
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select move_person.call as old_call, move_person.serial as old_serial, move_person.starts as old_starts, outcome, ");
            sql.push(columns).push("join move_person on move_person.number = token.number where move_person.move_id = ").push_bind(id);
            if let Some(outcome) = outcome { sql.push(" and outcome = ").push_bind(outcome); }
            sql.push(" order by move_person.call, move_person.serial");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The token behind a short link.
    pub async fn token_by_link(&mut self, link: &str) -> sqlx::Result<Option<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.link = ").push_bind(link);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Tokens for the register, in calling order, within a scope.
    pub async fn register(&mut self, scope: Scope, filter: &Filter) -> sqlx::Result<Vec<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("");
            if let Some((key, year)) = &filter.name {
                // Whoever has a name that thousands share is found with the birth year beside it.
                sql.push("with named (id) as (select id from beneficiary where name_key >= ").push_bind(key);
                sql.push(" and name_key < ").push_bind(after_all(key));
                if let Some(year) = year { sql.push(" and birth_year = ").push_bind(*year); }
                sql.push(" order by name_key, birth_year limit ").push_bind(MOST_NAMED).push(") ").push(TOKEN);
                sql.push("join named on named.id = token.beneficiary_id ");
            } else {
                sql.push(TOKEN);
            }
            sql.push("where 1 = 1");
            // What a zone's office issued elsewhere is its own, too.
            if let Scope::Zone(zone) = scope {
                sql.push(" and (centre.zone_id = ").push_bind(zone).push(" or token.owner = ").push_bind(Owner::Zone(zone)).push(")");
            } else {
                sql.push_within(scope);
            }
            if let Some(day) = filter.day { sql.push(" and slot.day = ").push_bind(day); }
            if let Some(centre) = filter.centre { sql.push(" and centre.id = ").push_bind(centre); }
            if let Some(state) = filter.state { sql.push(" and token.state = ").push_bind(state); }
            let Narrowed { within, slot, states, over, sound, born, kind } = &filter.narrowed;
            sql.push_within(within.unwrap_or(Scope::State));
            if let Some(slot) = slot { sql.push(" and slot.id = ").push_bind(slot); }
            if !states.is_empty() { sql.push(" and token.state").push_in(states); }
            if let Some(over) = over { sql.push(" and session.closes < ").push_bind(over); }
            if let Some(sound) = sound { sql.push(" and name_key like ").push_bind(format!("%{sound}%")); }
            if let Some((first, last)) = born { sql.push(" and birth_year >= ").push_bind(first).push(" and birth_year <= ").push_bind(last); }
            if let Some(kind) = kind { sql.push(" and centre.kind = ").push_bind(*kind); }
            if let Some(mobile) = &filter.mobile { sql.push(" and beneficiary.mobile = ").push_bind(mobile); }
            if let Some((call, serial)) = filter.call { sql.push(" and slot.call = ").push_bind(call).push(" and token.serial = ").push_bind(serial); }
            sql.push(" order by slot.starts, centre.id, slot.call, token.serial limit ").push_bind(filter.most);
            sql.push(" offset ").push_bind(filter.skip);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds tokens.
    pub async fn add_tokens(&mut self, tokens: &[NewToken]) -> sqlx::Result<()> {
        let mut writes = self.writes();
        writes.add_tokens(tokens);
        self.write_together(writes).await.map(drop)
    }

    /// Moves a token to another slot: a higher revision, a new signature.
    pub async fn move_token(&mut self, number: TokenNumber, to: &NewToken, revision: i64, now: Moment) -> sqlx::Result<()> {
        let sql = "update token set centre_id = $2, slot_id = $3, owner = $4, serial = $5, revision = $6, cose = $7, vaccine = $8, \
                   revised_at = $9, over_capacity = false where number = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(number).bind(to.centre_id).bind(to.slot_id).bind(to.owner).bind(to.serial);
            query.bind(revision).bind(&to.cose).bind(to.vaccine).bind(now).execute(conn).await.map(drop)
        })
    }

    /// The place that a token is for was given to another: it stands beside the capacity.
    pub async fn set_over_capacity(&mut self, number: TokenNumber) -> sqlx::Result<()> {
        let sql = "update token set over_capacity = true where number = $1";
        on!(self, conn => sqlx::query(sql).bind(number).execute(conn).await.map(drop))
    }

    /// Takes an admission back: the person goes home, and comes again.
    pub async fn give_back_admission(&mut self, number: TokenNumber) -> sqlx::Result<()> {
        let sql = "update token set state = 'issued', admitted_at = null, admitted_by = null where number = $1";
        on!(self, conn => sqlx::query(sql).bind(number).execute(conn).await.map(drop))
    }

    /// Cancels a token.
    pub async fn cancel_token(&mut self, number: TokenNumber, reason: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "update token set state = 'cancelled', cancelled_at = $2, cancel_reason = $3 where number = $1";
        on!(self, conn => sqlx::query(sql).bind(number).bind(now).bind(reason).execute(conn).await.map(drop))
    }

    /// Takes a cancellation back.
    pub async fn revive_token(&mut self, number: TokenNumber) -> sqlx::Result<()> {
        let sql = "update token set state = 'issued', cancelled_at = null, cancel_reason = null where number = $1 and state = 'cancelled'";
        on!(self, conn => sqlx::query(sql).bind(number).execute(conn).await.map(drop))
    }

    /// The token that somebody holds for a dose, and when its slot begins.
    pub async fn live_token(&mut self, person: BeneficiaryId, dose: i64) -> sqlx::Result<Option<(TokenNumber, Moment)>> {
        let sql = "select token.number, slot.starts from token join slot on slot.id = token.slot_id \
                   where beneficiary_id = $1 and dose = $2 and cancelled_at is null";
        on!(self, conn => sqlx::query_as(sql).bind(person).bind(dose).fetch_optional(conn).await)
    }

    /// The number of the last change that a centre's gates must hear of.
    pub async fn last_change(&mut self, centre: CentreId) -> sqlx::Result<i64> {
        let sql = "select changed from centre where id = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(centre).fetch_one(conn).await)
    }

    /// As `Writes::add_changes`, by itself.
    pub async fn add_changes(&mut self, changes: &[(CentreId, TokenNumber)]) -> sqlx::Result<()> {
        let mut writes = self.writes();
        writes.add_changes(changes);
        self.write_together(writes).await.map(drop)
    }

    /// Counts a wrong try at the secret code; returns how many there were.
    pub async fn count_code_try(&mut self, number: TokenNumber) -> sqlx::Result<i64> {
        let sql = "update token set code_tries = code_tries + 1 where number = $1 returning code_tries";
        on!(self, conn => sqlx::query_scalar(sql).bind(number).fetch_one(conn).await)
    }

    /// Locks the tokens with these numbers, in ascending order, and reads them with their slots. Of a number that has no token, so no
    /// row to lock, the number itself is locked: no other transaction decides about it until this one ends. Whoever finds such
    /// numbers looks for them once more: the token may have been added by the one that was waited for.
    ///
    /// The lock is taken on the token alone: taken through a join it would lose one that is being moved meanwhile.
    pub async fn lock_scan_tokens(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<ScanToken>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("with held as (select number, revision, centre_id, slot_id, state, cose, serial, admitted_at, admitted_by \
                from token where number");
            sql.push_in(numbers).push(" order by number").push(Sql::FOR_UPDATE).push(")");
            sql.push_lock_lone(numbers);
            sql.push(" select held.number, held.revision, held.centre_id, held.slot_id, slot.starts, slot.minutes, session.closes, \
                session.lanes, session.stopped, held.state, held.cose, slot.call, held.serial, held.admitted_at, held.admitted_by \
                from held join slot on slot.id = held.slot_id join session on session.id = slot.session_id");
            // Asked once, before any row is joined, so that it is asked where no token was found at all.
            sql.push(Sql::LONE_LOCKED);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Writes the states that scans have brought about.
    pub async fn set_admissions(&mut self, admissions: &[Admission]) -> sqlx::Result<()> {
        let mut writes = self.writes();
        writes.set_admissions(admissions);
        self.write_together(writes).await.map(drop)
    }

    /// What changed for a centre's gates after a cursor, oldest first: its tokens of slots from a day on, and those that went
    /// to another centre.
    pub async fn token_changes(&mut self, centre: CentreId, after: i64, from: Day, most: i64) -> sqlx::Result<Vec<TokenChange>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CHANGE);
            sql.push(", change.changed from change join token on token.number = change.number").push(CHANGE_JOINS);
            sql.push("where change.centre_id = ").push_bind(centre).push(" and change.changed > ").push_bind(after);
            sql.push(" and (slot.day >= ").push_bind(from).push(" or token.centre_id <> ").push_bind(centre);
            sql.push(") order by change.changed limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What a gate may hear of one token.
    pub async fn token_change(&mut self, number: TokenNumber) -> sqlx::Result<Option<TokenChange>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CHANGE);
            sql.push(", cast(0 as bigint) as changed from token").push(CHANGE_JOINS).push("where token.number = ").push_bind(number);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// How many tokens of a day stand in each state, within a scope.
    pub async fn count_states(&mut self, scope: Scope, day: Day) -> sqlx::Result<Vec<(TokenState, i64)>> {
        let (zone, centre, district) = scope.columns();
        let sql = "select token.state, count(*) from token join slot on slot.id = token.slot_id join centre on centre.id = token.centre_id \
                   join zone on zone.id = centre.zone_id where slot.day = $1 and ($2 = 0 or centre.zone_id = $2 or token.owner = $3) \
                   and ($4 = 0 or centre.id = $4) and ($5 = 0 or zone.district_id = $5) group by token.state";
        let own = Owner::Zone(zone);
        let mut counts: Vec<(TokenState, i64)> =
            on!(self, conn => sqlx::query_as(sql).bind(day).bind(zone).bind(own).bind(centre).bind(district).fetch_all(conn).await?);
        counts.sort_by_key(|(state, _)| *state);
        Ok(counts)
    }

    /// The live token that somebody issued last.
    pub async fn last_token_of(&mut self, actor: &str) -> sqlx::Result<Option<Token>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(TOKEN);
            sql.push("where token.issued_by = ").push_bind(actor).push(" and token.state <> 'cancelled'");
            sql.push(" order by token.issued_at desc, token.serial desc limit 1");
            sql.build_query_as().fetch_optional(conn).await
        })
    }
}

impl Writes {
    /// Adds tokens.
    pub fn add_tokens(&mut self, tokens: &[NewToken]) {
        let into = "insert into token (number, beneficiary_id, dose, vaccine, centre_id, slot_id, owner, serial, revision, state, \
                    id_type, id_end, link, secret_code, cose, issued_at, issued_by, revised_at) ";
        push_rows!(
            self,
            into,
            tokens,
            |row| [
                row.number,
                row.beneficiary_id,
                row.dose,
                row.vaccine,
                row.centre_id,
                row.slot_id,
                row.owner,
                row.serial,
                1_i64,
                TokenState::Issued,
                row.id_type,
                &row.id_end,
                &row.link,
                &row.secret_code,
                &row.cose,
                row.issued_at,
                &row.issued_by,
                row.issued_at,
            ],
            ""
        );
    }

    /// Writes the states that scans have brought about.
    pub fn set_admissions(&mut self, admissions: &[Admission]) {
        push_rows!(
            self,
            "with scanned (number, state, admitted_at, admitted_by) as (",
            admissions,
            |row| [row.number, row.state, row.admitted_at, row.admitted_by],
            ") update token set state = scanned.state, admitted_at = scanned.admitted_at, admitted_by = scanned.admitted_by \
             from scanned where token.number = scanned.number"
        );
    }

    /// Tells centres' gates that tokens have changed: each change gets the next number of its centre, in the transaction that
    /// makes it, so that a cursor never passes over one. At most once a list.
    ///
    /// Locks the centres in ascending order, and after slots, shares and tokens.
    pub fn add_changes(&mut self, changes: &[(CentreId, TokenNumber)]) {
        let mut counts: BTreeMap<CentreId, i64> = BTreeMap::new();
        // Each with how many of its centre's come behind it.
        let placed = changes.iter().rev().map(|(centre, number)| {
            let behind = counts.entry(*centre).or_default();
            *behind += 1;
            (*centre, *behind - 1, *number)
        });
        let placed = placed.collect::<Vec<_>>();
        let counts = Vec::from_iter(counts);
        let insert = "insert into change (centre_id, changed, number) select told.id, told.changed - behind, number \
                      from placed join told on told.id = placed.centre_id";
        match &mut self.statements {
            Statements::Sqlite(statements) => {
                let mut sql = QueryBuilder::new("with count (id, n) as (");
                sql.push_values(counts, |mut row, (centre, count)| {
                    row.push_bind(centre).push_bind(count);
                });
                sql.push(") update centre set changed = changed + n from count where centre.id = count.id");
                statements.push(sql);
                let mut sql = QueryBuilder::new("with told as (select id, changed from centre), placed (centre_id, behind, number) as (");
                sql.push_values(placed, |mut row, (centre, behind, number)| {
                    row.push_bind(centre).push_bind(behind).push_bind(number);
                });
                sql.push(") ").push(insert);
                statements.push(sql);
            }
            Statements::Postgres(sql, parts) => {
                Statements::begin(sql, "count (id, n)");
                push_columns!(sql, counts, |row| [row.0, row.1]);
                sql.push("), locked as (select centre.id, n from centre join count on count.id = centre.id order by centre.id for no key update of centre)");
                sql.push(", told as (update centre set changed = changed + n from locked where centre.id = locked.id returning centre.id, changed)");
                Statements::begin(sql, "placed (centre_id, behind, number)");
                push_columns!(sql, placed, |row| [row.0, row.1, row.2]);
                sql.push(")");
                Statements::begin_counted(sql, parts);
                sql.push(insert);
                Statements::end_counted(sql);
            }
        }
    }
}
