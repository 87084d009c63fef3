//! Bundles of printed forms, and what became of each form.

use sqlx::FromRow;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::paper::FormState;
use crate::domain::place::Scope;
use crate::ids::{CentreId, PackId, SlotId, ZoneId};

/// A bundle with its slot, and how far its forms are.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Pack {
    pub id: PackId,
    pub centre_id: CentreId,
    pub slot_id: SlotId,
    pub dose: i64,
    pub forms: i64,
    pub made_at: Moment,
    pub made_by: String,
    pub handed_to: Option<String>,
    pub handed_at: Option<Moment>,
    pub assigned_to: Option<String>,
    pub counted_at: Option<Moment>,
    pub counted_by: Option<String>,
    // The slot.
    pub call: i64,
    pub day: Day,
    pub starts: Moment,
    pub minutes: i64,
    pub vaccine: Vaccine,
    // Its forms.
    pub used: i64,
    pub keyed: i64,
    pub first_keyed: Option<Moment>,
    pub last_keyed: Option<Moment>,
    /// How many were keyed in of people of whom no dose is recorded, nor why they got none.
    pub doseless: i64,
}

impl Pack {
    /// When its slot ends.
    pub fn ends(&self) -> Moment {
        self.starts + self.minutes * 60
    }

    /// How many forms wait to be keyed in.
    pub fn unkeyed(&self) -> i64 {
        self.used
    }
}

/// A bundle that is to be printed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct NewPack {
    pub id: PackId,
    pub centre_id: CentreId,
    pub slot_id: SlotId,
    pub dose: i64,
    pub forms: i64,
    pub made_at: Moment,
    pub made_by: String,
}

/// A form.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct PrintedForm {
    pub pack_id: PackId,
    pub position: i64,
    pub number: TokenNumber,
    pub cose: Vec<u8>,
    pub state: FormState,
    pub keyed_by: Option<String>,
    pub call: i64,
    pub serial: i64,
    pub secret_code: String,
}

impl PrintedForm {
    /// What is called in the hall.
    pub fn call_number(&self) -> CallNumber {
        CallNumber { slot: self.call, serial: self.serial }
    }
}

/// How fast somebody keys forms in.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Keyer {
    pub keyed_by: String,
    pub keyed: i64,
    pub first_at: Moment,
    pub last_at: Moment,
}

/// A bundle with forms that may have to be keyed in, with the place it belongs to.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct OnPaper {
    pub id: PackId,
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub starts: Moment,
    pub assigned_to: Option<String>,
    pub counted_at: Option<Moment>,
    /// Forms that were counted as used; of a bundle that was not counted, all that are not keyed in.
    pub forms: i64,
    /// Forms that are keyed in, without a dose or a reason for there being none.
    pub doseless: i64,
}

impl OnPaper {
    /// How many doses of it wait. How many of a bundle were used is not known before it is counted.
    pub fn waiting(&self) -> i64 {
        self.doseless + if self.counted_at.is_some() { self.forms } else { 0 }
    }
}

/// Somebody whose form is keyed in, and of whom neither a dose is recorded nor why there was none.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Doseless {
    pub number: TokenNumber,
    pub position: i64,
    pub name: String,
}

/// Which keyed forms, joined to their tokens, stand for neither a recorded dose nor a reason for there being none.
macro_rules! doseless {
    () => {
        "form.state = 'keyed' and token.cancelled_at is null \
         and not exists (select 1 from deferral where deferral.token = token.number) \
         and not exists (select 1 from dose where dose.beneficiary_id = token.beneficiary_id and dose.number = token.dose \
         and dose.withdrawn_at is null) "
    };
}

/// How long the backlog asks after the dose of a form that is keyed in, in seconds: by then the day's closing has long named it.
const ASKED_AFTER: i64 = 30 * 24 * 3600;

const PACK: &str = concat!(
    "select pack.id, pack.centre_id, pack.slot_id, pack.dose, pack.forms, pack.made_at, pack.made_by, pack.handed_to, pack.handed_at, \
     pack.assigned_to, pack.counted_at, pack.counted_by, slot.call, slot.day, slot.starts, slot.minutes, session.vaccine, \
     (select count(*) from form where form.pack_id = pack.id and form.state = 'used') as used, \
     (select count(*) from form where form.pack_id = pack.id and form.state = 'keyed') as keyed, \
     (select min(keyed_at) from form where form.pack_id = pack.id) as first_keyed, \
     (select max(keyed_at) from form where form.pack_id = pack.id) as last_keyed, \
     (select count(*) from form join token on token.number = form.number where form.pack_id = pack.id and ",
    doseless!(),
    ") as doseless from pack join slot on slot.id = pack.slot_id join session on session.id = slot.session_id "
);

const FORM: &str = "select form.pack_id, form.position, form.number, form.cose, form.state, form.keyed_by, slot.call, leased.serial, \
     leased.secret_code from form join leased on leased.number = form.number join slot on slot.id = leased.slot_id ";

impl Tx {
    /// Adds a bundle.
    pub async fn add_pack(&mut self, row: &NewPack) -> sqlx::Result<()> {
        let sql = "insert into pack (id, centre_id, slot_id, dose, forms, made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(row.slot_id).bind(row.dose).bind(row.forms);
            query.bind(row.made_at).bind(&row.made_by).execute(conn).await.map(drop)
        })
    }

    /// Adds its forms: number and signed bytes, in order.
    pub async fn add_forms(&mut self, pack: PackId, forms: &[(i64, TokenNumber, Vec<u8>)]) -> sqlx::Result<()> {
        let into = "insert into form (pack_id, position, number, cose, state) ";
        write_rows!(self, into, forms, |form| [pack, form.0, form.1, &form.2, FormState::Printed], "").map(drop)
    }

    /// A bundle.
    pub async fn pack(&mut self, id: PackId) -> sqlx::Result<Option<Pack>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(PACK);
            sql.push("where pack.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// A centre's bundles, those with forms to key in first, then the newest.
    pub async fn packs(&mut self, centre: CentreId, most: i64) -> sqlx::Result<Vec<Pack>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select * from (");
            sql.push(PACK).push("where pack.centre_id = ").push_bind(centre);
            sql.push(") as packs order by case when used > 0 then starts else 9000000000 end, id desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// A bundle's forms, in order.
    pub async fn forms_of(&mut self, pack: PackId) -> sqlx::Result<Vec<PrintedForm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(FORM);
            sql.push("where form.pack_id = ").push_bind(pack).push(" order by form.position");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The form with a number.
    pub async fn form(&mut self, number: TokenNumber) -> sqlx::Result<Option<PrintedForm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(FORM);
            sql.push("where form.number = ").push_bind(number);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Notes to whom a bundle was handed out.
    pub async fn hand_out(&mut self, pack: PackId, to: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "update pack set handed_to = $2, handed_at = $3 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(pack).bind(to).bind(now).execute(conn).await.map(drop))
    }

    /// Says who is to key a bundle's forms in; nobody, where it is none.
    pub async fn assign_pack(&mut self, pack: PackId, to: Option<&str>) -> sqlx::Result<()> {
        let sql = "update pack set assigned_to = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(pack).bind(to).execute(conn).await.map(drop))
    }

    /// Bundles with used forms that nobody has keyed in or whose dose nobody recorded, and bundles of slots that are over which nobody has
    /// counted; the oldest first.
    pub async fn on_paper(&mut self, scope: Scope, now: Moment) -> sqlx::Result<Vec<OnPaper>> {
        let (zone, centre, district) = scope.columns();
        let sql = concat!(
            "select pack.id, pack.centre_id, centre.zone_id, slot.starts, pack.assigned_to, pack.counted_at, \
             cast(sum(waits.form) as bigint) as forms, cast(sum(waits.dose) as bigint) as doseless from ( \
             select pack_id, 1 as form, 0 as dose from form where state in ('printed', 'used') union all \
             select form.pack_id, 0 as form, 1 as dose from form join token on token.number = form.number where form.keyed_at >= $5 and ",
            doseless!(),
            ") as waits join pack on pack.id = waits.pack_id join slot on slot.id = pack.slot_id \
             join centre on centre.id = pack.centre_id join zone on zone.id = centre.zone_id \
             where (waits.dose = 1 or pack.counted_at is not null or slot.starts + slot.minutes * 60 <= $4) \
             and $1 in (0, centre.zone_id) and $2 in (0, centre.id) and $3 in (0, zone.district_id) \
             group by pack.id, pack.centre_id, centre.zone_id, slot.starts, pack.assigned_to, pack.counted_at order by slot.starts, pack.id"
        );
        let since = now + -ASKED_AFTER;
        on!(self, conn => {
            sqlx::query_as(sql).bind(zone).bind(centre).bind(district).bind(now).bind(since).fetch_all(conn).await
        })
    }

    /// Whose form of a bundle is keyed in, while neither a dose is recorded nor why there was none; in the order of the forms.
    pub async fn doseless_of(&mut self, pack: PackId) -> sqlx::Result<Vec<Doseless>> {
        let sql = concat!(
            "select form.number, form.position, beneficiary.name from form join token on token.number = form.number \
             join beneficiary on beneficiary.id = token.beneficiary_id where form.pack_id = $1 and ",
            doseless!(),
            "order by form.position"
        );
        on!(self, conn => sqlx::query_as(sql).bind(pack).fetch_all(conn).await)
    }

    /// Notes that a bundle was counted. False: it was before.
    pub async fn set_counted(&mut self, pack: PackId, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update pack set counted_at = $3, counted_by = $2 where id = $1 and counted_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(pack).bind(by).bind(now).execute(conn).await?.rows_affected() == 1))
    }

    /// Gives forms of a bundle a state.
    pub async fn set_forms(&mut self, pack: PackId, positions: &[i64], state: FormState) -> sqlx::Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update form set state = ");
            sql.push_bind(state).push(" where pack_id = ").push_bind(pack).push(" and position").push_in(positions);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Notes that a form is keyed in. False: it was before, or its place was given back.
    pub async fn set_keyed(&mut self, number: TokenNumber, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update form set state = 'keyed', keyed_at = $3, keyed_by = $2 where number = $1 and state in ('printed', 'used')";
        on!(self, conn => Ok(sqlx::query(sql).bind(number).bind(by).bind(now).execute(conn).await?.rows_affected() == 1))
    }

    /// Who keyed how many of a centre's forms in since a moment.
    pub async fn keyers(&mut self, centre: CentreId, since: Moment) -> sqlx::Result<Vec<Keyer>> {
        let sql = "select keyed_by, count(*) as keyed, min(keyed_at) as first_at, max(keyed_at) as last_at from form \
                   join pack on pack.id = form.pack_id where pack.centre_id = $1 and keyed_at >= $2 group by keyed_by order by keyed_by";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(since).fetch_all(conn).await)
    }
}
