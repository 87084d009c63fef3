//! Messages to people, and what became of each.

use std::ops::Range;

use sqlx::FromRow;
use uuid::Uuid;

use super::charge::{PushUntold, PushWhose, Untold, Whose};
use super::portal::Spell;
use super::rows::{Dialect, PushIn, PushWithin};
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::campaign::Vaccine;
use crate::domain::charge::Matter;
use crate::domain::message::{Fact, Template};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Locality, Mobile, Name};
use crate::domain::place::Scope;
use crate::i18n::{Lang, Tongue};
use crate::ids::{BeneficiaryId, CentreId, DoseId, MessageId};
use crate::words::words;

words! {
    /// What became of a message.
    MessageState {
        /// It waits for its time, or for the gateway.
        Waiting = "waiting",
        /// It is on its way to the gateway.
        Sending = "sending",
        /// The gateway has taken it.
        Sent = "sent",
        /// It is on the phone.
        Delivered = "delivered",
        /// The gateway or the network refused it for good.
        Failed = "failed",
        /// Its time went by.
        Expired = "expired",
        /// The fact no longer held when it was to go out.
        Overtaken = "overtaken",
        /// The person has no mobile number.
        NoPhone = "no_phone",
        /// It is kept here, as there is no gateway.
        Outbox = "outbox",
    }
}

/// A message that is to be sent. Its text is made when it goes out.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Made here.
    pub id: MessageId,
    /// To whom.
    pub beneficiary_id: BeneficiaryId,
    /// On whose lists it stands.
    pub centre_id: CentreId,
    /// Which of the templates it is made from.
    pub template: Template,
    /// The fact that it tells of: nobody is told of one fact twice.
    pub about: Fact,
    /// Not to be sent before.
    pub send_at: Moment,
    /// Worth nothing after.
    pub expires_at: Moment,
}

/// A message that a worker has taken.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct TakenMessage {
    pub id: MessageId,
    pub beneficiary_id: BeneficiaryId,
    pub centre_id: CentreId,
    pub template: Template,
    pub about: Fact,
    pub expires_at: Moment,
    pub tries: i64,
    pub mobile: Option<Mobile>,
    pub language: Option<Tongue>,
    pub text: Option<String>,
}

/// To whom a message goes.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Recipient {
    pub id: BeneficiaryId,
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
    pub language: Tongue,
}

/// A dose as messages and people's pages tell of it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseTold {
    pub id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub recorded: bool,
    pub centre_id: Option<CentreId>,
    pub batch: Option<String>,
    pub entered_at: Option<Moment>,
    pub withdrawn_at: Option<Moment>,
    pub link: Option<String>,
    pub upload: Option<String>,
    pub due_at: Option<Moment>,
    pub uploaded_at: Option<Moment>,
    pub reference: Option<String>,
}

/// A message in a list.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct MessageRow {
    pub id: MessageId,
    pub beneficiary_id: BeneficiaryId,
    pub centre_id: CentreId,
    pub template: Template,
    pub about: Fact,
    pub made_at: Moment,
    pub send_at: Moment,
    pub expires_at: Moment,
    pub state: MessageState,
    pub tries: i64,
    pub mobile: Option<Mobile>,
    pub text: Option<String>,
    pub words: Option<String>,
    pub sent_at: Option<Moment>,
    pub settled_at: Option<Moment>,
    pub told_at: Option<Moment>,
    pub told_by: Option<String>,
    pub name: Name,
    pub birth_year: i64,
    pub own_mobile: Option<Mobile>,
    pub locality: Option<Locality>,
}

impl MessageRow {
    /// Whether it can be sent again: there is a number, and the message has not arrived there.
    pub fn may_go_again(&self) -> bool {
        use MessageState::{Delivered, Expired, Failed, NoPhone, Outbox, Sent};
        match self.state {
            Sent | Failed | Expired | NoPhone | Outbox => self.own_mobile.is_some(),
            Delivered => self.own_mobile.is_some() && self.mobile != self.own_mobile,
            _ => false,
        }
    }
}

/// Which messages a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageList {
    /// Those of whom nobody knows that they were told: failed, expired, without a phone, sent and never reported, kept here.
    Untold(Untold),
    /// All of one person.
    Of(BeneficiaryId),
    /// The newest.
    Newest,
}

/// A gateway that is down.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct GatewayDown {
    pub since: Moment,
    pub words: String,
    pub probe_at: Moment,
    pub probes: i64,
}

/// A template's text as the state officer has it registered.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct MessageText {
    pub template: Template,
    pub language: Lang,
    pub registered: String,
    pub text: String,
}

const ROW: &str = "select message.id, message.beneficiary_id, message.centre_id, message.template, message.about, message.made_at, message.send_at, \
     message.expires_at, message.state, message.tries, message.mobile, message.text, message.words, message.sent_at, message.settled_at, \
     message.told_at, message.told_by, beneficiary.name, beneficiary.birth_year, beneficiary.mobile as own_mobile, beneficiary.locality \
     from message join beneficiary on beneficiary.id = message.beneficiary_id \
     join centre on centre.id = message.centre_id join zone on zone.id = centre.zone_id ";

const DOSE: &str = "select dose.id, dose.beneficiary_id, dose.number, dose.vaccine, dose.given_on, dose.source = 'recorded' as recorded, \
     dose.centre_id, dose.batch, dose.entered_at, dose.withdrawn_at, coalesce(token.link, person_link.link) as link, upload.state as upload, upload.due_at, upload.uploaded_at, \
     upload.reference from dose left join token on token.number = dose.token \
     left join person_link on person_link.beneficiary_id = dose.beneficiary_id left join upload on upload.dose_id = dose.id ";

impl Tx {
    /// Puts messages in line, in the transaction that makes the facts they tell of. Whoever has no phone is called instead.
    pub async fn add_messages(&mut self, messages: &[NewMessage], state: MessageState, now: Moment) -> sqlx::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut writes = self.writes();
        writes.add_messages(messages, state, now);
        self.write_together(writes).await.map(drop)
    }

    /// Settles what was left on its way by a worker that is gone: the gateway may have had it. It goes once more, and where the
    /// gateway would not notice a second time (`once`) never a third time. What is worth nothing any more expires.
    pub async fn take_back_messages(&mut self, once: bool, words: &str, now: Moment) -> sqlx::Result<()> {
        let back = "update message set state = case when doubtful and not $1 then 'failed' else 'waiting' end, \
                    settled_at = case when doubtful and not $1 then $2 else null end, words = $3, doubtful = true, leased_by = null \
                    where state = 'sending' and leased_until <= $2";
        let late = "update message set state = 'expired', settled_at = $1 where state = 'waiting' and expires_at <= $1";
        on!(self, conn => {
            sqlx::query(back).bind(once).bind(now).bind(words).execute(&mut *conn).await?;
            sqlx::query(late).bind(now).execute(conn).await.map(drop)
        })
    }

    /// Whether some message of these templates is due, one of any has expired, or one was left on its way.
    pub async fn messages_are_due(&mut self, only: &[Template], now: Moment) -> sqlx::Result<bool> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select exists (select 1 from message where state = 'waiting' and send_at <= ");
            sql.push_bind(now).push(" and (expires_at <= ").push_bind(now).push(" or template").push_in(only);
            sql.push(")) or exists (select 1 from message where state = 'sending' and leased_until <= ").push_bind(now).push(")");
            sql.build_query_scalar().fetch_one(conn).await
        })
    }

    /// Takes messages that are due, the oldest first, passing over those that another worker is taking.
    pub async fn due_messages(&mut self, only: &[Template], most: i64, now: Moment) -> sqlx::Result<Vec<TakenMessage>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, beneficiary_id, centre_id, template, about, expires_at, tries, mobile, language, text from message \
                where state = 'waiting' and send_at <= ");
            sql.push_bind(now).push(" and template").push_in(only).push(" order by send_at limit ").push_bind(most).push(Sql::TAKE);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes that a worker sends a message, and what it says: a second try says the same.
    pub async fn lease_message(
        &mut self,
        id: MessageId,
        to: &Mobile,
        language: Tongue,
        text: &str,
        worker: Uuid,
        until: Moment,
    ) -> sqlx::Result<()> {
        let sql = "update message set state = 'sending', tries = tries + 1, mobile = $2, language = $3, text = $4, leased_by = $5, \
                   leased_until = $6 where id = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(to).bind(language).bind(text);
            query.bind(worker).bind(until).execute(conn).await.map(drop)
        })
    }

    /// Ends a message that does not go out.
    pub async fn end_message(
        &mut self,
        id: MessageId,
        state: MessageState,
        text: Option<&str>,
        words: &str,
        now: Moment,
    ) -> sqlx::Result<()> {
        let sql = "update message set state = $2, text = coalesce($3, text), words = $4, settled_at = $5 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(state).bind(text).bind(words).bind(now).execute(conn).await.map(drop))
    }

    /// Takes a message that was never tried out of the line, as if it had not been made.
    pub async fn forget_message(&mut self, id: MessageId) -> sqlx::Result<()> {
        let sql = "delete from message where id = $1 and tries = 0";
        on!(self, conn => sqlx::query(sql).bind(id).execute(conn).await.map(drop))
    }

    /// Takes the news of a cancellation out of the line, as if it had not been made: it waits for the minute in which it may be taken back.
    pub async fn forget_cancellation(&mut self, number: TokenNumber, revision: i64) -> sqlx::Result<()> {
        let sql = "delete from message where template = 'token_cancelled' and about = $1 and tries = 0 and told_at is null";
        on!(self, conn => sqlx::query(sql).bind(Fact::Token(number, revision)).execute(conn).await.map(drop))
    }

    /// The gateway has taken it. A report that was faster stands.
    pub async fn message_sent(&mut self, id: MessageId, worker: Uuid, gateway_id: Option<&str>, now: Moment) -> sqlx::Result<()> {
        let sql = "update message set state = 'sent', gateway_id = $3, words = null, sent_at = $4, leased_by = null \
                   where id = $1 and leased_by = $2 and state = 'sending'";
        on!(self, conn => sqlx::query(sql).bind(id).bind(worker).bind(gateway_id).bind(now).execute(conn).await.map(drop))
    }

    /// The gateway did not take it: it waits until then. A try that never reached it does not count as one.
    pub async fn message_waits(&mut self, id: MessageId, worker: Uuid, until: Moment, words: &str) -> sqlx::Result<()> {
        let sql = "update message set state = 'waiting', send_at = $3, words = $4, leased_by = null \
                   where id = $1 and leased_by = $2 and state = 'sending'";
        on!(self, conn => sqlx::query(sql).bind(id).bind(worker).bind(until).bind(words).execute(conn).await.map(drop))
    }

    /// Whether it reached the gateway is not known: the lease ends, and with it the doubt is noted.
    pub async fn message_doubtful(&mut self, id: MessageId, worker: Uuid, until: Moment, words: &str) -> sqlx::Result<()> {
        let sql = "update message set leased_until = $3, words = $4 where id = $1 and leased_by = $2 and state = 'sending'";
        on!(self, conn => sqlx::query(sql).bind(id).bind(worker).bind(until).bind(words).execute(conn).await.map(drop))
    }

    /// The gateway refused this one for good.
    pub async fn message_refused(&mut self, id: MessageId, worker: Uuid, words: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "update message set state = 'failed', words = $3, settled_at = $4, leased_by = null \
                   where id = $1 and leased_by = $2 and state = 'sending'";
        on!(self, conn => sqlx::query(sql).bind(id).bind(worker).bind(words).bind(now).execute(conn).await.map(drop))
    }

    /// What the gateway reports of a message. Nothing comes after a delivery, and a late "sent" takes nothing back.
    pub async fn message_reported(&mut self, id: MessageId, state: MessageState, words: &str, now: Moment) -> sqlx::Result<bool> {
        let before =
            if state == MessageState::Sent { "('waiting', 'sending')" } else { "('waiting', 'sending', 'sent', 'failed', 'expired')" };
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update message set leased_by = null, state = ");
            sql.push_bind(state).push(", words = ").push_bind(words).push(", sent_at = coalesce(sent_at, ").push_bind(now).push(")");
            if state != MessageState::Sent {
                sql.push(", settled_at = ").push_bind(now);
            }
            // One that waits was never with the gateway, unless a try was cut off.
            sql.push(" where id = ").push_bind(id).push(" and (state <> 'waiting' or doubtful) and state in ").push(before);
            Ok(sql.build().execute(conn).await?.rows_affected() > 0)
        })
    }

    /// Sends a message again that did not arrive, or arrived at a number that was not theirs. False: there is nothing to send again.
    pub async fn resend_message(&mut self, id: MessageId, until: Moment, now: Moment) -> sqlx::Result<bool> {
        let sql = "update message set state = 'waiting', send_at = $3, expires_at = case when expires_at < $2 then $2 else expires_at end, \
                   doubtful = false, settled_at = null, sent_at = null, mobile = null, text = null, words = null, told_at = null \
                   where id = $1 and (state in ('sent', 'failed', 'expired', 'no_phone', 'outbox') or state = 'delivered' and mobile is not null \
                   and mobile <> coalesce((select beneficiary.mobile from beneficiary where beneficiary.id = message.beneficiary_id), ''))";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(until).bind(now).execute(conn).await?.rows_affected() > 0))
    }

    /// Takes back what these people have not been told yet of a kind; returns who has been told.
    pub async fn overtake_messages(
        &mut self,
        template: Template,
        people: &[BeneficiaryId],
        now: Moment,
    ) -> sqlx::Result<Vec<BeneficiaryId>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update message set state = 'overtaken', settled_at = ");
            sql.push_bind(now).push(" where state in ('waiting', 'no_phone', 'failed', 'expired') and told_at is null and not doubtful and template = ");
            sql.push_bind(template).push(" and beneficiary_id").push_in(people);
            sql.build().execute(&mut *conn).await?;
            let mut sql = Sql::new("select distinct beneficiary_id from message where state <> 'overtaken' and template = ");
            sql.push_bind(template).push(" and beneficiary_id").push_in(people);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Notes that somebody has told the person.
    pub async fn message_told(&mut self, id: MessageId, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update message set told_at = $3, told_by = $2 where id = $1 and told_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(by).bind(now).execute(conn).await?.rows_affected() > 0))
    }

    /// Some rows of a list of messages, within a scope.
    pub async fn messages(
        &mut self,
        scope: Scope,
        list: MessageList,
        whose: Whose<'_>,
        to: Option<&Mobile>,
        rows: Range<i64>,
    ) -> sqlx::Result<Vec<MessageRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ROW);
            sql.push("where 1 = 1");
            sql.push_within(scope).push_whose(Matter::Message, whose);
            if let Some(to) = to { sql.push(" and beneficiary.mobile = ").push_bind(to); }
            match list {
                MessageList::Untold(untold) => {
                    sql.push_untold(untold).push(" order by centre.zone_id, message.centre_id, message.made_at, message.id limit ");
                }
                MessageList::Of(person) => { sql.push(" and message.beneficiary_id = ").push_bind(person).push(" order by message.made_at, message.id limit "); }
                MessageList::Newest => { sql.push(" order by message.made_at desc, message.id desc limit "); }
            }
            sql.push_bind(rows.end - rows.start).push(" offset ").push_bind(rows.start);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// One message within a scope, and its centre.
    pub async fn message(&mut self, id: MessageId) -> sqlx::Result<Option<MessageRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ROW);
            sql.push("where message.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// How many messages there are in each state, within a scope.
    pub async fn count_messages(&mut self, scope: Scope, since: Moment) -> sqlx::Result<Vec<(MessageState, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select message.state, count(*) from message join centre on centre.id = message.centre_id \
                join zone on zone.id = centre.zone_id where message.made_at >= ");
            sql.push_bind(since);
            sql.push_within(scope);
            sql.push(" group by message.state");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// To whom messages go.
    pub async fn recipients(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<Recipient>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, name, birth_year, mobile, language from beneficiary where id");
            sql.push_in(people);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Doses with what became of them.
    pub async fn doses_told(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<DoseTold>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(DOSE);
            sql.push("where dose.id").push_in(doses);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The standing doses of somebody with what became of them, the first one first.
    pub async fn doses_told_of(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<DoseTold>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(DOSE);
            sql.push("where dose.withdrawn_at is null and dose.beneficiary_id = ").push_bind(person).push(" order by dose.number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Doses after which the next is due and of which nobody has been told: given by then at these centres, no next one, no token.
    pub async fn doses_before_next(
        &mut self,
        number: i64,
        vaccine: Vaccine,
        (given_from, given_by): (Day, Day),
        at: &[CentreId],
        most: i64,
    ) -> sqlx::Result<Vec<DoseTold>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(DOSE);
            sql.push("where dose.source = 'recorded' and dose.withdrawn_at is null and dose.number = ").push_bind(number);
            sql.push(" and dose.vaccine = ").push_bind(vaccine).push(" and dose.given_on >= ");
            sql.push_bind(given_from).push(" and dose.given_on <= ").push_bind(given_by);
            sql.push(" and dose.centre_id").push_in(at);
            sql.push(" and not exists (select 1 from dose as later where later.beneficiary_id = dose.beneficiary_id \
                and later.number > dose.number and later.withdrawn_at is null)");
            sql.push(" and not exists (select 1 from token as live where live.beneficiary_id = dose.beneficiary_id \
                and live.dose > dose.number and live.cancelled_at is null)");
            // One that was made since this dose was keyed in tells of this dose.
            sql.push(" and not exists (select 1 from message where message.beneficiary_id = dose.beneficiary_id and message.template = ");
            sql.push_bind(Template::NextDoseDue).push(" and message.made_at >= dose.entered_at) order by dose.given_on, dose.id limit ");
            sql.push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The texts that the state officer has changed.
    pub async fn message_texts(&mut self) -> sqlx::Result<Vec<MessageText>> {
        let sql = "select template, language, registered, text from message_text";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Changes a text.
    pub async fn set_message_text(&mut self, row: &MessageText) -> sqlx::Result<()> {
        let sql = "insert into message_text (template, language, registered, text) values ($1, $2, $3, $4) \
                   on conflict (template, language) do update set registered = $3, text = $4";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.template).bind(row.language).bind(&row.registered).bind(&row.text);
            query.execute(conn).await.map(drop)
        })
    }

    /// Whether a gateway is down.
    pub async fn gateway_down(&mut self, name: &str) -> sqlx::Result<Option<GatewayDown>> {
        let sql = "select since, words, probe_at, probes from gateway_down where name = $1";
        on!(self, conn => sqlx::query_as(sql).bind(name).fetch_optional(conn).await)
    }

    /// Takes the turn to try a gateway that is down. False: it is not yet time, or another process tries it.
    pub async fn probe_gateway(&mut self, name: &str, now: Moment, next: Moment) -> sqlx::Result<bool> {
        let sql = "update gateway_down set probe_at = $3, probes = probes + 1 where name = $1 and probe_at <= $2";
        on!(self, conn => Ok(sqlx::query(sql).bind(name).bind(now).bind(next).execute(conn).await?.rows_affected() > 0))
    }

    /// Notes that a gateway is down, since the first who noticed.
    pub async fn gateway_is_down(&mut self, name: &str, words: &str, now: Moment, probe_at: Moment) -> sqlx::Result<()> {
        let sql = "insert into gateway_down (name, since, words, probe_at, probes) values ($1, $3, $2, $4, 0) \
                   on conflict (name) do update set words = $2";
        on!(self, conn => sqlx::query(sql).bind(name).bind(words).bind(now).bind(probe_at).execute(conn).await.map(drop))
    }

    /// The latest spells in which a gateway took nothing, the last one first; the one that goes on has no end.
    pub async fn gateway_spells(&mut self, name: &str, most: i64) -> sqlx::Result<Vec<Spell>> {
        let sql = "select 'down' as kind, began_at, ended_at, words from gateway_spell where name = $1 union all \
                   select 'down', since, null, words from gateway_down where name = $1 order by began_at desc limit $2";
        on!(self, conn => sqlx::query_as(sql).bind(name).bind(most).fetch_all(conn).await)
    }

    /// Notes that it answers again, and for how long it did not.
    pub async fn gateway_is_up(&mut self, name: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into gateway_spell (name, began_at, ended_at, words) select name, since, $2, words from gateway_down where name = $1 \
                   on conflict (name, began_at) do nothing";
        on!(self, conn => sqlx::query(sql).bind(name).bind(now).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from gateway_down where name = $1").bind(name).execute(conn).await.map(drop))
    }
}

impl Writes {
    /// Adds messages; one that was made of the same before stays as it is.
    pub fn add_messages(&mut self, messages: &[NewMessage], state: MessageState, now: Moment) {
        push_rows!(
            self,
            "insert into message (id, beneficiary_id, centre_id, template, about, made_at, send_at, expires_at, state) ",
            messages,
            |row| [row.id, row.beneficiary_id, row.centre_id, row.template, row.about, now, row.send_at, row.expires_at, state],
            " on conflict (template, about) do nothing"
        );
    }
}
