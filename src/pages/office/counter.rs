//! The counter: from a mobile number to a token, keyboard only; one person, or a family at one go.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::advice::{Advice, advise, applicant, picked};
use super::slip::{Paper, paper_here};
use super::typed::Typed;
use crate::actions::compare_people::{likely_same, note_decision};
use crate::actions::issue_tokens::{FAMILY, IssueToken, Person, issue_family, member_key};
use crate::actions::log_in::User;
use crate::actions::look_up::{PersonFound, token_for_staff};
use crate::app::App;
use crate::domain::booking::UNDO_SECONDS;
use crate::domain::care::{MobileOf, Need};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Gender, IdType};
use crate::domain::place::Scope;
use crate::error::{Error, FieldFault, Result};
use crate::i18n::{Lang, Third};
use crate::ids::BeneficiaryId;
use crate::pages::form::birth_year;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::token::Token;

/// What became of one of a family that was not issued as a whole.
pub(super) struct Answer {
    name: String,
    said: String,
}

#[derive(Template)]
#[template(path = "office/counter.html")]
struct CounterPage {
    f: Frame,
    typed: Typed,
    family: Vec<Typed>,
    picked: Option<PersonFound>,
    likely: Vec<PersonFound>,
    advice: Advice,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    answers: Vec<Answer>,
    issued: Vec<Token>,
    undone: bool,
    /// Whether a new slip goes to the printer by itself; the demo's printer is a switch.
    prints: bool,
    /// What lies in the printer. On sheets of six a slip begins at the first free place.
    paper: Paper,
    /// The page that a desk keeps: it goes on without a link.
    alone: bool,
}

impl CounterPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn can_undo(&self, token: &Token) -> bool {
        self.f.now - token.issued_at <= UNDO_SECONDS
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some() || !self.answers.is_empty()
    }

    /// Which field the page begins with.
    fn begins(&self) -> &'static str {
        if self.has_errors() || !self.likely.is_empty() {
            ""
        } else if self.family.is_empty() {
            "mobile"
        } else {
            "name"
        }
    }

    fn six(&self) -> bool {
        self.paper == Paper::A4
    }

    /// The office whose desk this browser may become.
    fn office(&self) -> Option<&str> {
        match self.f.user.as_ref().map(|user| user.actor.scope) {
            Some(Scope::Zone(zone)) if !self.f.practice => self.f.board.zone(zone).map(|zone| zone.code.as_str()),
            _ => None,
        }
    }

    /// The third language of whoever comes here.
    fn third(&self) -> Option<&Third> {
        let board = &self.f.board;
        board.third(board.district_of(self.f.user.as_ref()?.actor.scope)?)
    }

    fn numbers(&self) -> String {
        self.issued.iter().map(|token| token.number.plain()).collect::<Vec<_>>().join(",")
    }

    /// What was typed, as it will stand on record.
    fn birth_year(&self) -> i64 {
        birth_year(&self.typed.age, self.f.now).unwrap_or(0)
    }

    fn id_end(&self) -> String {
        let number: Vec<char> = self.typed.id_number.chars().filter(|c| c.is_alphanumeric()).collect();
        number.iter().skip(number.len().saturating_sub(4)).collect()
    }
}

/// What the counter was opened with.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct After {
    issued: String,
    /// A mobile number to begin with.
    mobile: String,
    undone: Option<String>,
}

/// The counter.
pub async fn counter(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    headers: HeaderMap,
    Query(after): Query<After>,
) -> Result<Response> {
    if user.actor.role.is_officer() {
        return Ok(Redirect::to("/office/register").into_response());
    }
    let issued = tokens(&app, &user, after.issued.split(',').filter_map(|number| number.parse().ok())).await;
    let typed = Typed { key: app.core.chance.link(), id_type: IdType::Aadhaar.to_string(), mobile: after.mobile, ..Typed::default() };
    let advice = advise(&app, f.clone(), &user, None, None, &typed).await?;
    let undone = after.undone.is_some();
    let paper = paper_here(&headers);
    page(&CounterPage { issued, undone, paper, ..blank(&app, f, typed, advice) })
}

/// The counter as a desk keeps it: the same form, with nobody in it.
pub fn alone(app: &App, lang: Lang) -> Result<Response> {
    let f = Frame::public(app, lang, "/office".into());
    let typed = Typed { id_type: IdType::Aadhaar.to_string(), ..Typed::default() };
    let advice = Advice::none(f.clone());
    page(&CounterPage { alone: true, ..blank(app, f, typed, advice) })
}

fn blank(app: &App, f: Frame, typed: Typed, advice: Advice) -> CounterPage {
    let prints = app.demo.as_ref().is_none_or(|demo| demo.printer.load(std::sync::atomic::Ordering::Relaxed));
    let family = typed.family();
    let (faults, refusal, picked, undone) = (Vec::new(), None, None, false);
    let (likely, answers, issued) = (Vec::new(), Vec::new(), Vec::new());
    CounterPage {
        f,
        typed,
        family,
        picked,
        likely,
        advice,
        faults,
        refusal,
        answers,
        issued,
        undone,
        prints,
        paper: Paper::Roll58,
        alone: false,
    }
}

async fn tokens(app: &App, user: &User, numbers: impl Iterator<Item = TokenNumber>) -> Vec<Token> {
    let mut tokens = Vec::new();
    for number in numbers.take(FAMILY) {
        tokens.extend(token_for_staff(&app.core, &user.actor, number).await);
    }
    tokens
}

/// What is wrong, or to be asked, before somebody is issued a token.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) faults: Vec<FieldFault>,
    pub(super) refusal: Option<String>,
    pub(super) likely: Vec<PersonFound>,
    pub(super) answers: Vec<Answer>,
    pub(super) issued: Vec<Token>,
}

/// Issues, or takes one more of the family into the list.
pub async fn issue(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(mut typed): Form<Typed>) -> Result<Response> {
    let mut family = typed.family();
    if let Some(at) = typed.act.strip_prefix("remove ").and_then(|at| at.parse::<usize>().ok()).filter(|at| *at < family.len()) {
        family.remove(at);
        typed.set_family(&family);
        return again(&app, f, &user, typed, Wrong::default()).await;
    }
    let mut commands = Vec::new();
    if !typed.is_empty() || family.is_empty() {
        let command = match ready(&app, &user, &typed, &typed.key).await? {
            Ok(command) => command,
            Err(wrong) => return again(&app, f, &user, typed, wrong).await,
        };
        if typed.act == "add" && family.len() + 1 < FAMILY {
            family.push(Typed { slot: String::new(), key: String::new(), ..typed.clone() });
            let mut next = typed.next();
            next.set_family(&family);
            return again(&app, f, &user, next, Wrong::default()).await;
        }
        commands.push(command);
    }
    if family.is_empty() {
        return match app.issuing.one(commands.remove(0)).await? {
            Ok(answer) => Ok(Redirect::to(&format!("/office?issued={}", answer.number)).into_response()),
            Err(error) => again(&app, f.clone(), &user, typed, told(&f, error)?).await,
        };
    }
    let last = commands.pop();
    for (at, member) in family.iter().enumerate() {
        let member = Typed { slot: typed.slot.clone(), mobile: typed.mobile.clone(), ..member.clone() };
        match member.command(&app, &user, &member_key(&typed.key, at)).await? {
            Ok(command) => commands.push(command),
            // They were right when they came into the list.
            Err(faults) => return again(&app, f, &user, typed, Wrong { faults, ..Wrong::default() }).await,
        }
    }
    if last.is_some() {
        family.push(typed.clone());
    }
    commands.extend(last);
    issue_all(&app, f, &user, typed, family, &commands).await
}

/// Everything in order, and nobody on record whom the clerk would have to look at first?
async fn ready(app: &App, user: &User, typed: &Typed, key: &str) -> Result<Result<IssueToken, Wrong>> {
    let command = match typed.command(app, user, key).await? {
        Ok(command) => command,
        Err(faults) => return Ok(Err(Wrong { faults, ..Wrong::default() })),
    };
    let likely = compare(app, user, typed, key, &command.person).await?;
    Ok(if likely.is_empty() { Ok(command) } else { Err(Wrong { likely, ..Wrong::default() }) })
}

/// Who on record is likely the one that was typed, unless the clerk has said so or not.
pub(super) async fn compare(app: &App, user: &User, typed: &Typed, key: &str, person: &Person) -> Result<Vec<PersonFound>> {
    let decided = typed.same.parse::<BeneficiaryId>().ok();
    if decided.is_some() || typed.same == "none" {
        note_decision(&app.core, &user.actor, key, decided).await?;
    } else if let Person::Typed(details) = person {
        return likely_same(&app.core, &user.actor, details).await;
    }
    Ok(Vec::new())
}

/// A family: all slips together, or an answer for each.
async fn issue_all(app: &App, f: Frame, user: &User, mut typed: Typed, family: Vec<Typed>, commands: &[IssueToken]) -> Result<Response> {
    let answers = issue_family(&app.core, commands, typed.together.is_some()).await?;
    if let Ok(issued) = answers.iter().map(|answer| answer.as_ref().map(|token| token.number.clone())).collect::<Result<Vec<_>, _>>() {
        return Ok(Redirect::to(&format!("/office?issued={}", issued.join(","))).into_response());
    }
    let mut wrong = Wrong::default();
    let (mut left, mut numbers) = (Vec::new(), Vec::new());
    for (member, answer) in family.into_iter().zip(answers) {
        let said = match answer {
            Ok(token) => {
                numbers.extend(token.number.parse::<TokenNumber>());
                format!("{} {}", f.t.issued, token.call_number)
            }
            Err(error) => {
                left.push(member.clone());
                f.tell(error)?
            }
        };
        let known = picked(app, &member).await?;
        let name = known.map_or_else(|| member.name.clone(), |found| found.row.name.to_string());
        wrong.answers.push(Answer { name, said });
    }
    wrong.issued = tokens(app, user, numbers.into_iter()).await;
    let together = typed.together.take();
    typed = Typed { together, ..typed.next() };
    typed.set_family(&left);
    again(app, f, user, typed, wrong).await
}

pub(super) fn told(f: &Frame, error: Error) -> Result<Wrong> {
    match error {
        Error::Invalid(faults) => Ok(Wrong { faults, ..Wrong::default() }),
        Error::Refused(refusal) => Ok(Wrong { refusal: Some(f.lang.refusal(&refusal)), ..Wrong::default() }),
        error => Err(error),
    }
}

/// The form once more, with everything that was typed, and what is wrong. A refusal used the key up: the next try is a new command.
pub(super) async fn again(app: &App, f: Frame, user: &User, mut typed: Typed, wrong: Wrong) -> Result<Response> {
    typed.key = app.core.chance.link();
    let picked = picked(app, &typed).await?;
    let applicant = applicant(&typed, picked.as_ref(), &f);
    let advice = advise(app, f.clone(), user, applicant, None, &typed).await?;
    let Wrong { mut faults, mut refusal, likely, answers, issued } = wrong;
    if let Some(why) = advice.why_none() {
        // Where there is nothing to choose from, the reason helps more than the field.
        let asked = faults.len();
        faults.retain(|(field, _)| *field != "slot");
        if faults.len() < asked {
            refusal = refusal.or(Some(why));
        }
    }
    page(&CounterPage { picked, likely, faults, refusal, answers, issued, ..blank(app, f, typed, advice) })
}

/// Choices that the form offers, in order.
pub fn id_types() -> &'static [IdType] {
    IdType::ALL
}

/// Choices that the form offers, in order.
pub fn genders() -> &'static [Gender] {
    Gender::ALL
}

/// Choices that the form offers, in order.
pub fn needs() -> &'static [Need] {
    Need::ALL
}

/// Choices that the form offers, in order.
pub fn whose() -> &'static [MobileOf] {
    MobileOf::ALL
}

/// Choices that the form offers, in order.
pub fn languages() -> &'static [Lang] {
    Lang::ALL
}
