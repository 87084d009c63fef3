//! Setting up by form: lists of districts, zones and centres, and one form for each kind, by the rules of the files.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::import::{Change, Form as SetUp, Kind, Report, set_up};
use crate::actions::log_in::User;
use crate::actions::users::list_users;
use crate::app::App;
use crate::board::Board;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::field::CentreKind;

/// Rows on a page.
const ROWS: usize = 50;

/// What is typed, by field.
pub type Typed = HashMap<String, String>;

struct Listed {
    code: String,
    name: String,
    about: String,
}

#[derive(Template)]
#[template(path = "district/field.html")]
struct FieldPage {
    f: Frame,
    kind: Kind,
    q: String,
    rows: Vec<Listed>,
    found: usize,
    older: Option<String>,
}

/// What is looked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    skip: usize,
    code: String,
}

/// Kinds that have a list here: districts are the state's.
fn kinds(scope: Scope) -> Vec<Kind> {
    let all = [Kind::Districts, Kind::Zones, Kind::Centres];
    all.into_iter().filter(|kind| scope == Scope::State || *kind != Kind::Districts).collect()
}

fn listed(board: &Board, scope: Scope, kind: Kind, lang: Lang) -> Vec<Listed> {
    let own = board.district_of(scope);
    let within = |district| own.is_none_or(|own| own == district);
    let field = &board.field;
    match kind {
        Kind::Districts => {
            let rows = field.districts.iter().filter(|row| within(row.id));
            rows.map(|row| Listed { code: row.code.clone(), name: row.name(lang).to_owned(), about: String::new() }).collect()
        }
        Kind::Zones => {
            let rows = field.zones.iter().filter(|row| within(row.district_id));
            let district = |row: &crate::storage::field::Zone| board.district(row.district_id).map_or("", |row| row.name(lang)).to_owned();
            rows.map(|row| Listed { code: row.code.clone(), name: row.name(lang).to_owned(), about: district(row) }).collect()
        }
        _ => {
            let rows = field.centres.iter().filter(|row| within(row.district_id));
            let zone = |row: &crate::storage::field::Centre| board.zone(row.zone_id).map_or("", |row| row.name(lang)).to_owned();
            rows.map(|row| Listed { code: row.code.clone(), name: row.name(lang).to_owned(), about: zone(row) }).collect()
        }
    }
}

/// A list, searched by code or name.
pub async fn list(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(kind): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let kinds = kinds(user.actor.scope);
    let kind = kind.parse().ok().filter(|kind| kinds.contains(kind)).ok_or(Error::NotFound)?;
    let q = asked.q.trim().to_lowercase();
    let all = listed(&app.core.board(), user.actor.scope, kind, f.lang);
    let fits = |row: &Listed| q.is_empty() || [&row.code, &row.name, &row.about].iter().any(|text| text.to_lowercase().contains(&q));
    let rows: Vec<_> = all.into_iter().filter(fits).collect();
    let found = rows.len();
    let older = (found > asked.skip + ROWS).then(|| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", &asked.q).finish();
        format!("/district/field/{kind}?{query}&skip={}", asked.skip + ROWS)
    });
    let rows = rows.into_iter().skip(asked.skip).take(ROWS).collect();
    page(&FieldPage { f, kind, q: asked.q, rows, found, older })
}

/// What a field of a form looks like.
enum Input {
    Text,
    /// Its value is fixed: files name it.
    Fixed,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    /// Any text, with these offered.
    Offer(Vec<(String, String)>),
}

struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    input: Input,
    fault: Option<String>,
}

/// What a change does: each fact before and after, and what hangs on it.
pub type Effects = (Vec<(String, String, String)>, Vec<String>);

#[derive(Template)]
#[template(path = "district/form.html")]
struct FormPage {
    f: Frame,
    kind: Kind,
    title: String,
    back: String,
    fields: Vec<Field>,
    is_new: bool,
    key: String,
    /// What would change.
    preview: Option<Effects>,
    typed: Vec<(String, String)>,
}

impl FormPage {
    fn faults(&self) -> impl Iterator<Item = (&'static str, &'static str, &String)> {
        self.fields.iter().filter_map(|field| Some((field.name, field.label, field.fault.as_ref()?)))
    }
}

/// An empty form.
pub async fn new(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(kind): Path<String>) -> Result<Response> {
    let kind = formed(&kind, user.actor.scope)?;
    // Most centres ask no fee and have one gate.
    let usual: &[(&str, &str)] = if kind == Kind::Centres { &[("fee", "0"), ("gates", "1")] } else { &[] };
    let typed = usual.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    show(&app, f, &user, kind, true, &typed, None)
}

/// The form of something that is there.
pub async fn edit(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(kind): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let kind = formed(&kind, user.actor.scope)?;
    let typed = stored(&app, &user, kind, &asked.code).await?;
    show(&app, f, &user, kind, false, &typed, None)
}

/// Shows what a form would do; once that is confirmed, does it.
pub async fn save(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(kind): Path<String>,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let kind = formed(&kind, user.actor.scope)?;
    let (key, step) = (typed.remove("key").unwrap_or_default(), typed.remove("step").unwrap_or_default());
    let is_new = typed.remove("is_new").is_some();
    if step == "again" {
        return show(&app, f, &user, kind, is_new, &typed, None);
    }
    let mut fields: Vec<_> =
        kind.columns().iter().map(|name| ((*name).to_owned(), typed.get(*name).cloned().unwrap_or_default())).collect();
    if kind == Kind::Users {
        // Nobody knows it: the one-time password is made on the page that follows.
        fields.retain(|(name, _)| name != "password");
        fields.push(("password".into(), app.core.chance.secret()));
    }
    let told = format!("{kind} {:?}", fields.iter().filter(|(name, _)| name != "password").collect::<Vec<_>>());
    let command = CommandId::new(&user.actor.name, &key, told);
    let form = SetUp { kind, fields, is_new, command };
    let report = set_up(&app.core, &user.actor, &form, step == "confirm").await?;
    if !report.applied {
        return show(&app, f, &user, kind, is_new, &typed, Some((key, report)));
    }
    if kind == Kind::Users {
        let username = typed.get("username").map_or("", |name| name.trim());
        let found = list_users(&app.core, &user.actor, username, "", 200).await?;
        let id = found.iter().find(|row| row.account.username == username).ok_or(Error::NotFound)?.account.id;
        return Ok(Redirect::to(&format!("/district/users/{id}")).into_response());
    }
    let to = report.id.map_or(format!("/district/field/{kind}"), |id| format!("/district/import/{id}?done=1"));
    Ok(Redirect::to(&to).into_response())
}

fn formed(kind: &str, scope: Scope) -> Result<Kind> {
    let kind: Kind = kind.parse().map_err(|_| Error::NotFound)?;
    let may = kind == Kind::Users || kinds(scope).contains(&kind);
    if may { Ok(kind) } else { Err(Error::NotFound) }
}

/// What is on record, as it would be typed.
async fn stored(app: &App, user: &User, kind: Kind, code: &str) -> Result<Typed> {
    let (board, scope) = (app.core.board(), user.actor.scope);
    let own = |district| board.district_of(scope).is_none_or(|own| own == district);
    let field = &board.field;
    let pairs: Vec<(&str, String)> = match kind {
        Kind::Districts => {
            let row = field.districts.iter().find(|row| row.code == code).ok_or(Error::NotFound)?;
            vec![("code", row.code.clone()), ("name_en", row.name_en.clone()), ("name_hi", row.name_hi.clone())]
        }
        Kind::Zones => {
            let row = field.zones.iter().find(|row| row.code == code && own(row.district_id)).ok_or(Error::NotFound)?;
            vec![
                ("code", row.code.clone()),
                ("district", board.district(row.district_id).map_or_else(String::new, |row| row.code.clone())),
                ("name_en", row.name_en.clone()),
                ("name_hi", row.name_hi.clone()),
                ("address_en", row.address_en.clone()),
                ("address_hi", row.address_hi.clone()),
                ("phone", row.phone.clone()),
            ]
        }
        Kind::Users => {
            let found = list_users(&app.core, &user.actor, code, "", 200).await?;
            let row = &found.iter().find(|row| row.account.username == code).ok_or(Error::NotFound)?.account;
            let place = match Scope::from(row.scope) {
                Scope::Zone(id) => board.zone(id).map(|row| row.code.clone()),
                Scope::Centre(id) => board.centre(id).map(|row| row.code.clone()),
                Scope::District(id) => board.district(id).map(|row| row.code.clone()),
                Scope::State => None,
            };
            let place = place.unwrap_or_default();
            vec![("username", row.username.clone()), ("name", row.name.clone()), ("role", row.role.to_string()), ("place", place)]
        }
        _ => {
            let row = board.centre_by_code(code).filter(|row| own(row.district_id)).ok_or(Error::NotFound)?;
            let decimal = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            vec![
                ("code", row.code.clone()),
                ("zone", board.zone(row.zone_id).map_or_else(String::new, |row| row.code.clone())),
                ("name_en", row.name_en.clone()),
                ("name_hi", row.name_hi.clone()),
                ("address_en", row.address_en.clone()),
                ("address_hi", row.address_hi.clone()),
                ("pin_code", row.pin_code.clone()),
                ("kind", row.kind.to_string()),
                ("fee", row.fee.to_string()),
                ("step_free", if row.step_free { "yes" } else { "no" }.to_owned()),
                ("gates", row.gates.to_string()),
                ("phone", row.phone.clone()),
                ("supervisor_phone", row.supervisor_phone.clone()),
                ("lat", decimal(row.lat)),
                ("lon", decimal(row.lon)),
            ]
        }
    };
    Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn show(app: &App, f: Frame, user: &User, kind: Kind, is_new: bool, typed: &Typed, done: Option<(String, Report)>) -> Result<Response> {
    let board = app.core.board();
    let (key, report) = done.unwrap_or_else(|| (app.core.chance.link(), Report::default()));
    let fault = |name: &str| {
        let said: Vec<_> = report.wrong.iter().filter(|row| row.column == name).map(|row| f.lang.import_fault(&row.fault)).collect();
        (!said.is_empty()).then(|| said.join("; "))
    };
    let columns = kind.columns().iter().copied().filter(|name| *name != "password");
    let fields: Vec<_> = columns
        .map(|name| {
            let value = typed.get(name).cloned().unwrap_or_default();
            let fixed = !is_new && name == kind.columns()[0];
            let input = if fixed { Input::Fixed } else { input(&f, &board, user, name) };
            Field { name, label: label(&f, name), value, input, fault: fault(name) }
        })
        .collect();
    let preview = report.wrong.is_empty().then(|| report.changes.first()).flatten().map(|change| effects(&f, &board, change));
    let nothing = report.kind.is_some() && report.wrong.is_empty() && report.changes.is_empty();
    let preview = preview.or_else(|| nothing.then(Default::default));
    let title = if is_new {
        format!("{}: {}", f.t.new_one, f.lang.kind(kind))
    } else {
        typed.get("name").or(typed.get(f.lang.pick("name_en", "name_hi"))).cloned().unwrap_or_default()
    };
    let back = if kind == Kind::Users { "/district/users".into() } else { format!("/district/field/{kind}") };
    let typed = fields.iter().map(|field| (field.name.to_owned(), field.value.clone())).collect();
    page(&FormPage { f, kind, title, back, fields, is_new, key, preview, typed })
}

/// What a change does, and how many tokens hang on it.
pub fn effects(f: &Frame, board: &Board, change: &Change) -> Effects {
    let issued: i64 = change.issued.iter().map(|(_, issued)| issued).sum();
    let told = (issued > 0).then(|| f.lang.tokens_affected(None, issued));
    (f.lang.differences(board, change), told.into_iter().collect())
}

fn input(f: &Frame, board: &Board, user: &User, name: &str) -> Input {
    let scope = user.actor.scope;
    let own = |district| board.district_of(scope).is_none_or(|own| own == district);
    let named = |code: &str, name: &str| (code.to_owned(), format!("{name} ({code})"));
    let districts = || board.field.districts.iter().filter(|row| own(row.id)).map(|row| named(&row.code, row.name(f.lang)));
    let zones = || board.field.zones.iter().filter(|row| own(row.district_id)).map(|row| named(&row.code, row.name(f.lang)));
    let centres = || board.field.centres.iter().filter(|row| own(row.district_id)).map(|row| named(&row.code, row.name(f.lang)));
    match name {
        "district" => Input::Choice(districts().collect()),
        "zone" => Input::Choice(zones().collect()),
        "kind" => Input::Choice(CentreKind::ALL.iter().map(|kind| (kind.to_string(), f.lang.centre_kind(*kind).to_owned())).collect()),
        "step_free" => Input::Choice(vec![("yes".into(), f.t.yes.into()), ("no".into(), f.t.no.into())]),
        "role" => {
            let roles = Role::ALL.iter().filter(|role| scope == Scope::State || **role != Role::StateOfficer);
            Input::Choice(roles.map(|role| (role.to_string(), f.lang.role(*role).to_owned())).collect())
        }
        "place" => Input::Offer(districts().chain(zones()).chain(centres()).collect()),
        _ => Input::Text,
    }
}

fn label(f: &Frame, name: &str) -> &'static str {
    let t = f.t;
    match name {
        "code" => t.code,
        "district" => t.district,
        "zone" => t.zone,
        "name_en" => t.name_en,
        "name_hi" => t.name_hi,
        "address_en" => t.address_en,
        "address_hi" => t.address_hi,
        "pin_code" => t.pin_code,
        "kind" => t.run_by,
        "fee" => t.fee,
        "step_free" => t.step_free,
        "gates" => t.gates_planned,
        "phone" => t.phone,
        "supervisor_phone" => t.supervisor_phone,
        "lat" => t.latitude,
        "lon" => t.longitude,
        "username" => t.username,
        "name" => t.name,
        "role" => t.role,
        "place" => t.place_code,
        _ => "",
    }
}
