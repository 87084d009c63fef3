//! Paper forms: bundles printed ahead, handed out, counted when they come back, and what still waits to be keyed in.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::Operator;
use crate::actions::command::CommandId;
use crate::actions::count_forms::{assign, count_forms, hand_out, strike_form};
use crate::actions::log_in::User;
use crate::actions::print_forms::{PrintForms, pack_with_forms, print_forms};
use crate::app::App;
use crate::domain::moment::Moment;
use crate::domain::paper::{Count, FormState, Miscount, pace, positions};
use crate::error::{Error, Fault, Result};
use crate::i18n::Lang;
use crate::ids::{CentreId, PackId};
use crate::pages::dose_form::line;
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::pages::qr::{Symbol, draw};
use crate::storage::account::Account;
use crate::storage::pack::{Doseless, Keyer, Pack, PrintedForm};
use crate::storage::slot::Slot;

/// How many bundles are listed.
const LISTED: i64 = 100;

/// The longest name of whom a bundle was handed to.
const LONGEST: usize = 60;

/// What was typed for a new bundle.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    slot: String,
    dose: String,
    forms: String,
    key: String,
}

/// How far somebody is with keying in.
struct Keying {
    who: String,
    /// Today.
    keyed: i64,
    /// Of the bundles that are theirs.
    left: i64,
    pace: Option<(i64, Moment)>,
}

/// Whoever keyed something in today or has something left to, by name.
fn keying(keyed: &[Keyer], packs: &[Pack]) -> Vec<Keying> {
    let mut left: BTreeMap<&str, i64> = keyed.iter().map(|keyer| (&*keyer.keyed_by, 0)).collect();
    for pack in packs.iter().filter(|pack| pack.unkeyed() > 0) {
        if let Some(who) = &pack.assigned_to {
            *left.entry(who).or_default() += pack.unkeyed();
        }
    }
    let own = |(who, left): (&str, i64)| {
        let today = keyed.iter().find(|keyer| keyer.keyed_by == who);
        let pace = today.and_then(|keyer| pace(keyer.keyed, left, Some(keyer.first_at), Some(keyer.last_at)));
        Keying { who: who.to_owned(), keyed: today.map_or(0, |keyer| keyer.keyed), left, pace }
    };
    left.into_iter().map(own).collect()
}

#[derive(Template)]
#[template(path = "centre/forms.html")]
struct FormsPage {
    f: Frame,
    packs: Vec<Pack>,
    slots: Vec<Slot>,
    keyers: Vec<Keying>,
    typed: Typed,
    /// What is wrong, at which field.
    wrong: Option<(&'static str, String)>,
    due: Vec<Moment>,
}

impl FormsPage {
    fn fault(&self, field: &str) -> Option<&str> {
        self.wrong.as_ref().filter(|(at, _)| *at == field).map(|(_, why)| &**why)
    }

    fn unkeyed(&self) -> i64 {
        self.packs.iter().map(Pack::unkeyed).sum()
    }

    fn due(&self, at: &usize) -> Moment {
        self.due[*at]
    }

    fn pace(&self, pack: &Pack) -> Option<String> {
        let (an_hour, finish) = pace(pack.keyed, pack.unkeyed(), pack.first_keyed, pack.last_keyed)?;
        Some(self.f.lang.keyed_pace(an_hour, (pack.unkeyed() > 0).then_some(finish)))
    }

    fn own_pace(&self, keying: &Keying) -> Option<String> {
        let (an_hour, finish) = keying.pace?;
        Some(self.f.lang.keyed_pace(an_hour, (keying.left > 0).then_some(finish)))
    }
}

/// The bundles of a centre.
pub async fn forms(State(app): State<Arc<App>>, f: Frame, Operator(user, centre): Operator) -> Result<Response> {
    let typed = Typed { dose: "1".into(), key: app.core.chance.link(), ..Typed::default() };
    show(&app, f, &user, centre, typed, None).await
}

async fn show(app: &App, f: Frame, _: &User, centre: CentreId, typed: Typed, wrong: Option<(&'static str, String)>) -> Result<Response> {
    let board = app.core.board();
    let slots = board.field.slots.iter().filter(|slot| slot.centre_id == centre && slot.ends() > f.now).take(60).cloned().collect();
    let mut tx = app.core.read().await?;
    let packs = tx.packs(centre, LISTED).await?;
    let keyers = tx.keyers(centre, f.now.day().start()).await?;
    tx.commit().await?;
    let due = packs.iter().map(|pack| app.core.campaign.upload_due(pack.starts)).collect();
    let keyers = keying(&keyers, &packs);
    page(&FormsPage { f, packs, slots, keyers, typed, wrong, due })
}

/// Prints a new bundle.
pub async fn make(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let slot = typed.slot.parse().unwrap_or_default();
    let (dose, forms) = (typed.dose.parse().unwrap_or(0), typed.forms.trim().parse().unwrap_or(0));
    let command = CommandId::new(&user.actor.name, &typed.key, format!("forms {slot} {dose} {forms}"));
    let asked = PrintForms { command, actor: user.actor.clone(), centre, slot, dose, forms };
    let wrong = match print_forms(&app.core, &asked).await {
        Ok(pack) => return Ok(Redirect::to(&format!("/centre/forms/{pack}")).into_response()),
        Err(Error::Invalid(faults)) => faults.first().map(|(field, fault)| (*field, f.lang.fault(*fault).to_owned())),
        Err(Error::Refused(refusal)) => Some(("slot", f.lang.refusal(&refusal))),
        Err(error) => return Err(error),
    };
    typed.key = app.core.chance.link();
    show(&app, f, &user, centre, typed, wrong).await
}

/// What was typed about a bundle that went out or came back.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Told {
    to: String,
    from: String,
    until: String,
    spoiled: String,
    form: String,
}

#[derive(Template)]
#[template(path = "centre/pack.html")]
struct PackPage {
    f: Frame,
    pack: Pack,
    forms: Vec<PrintedForm>,
    /// Whose form is keyed in without a dose.
    doseless: Vec<Doseless>,
    /// Who may key it in.
    staff: Vec<Account>,
    told: Told,
    wrong: Option<(&'static str, String)>,
    due: Moment,
}

impl PackPage {
    fn fault(&self, field: &str) -> Option<&str> {
        self.wrong.as_ref().filter(|(at, _)| *at == field).map(|(_, why)| &**why)
    }

    fn open(&self) -> impl Iterator<Item = &PrintedForm> {
        self.forms.iter().filter(|form| form.state == FormState::Used)
    }

    /// Whether some form may still be printed or keyed in.
    fn goes_on(&self) -> bool {
        self.forms.iter().any(|form| form.state.waits())
    }

    fn is_assigned(&self, account: &Account) -> bool {
        self.pack.assigned_to.as_deref() == Some(&*account.actor_name())
    }

    fn count(&self, state: &FormState) -> usize {
        self.forms.iter().filter(|form| form.state == *state).count()
    }

    fn states(&self) -> &'static [FormState] {
        FormState::ALL
    }
}

async fn show_pack(app: &App, f: Frame, user: &User, id: PackId, told: Told, wrong: Option<(&'static str, String)>) -> Result<Response> {
    let (pack, forms) = pack_with_forms(&app.core, &user.actor, id).await?;
    let mut tx = app.core.read().await?;
    let doseless = tx.doseless_of(id).await?;
    let staff = tx.staff_of(pack.centre_id).await?;
    tx.commit().await?;
    let due = app.core.campaign.upload_due(pack.starts);
    page(&PackPage { f, pack, forms, doseless, staff, told, wrong, due })
}

/// One bundle.
pub async fn pack(State(app): State<Arc<App>>, f: Frame, Operator(user, _): Operator, Path(id): Path<PackId>) -> Result<Response> {
    show_pack(&app, f, &user, id, Told::default(), None).await
}

/// Notes to whom it was handed out.
pub async fn hand(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, _): Operator,
    Path(id): Path<PackId>,
    Form(told): Form<Told>,
) -> Result<Response> {
    match line(&told.to, LONGEST) {
        Ok(to) => hand_out(&app.core, &user.actor, id, &to).await?,
        Err(fault) => {
            let why = f.lang.fault(fault).to_owned();
            return show_pack(&app, f, &user, id, told, Some(("to", why))).await;
        }
    }
    Ok(Redirect::to(&format!("/centre/forms/{id}")).into_response())
}

/// Says who keys it in.
pub async fn assigned(
    State(app): State<Arc<App>>,
    Operator(user, _): Operator,
    Path(id): Path<PackId>,
    Form(told): Form<Told>,
) -> Result<Response> {
    assign(&app.core, &user.actor, id, &told.to).await?;
    Ok(Redirect::to(&format!("/centre/forms/{id}")).into_response())
}

/// Counts it.
pub async fn count(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, _): Operator,
    Path(id): Path<PackId>,
    Form(told): Form<Told>,
) -> Result<Response> {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let none = [&told.from, &told.until].iter().all(|text| matches!(text.trim(), "" | "0"));
    let used = match (none, number(&told.from), number(&told.until)) {
        (true, ..) => Some(None),
        (false, Some(from), Some(until)) => Some(Some((from, until))),
        _ => None,
    };
    let wrong = match (used, positions(&told.spoiled)) {
        (None, _) => ("from", f.lang.fault(Fault::Number).to_owned()),
        (_, None) => ("spoiled", f.lang.fault(Fault::Number).to_owned()),
        (Some(used), Some(spoiled)) => match count_forms(&app.core, &user.actor, id, &Count { used, spoiled }).await? {
            Ok(()) => return Ok(Redirect::to(&format!("/centre/forms/{id}")).into_response()),
            Err(Miscount::Spoiled) => ("spoiled", f.lang.miscount(Miscount::Spoiled)),
            Err(miscount) => ("from", f.lang.miscount(miscount)),
        },
    };
    show_pack(&app, f, &user, id, told, Some(wrong)).await
}

/// Strikes a form off.
pub async fn strike(
    State(app): State<Arc<App>>,
    Operator(user, _): Operator,
    Path(id): Path<PackId>,
    Form(told): Form<Told>,
) -> Result<Response> {
    let position = told.form.parse().map_err(|_| Error::NotFound)?;
    strike_form(&app.core, &user.actor, id, position).await?;
    Ok(Redirect::to(&format!("/centre/forms/{id}")).into_response())
}

#[derive(Template)]
#[template(path = "centre/print_forms.html")]
struct PrintPage {
    f: Frame,
    pack: Pack,
    forms: Vec<(PrintedForm, Symbol)>,
    centre_hi: String,
    centre_en: String,
    phone: String,
}

impl PrintPage {
    fn hi(&self) -> Lang {
        Lang::Hi
    }

    fn en(&self) -> Lang {
        Lang::En
    }

    /// What is written on a form, in both languages.
    fn lines(&self) -> [(&'static str, &'static str); 6] {
        let (hi, en) = (Lang::Hi.text(), Lang::En.text());
        [
            (hi.full_name, en.full_name),
            (hi.birth_year, en.birth_year),
            (hi.gender, en.gender),
            (hi.id_number, en.id_number),
            (hi.mobile, en.mobile),
            (hi.category, en.category),
        ]
    }

    /// The width of a symbol in millimetres: whole dots of a printer of 203 dots an inch.
    fn side(&self, symbol: &Symbol) -> String {
        format!("{:.2}", f64::from(symbol.side as u32 * 6) * 25.4 / 203.0)
    }
}

/// The forms on A4, two to a page.
pub async fn print(State(app): State<Arc<App>>, f: Frame, Operator(user, _): Operator, Path(id): Path<PackId>) -> Result<Response> {
    let (pack, forms) = pack_with_forms(&app.core, &user.actor, id).await?;
    let board = app.core.board();
    let centre = board.centre(pack.centre_id).ok_or(Error::NotFound)?;
    let phone = board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.phone.clone());
    let mut drawn = Vec::with_capacity(forms.len());
    for form in forms.into_iter().filter(|form| form.state.waits()) {
        let symbol = draw(&app.core.qr(&form.cose))?;
        drawn.push((form, symbol));
    }
    if drawn.is_empty() {
        return Err(Error::NotFound);
    }
    let (centre_hi, centre_en) = (centre.name(Lang::Hi).to_owned(), centre.name(Lang::En).to_owned());
    page(&PrintPage { f, pack, forms: drawn, centre_hi, centre_en, phone })
}
