//! Phones at the gates: enrol, see, rename, revoke; who holds which lane, and handing lanes over.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::enrol_gate::{prepare_gate, rename_gate, revoke_gate};
use crate::actions::held_scans::decide_held;
use crate::actions::lanes::{hand_over, set_lenient};
use crate::actions::log_in::User;
use crate::actions::move_gate::move_gate;
use crate::app::App;
use crate::error::{Error, Result};
use crate::i18n::{Lang, grouped};
use crate::ids::{CentreId, GateId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::qr::{Symbol, draw};
use crate::storage::field::Centre;
use crate::storage::gate::{Gate, Lane};
use crate::storage::token::lane_letter;

/// For how long a phone may be silent before that is said in red, in seconds.
const SILENT: i64 = 15 * 60;

/// How far a phone's clock may be off before that is said in red, in seconds.
const CLOCK_OFF: i64 = 120;

/// How many centres a search shows.
const FOUND: usize = 50;

struct GateRow {
    gate: Gate,
    lanes: String,
    /// Handed over after the phone was revoked, for an officer to decide about.
    held: i64,
    /// The centre that it is about to go to.
    moving_to: Option<String>,
}

struct LaneRow {
    number: i64,
    letter: char,
    lane: Option<Lane>,
    holder: String,
    next: Option<String>,
    /// The phones that it may be handed to; its holder is one of them once another has been asked for.
    others: Vec<(GateId, String)>,
}

#[derive(Template)]
#[template(path = "district/gates.html")]
struct GatesPage {
    f: Frame,
    q: String,
    /// Centres that the search found, each with the phones meant: all of a centre that itself is.
    found: Vec<(Centre, Vec<Gate>)>,
    centres: Vec<Centre>,
    chosen: Option<Centre>,
    gates: Vec<GateRow>,
    lanes: Vec<LaneRow>,
    /// Whether phones have to install the local authority first.
    local_tls: bool,
    /// The name that a new gate is offered, or what was typed.
    name: String,
    key: String,
    after: After,
}

/// What has just been tried.
#[derive(Default)]
struct After {
    /// A fresh enrolment code: its symbol and address.
    code: Option<(Symbol, String)>,
    /// A name that cannot be: the phone that was to get it (0: a new one), the name, and why not.
    wrong: Option<(i64, String, String)>,
    /// The form once more, which may have been sent before.
    key: Option<String>,
    /// What is looked for; nothing when it is empty.
    q: String,
}

impl GatesPage {
    fn active(&self) -> impl Iterator<Item = &GateRow> {
        self.gates.iter().filter(|row| row.gate.revoked_at.is_none())
    }

    fn left(&self) -> impl Iterator<Item = &GateRow> {
        self.gates.iter().filter(|row| row.held > 0)
    }

    /// The centres that a phone may be moved to.
    fn elsewhere(&self) -> impl Iterator<Item = &Centre> {
        self.centres.iter().filter(|centre| self.chosen.as_ref().is_some_and(|chosen| chosen.id != centre.id))
    }

    fn is_silent(&self, gate: &Gate) -> bool {
        gate.heard_at.is_none_or(|at| self.f.now - at > SILENT)
    }

    fn is_off(&self, gate: &Gate) -> bool {
        gate.clock_offset.abs() > CLOCK_OFF
    }

    /// By how much a phone's clock is off, in the largest unit that says it.
    fn off(&self, gate: &Gate) -> String {
        let (seconds, t) = (gate.clock_offset, self.f.t);
        match seconds.abs() {
            0..120 => format!("{seconds} {}", t.unit_seconds),
            120..7_200 => format!("{} {}", seconds / 60, t.unit_minutes),
            7_200..172_800 => format!("{} {}", seconds / 3_600, t.unit_hours),
            _ => format!("{} {}", grouped(seconds / 86_400), t.unit_days),
        }
    }

    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }

    /// The field that holds a name that cannot be.
    fn wrong_field(&self) -> String {
        self.after.wrong.as_ref().map_or_else(String::new, |(gate, ..)| if *gate == 0 { "name".to_owned() } else { format!("name-{gate}") })
    }

    fn fault(&self, gate: &i64) -> Option<&str> {
        self.after.wrong.as_ref().filter(|wrong| wrong.0 == *gate).map(|wrong| wrong.2.as_str())
    }

    /// A phone's name, or what was typed instead.
    fn name_of<'a>(&'a self, gate: &'a Gate) -> &'a str {
        self.after.wrong.as_ref().filter(|wrong| wrong.0 == gate.id.0).map_or(&gate.name, |wrong| &wrong.1)
    }
}

/// What the forms of the page say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    centre: String,
    name: String,
    key: String,
    lane: String,
    to: String,
    lenient: String,
    take: String,
}

/// The gates of a centre.
pub async fn gates(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let centre = asked.centre.parse().ok();
    let after = After { q: asked.q, ..After::default() };
    show(&app, f, &user, centre, after).await
}

/// Centres by their name or code, and phones by their name.
fn find(centres: &[Centre], gates: Vec<Gate>, q: &str, lang: Lang) -> Vec<(Centre, Vec<Gate>)> {
    let q = q.trim().to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&q);
    let mut by_centre: HashMap<CentreId, Vec<Gate>> = HashMap::new();
    for gate in gates {
        by_centre.entry(gate.centre_id).or_default().push(gate);
    }
    let found = centres.iter().filter_map(|centre| {
        let mut gates = by_centre.remove(&centre.id).unwrap_or_default();
        let is_meant = fits(centre.name(lang)) || fits(&centre.code);
        if !is_meant {
            gates.retain(|gate| fits(&gate.name));
        }
        (is_meant || !gates.is_empty()).then(|| (centre.clone(), gates))
    });
    found.take(FOUND).collect()
}

async fn show(app: &App, f: Frame, user: &User, centre: Option<CentreId>, after: After) -> Result<Response> {
    let board = app.core.board();
    let centres: Vec<_> = board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place())).cloned().collect();
    let chosen = centres.iter().find(|row| Some(row.id) == centre).or(centres.first()).cloned();
    let (mut rows, mut lanes, mut found) = (Vec::new(), Vec::new(), Vec::new());
    let q = after.q.trim().to_owned();
    if !q.is_empty() {
        let mut tx = app.core.read().await?;
        let gates = tx.gates().await?;
        tx.commit().await?;
        found = find(&centres, gates, &q, f.lang);
    }
    if let Some(chosen) = &chosen {
        let mut tx = app.core.read().await?;
        let (held_lanes, gates, held) = (tx.lanes_of(chosen.id).await?, tx.gates_of(chosen.id).await?, tx.count_held().await?);
        tx.commit().await?;
        let name_of = |id: GateId| gates.iter().find(|gate| gate.id == id).map_or_else(String::new, |gate| gate.name.clone());
        for number in 0..board.lanes_at(chosen, f.now.day()) {
            let lane = held_lanes.iter().find(|row| row.lane == number).cloned();
            let holder = lane.as_ref().map_or_else(String::new, |lane| name_of(lane.gate_id));
            let next = lane.as_ref().and_then(|lane| lane.to_gate).map(name_of);
            let stays = lane.as_ref().filter(|lane| lane.to_gate.is_none()).map(|lane| lane.gate_id);
            let others = gates.iter().filter(|gate| gate.is_active() && gate.moving_to.is_none() && Some(gate.id) != stays);
            let others = others.map(|gate| (gate.id, gate.name.clone())).collect();
            lanes.push(LaneRow { number, letter: lane_letter(number), lane, holder, next, others });
        }
        rows = gates
            .iter()
            .map(|gate| {
                let own = held_lanes.iter().filter(|lane| lane.gate_id == gate.id).map(|lane| lane_letter(lane.lane).to_string());
                let held = held.iter().find(|(id, _)| *id == gate.id).map_or(0, |(_, count)| *count);
                let moving_to = gate.moving_to.map(|to| board.centre_name(to, f.lang).to_owned());
                GateRow { gate: gate.clone(), lanes: own.collect::<Vec<_>>().join(", "), held, moving_to }
            })
            .collect();
    }
    let free = lanes.iter().find(|row| row.lane.is_none()).map_or('A', |row| row.letter);
    let typed = after.wrong.as_ref().filter(|wrong| wrong.0 == 0).map(|wrong| wrong.1.clone());
    let name = typed.unwrap_or_else(|| format!("{} {free}", f.t.gate));
    let key = after.key.clone().unwrap_or_else(|| app.core.chance.secret());
    page(&GatesPage { f, q, found, centres, chosen, gates: rows, lanes, local_tls: app.authority.is_some(), name, key, after })
}

/// Makes a one-time code.
pub async fn prepare(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Asked>) -> Result<Response> {
    let centre: CentreId = typed.centre.parse().map_err(|_| Error::NotFound)?;
    // Empty: the first free one, or all.
    let lanes: Vec<i64> = typed.lane.parse().into_iter().collect();
    let after = match prepare_gate(&app.core, &user.actor, &typed.key, centre, &typed.name, &lanes).await {
        Ok(code) => {
            let address = format!("{}/gate#{code}", app.core.public_url);
            After { code: Some((draw(&address)?, address)), ..After::default() }
        }
        Err(error) => After { wrong: Some((0, typed.name, f.tell(error)?)), key: Some(typed.key), ..After::default() },
    };
    show(&app, f, &user, Some(centre), after).await
}

/// Gives a phone another name.
pub async fn rename(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(gate): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    match rename_gate(&app.core, &user.actor, GateId(gate), &typed.name).await {
        Ok(()) => Ok(back(&typed)),
        Err(error) => {
            let after = After { wrong: Some((gate, typed.name, f.tell(error)?)), ..After::default() };
            show(&app, f, &user, typed.centre.parse().ok(), after).await
        }
    }
}

/// Revokes a phone.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(gate): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    revoke_gate(&app.core, &user.actor, GateId(gate)).await?;
    Ok(back(&typed))
}

/// Moves a phone to another centre, or keeps it at its own.
pub async fn move_to(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(gate): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    let to = typed.to.parse().map_err(|_| Error::NotFound)?;
    move_gate(&app.core, &user.actor, GateId(gate), to).await?;
    Ok(back(&typed))
}

/// Decides about what a revoked phone handed over.
pub async fn held(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(gate): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    decide_held(&app.core, &app.scanning, &user.actor, GateId(gate), typed.take == "yes").await?;
    Ok(back(&typed))
}

/// Hands a lane to another phone.
pub async fn lane(State(app): State<Arc<App>>, Officer(user): Officer, Form(typed): Form<Asked>) -> Result<Response> {
    let number = |text: &str| text.parse().map_err(|_| Error::NotFound);
    hand_over(&app.core, &user.actor, CentreId(number(&typed.centre)?), number(&typed.lane)?, GateId(number(&typed.to)?)).await?;
    Ok(back(&typed))
}

/// Lets the gates admit each other's lanes, or keeps each to its own.
pub async fn policy(State(app): State<Arc<App>>, Officer(user): Officer, Form(typed): Form<Asked>) -> Result<Response> {
    let centre = typed.centre.parse().map_err(|_| Error::NotFound)?;
    set_lenient(&app.core, &user.actor, centre, typed.lenient == "yes").await?;
    Ok(back(&typed))
}

fn back(typed: &Asked) -> Response {
    let centre: i64 = typed.centre.parse().unwrap_or(0);
    Redirect::to(&format!("/district/gates?centre={centre}")).into_response()
}
