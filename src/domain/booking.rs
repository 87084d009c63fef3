//! May this person have this place? The rules of issuing, rescheduling and cancelling.

use super::campaign::{Campaign, Eligibility, Vaccine};
use super::dose::Lookalike;
use super::moment::{Day, Moment};
use super::number::TokenNumber;
use super::person::Category;
use super::place::Role;

/// How long a clerk may take back what was just issued, in seconds.
pub const UNDO_SECONDS: i64 = 60;

/// How often a wrong secret code may be tried for one token.
pub const CODE_TRIES: i64 = 5;

/// Why something asked for is not done. Kept with the command, so that a retry hears the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences in i18n say what each one means")]
pub enum Refusal {
    NoPlace,
    SlotOver,
    SessionStopped,
    Holiday,
    OutsideIssueWindow { from: Moment, until: Moment },
    NotDue { from: Option<Day> },
    CertificateNeeded,
    AgeNotServed { min: i64, max: i64 },
    DoseNotServed { dose: i64 },
    OtherVaccine { vaccine: Vaccine },
    TooSoon { earliest: Day },
    CourseComplete,
    HasToken { number: TokenNumber, starts: Moment },
    IdKnown { name: String, mobile_end: Option<String> },
    MobileFull { most: i64 },
    NotTogether,
    AnotherPerson,
    PersonUnknown,
    OutOfScope,
    NotWaiting,
    SameSlot,
    TooManyMoves,
    UndoTooLate,
    WrongCode { left: i64 },
    CodeLocked,
    DoseRecorded { dose: i64, given_on: Day },
    DoseMissing { dose: i64 },
    TokenCancelled,
    SamePerson { people: Vec<Lookalike> },
    SecondPerson,
    RecordWithdrawn,
    FormKeyed,
    FormGivenBack,
}

/// What is known of a person who asks for a place.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// Year of birth.
    pub birth_year: i64,
    /// Why they may be due beyond age.
    pub category: Category,
    /// A doctor's certificate has been seen.
    pub certificate: bool,
    /// Doses so far, oldest first.
    pub doses: Vec<PastDose>,
    /// Live tokens: number, dose and when.
    pub live: Vec<(TokenNumber, i64, Moment)>,
}

/// A dose that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastDose {
    /// 1, 2…
    pub number: i64,
    /// Which vaccine.
    pub vaccine: Vaccine,
    /// When.
    pub given_on: Day,
}

/// A slot and the session around it.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// When the slot begins.
    pub starts: Moment,
    /// When it ends.
    pub ends: Moment,
    /// Which vaccine is given.
    pub vaccine: Vaccine,
    /// 1: first doses, 2: second, 3: both.
    pub doses: i64,
    /// Youngest served.
    pub min_age: i64,
    /// Oldest served.
    pub max_age: i64,
    /// Zone offices may issue from here…
    pub issue_from: Moment,
    /// …until here.
    pub issue_until: Moment,
    /// The officer has stopped the session.
    pub stopped: bool,
    /// The district keeps the day free. What stands on it waits to be stopped, and no more people are sent there.
    pub holiday: bool,
}

impl Applicant {
    /// The dose that is next, or that the course is complete.
    pub fn next_dose(&self, campaign: &Campaign) -> Result<i64, Refusal> {
        let next = self.doses.iter().map(|dose| dose.number).max().unwrap_or(0) + 1;
        if next > campaign.last_dose { Err(Refusal::CourseComplete) } else { Ok(next) }
    }

    /// The first day on which the next dose may be given, by the rule in force on `today`.
    pub fn earliest(&self, campaign: &Campaign, today: Day) -> Option<Day> {
        let last = self.doses.iter().max_by_key(|dose| dose.number)?;
        Some(last.given_on.plus(campaign.interval(last.vaccine, today)?.min_days))
    }

    /// Whether the person is due at all today, whatever the slot.
    pub fn is_due(&self, campaign: &Campaign, today: Day) -> Result<(), Refusal> {
        // Who has had a dose was due then, and a later rule never voids that.
        if !self.doses.is_empty() {
            return Ok(());
        }
        match campaign.eligibility(today, self.birth_year, self.category) {
            Eligibility::Due => Ok(()),
            Eligibility::WithCertificate if self.certificate => Ok(()),
            Eligibility::WithCertificate => Err(Refusal::CertificateNeeded),
            Eligibility::NotYet(from) => Err(Refusal::NotDue { from }),
        }
    }
}

impl Offer {
    /// Whether a place in this slot may go to the applicant now; the dose it would be for.
    pub fn for_applicant(&self, campaign: &Campaign, applicant: &Applicant, role: Role, now: Moment) -> Result<i64, Refusal> {
        let dose = applicant.next_dose(campaign)?;
        if let Some((number, _, starts)) = applicant.live.iter().find(|(_, of, _)| *of == dose) {
            return Err(Refusal::HasToken { number: *number, starts: *starts });
        }
        applicant.is_due(campaign, now.day())?;
        self.is_open(role, now)?;
        self.serves(campaign, applicant, dose, now)?;
        Ok(dose)
    }

    /// Whether the slot can still be given out.
    pub fn is_open(&self, role: Role, now: Moment) -> Result<(), Refusal> {
        if now >= self.ends {
            return Err(Refusal::SlotOver);
        }
        if self.stopped {
            return Err(Refusal::SessionStopped);
        }
        // Whoever stands at the centre today is served today.
        if self.holiday && self.starts.day() != now.day() {
            return Err(Refusal::Holiday);
        }
        let window = self.issue_from..self.issue_until;
        if role == Role::Clerk && !window.contains(&now) {
            return Err(Refusal::OutsideIssueWindow { from: self.issue_from, until: self.issue_until });
        }
        Ok(())
    }

    /// Whether this session gives that dose to that person.
    pub fn serves(&self, campaign: &Campaign, applicant: &Applicant, dose: i64, now: Moment) -> Result<(), Refusal> {
        if self.doses & dose == 0 {
            return Err(Refusal::DoseNotServed { dose });
        }
        let age = self.starts.day().year() - applicant.birth_year;
        if !(self.min_age..=self.max_age).contains(&age) {
            return Err(Refusal::AgeNotServed { min: self.min_age, max: self.max_age });
        }
        if let Some(last) = applicant.doses.iter().max_by_key(|dose| dose.number) {
            if last.vaccine != self.vaccine {
                return Err(Refusal::OtherVaccine { vaccine: last.vaccine });
            }
            match applicant.earliest(campaign, now.day()) {
                Some(earliest) if self.starts.day() < earliest => return Err(Refusal::TooSoon { earliest }),
                _ => {}
            }
        }
        Ok(())
    }
}

macro_rules! codes {
    ($($variant:ident = $code:literal,)+) => {
        impl Refusal {
            /// Every code.
            pub const CODES: &'static [&'static str] = &[$($code,)+];

            /// The code that API callers see; it never changes.
            pub fn word(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)+ }
            }
        }
    };
}

codes! {
    NoPlace = "no_place",
    SlotOver = "slot_over",
    SessionStopped = "session_stopped",
    Holiday = "holiday",
    OutsideIssueWindow = "outside_issue_window",
    NotDue = "not_due",
    CertificateNeeded = "certificate_needed",
    AgeNotServed = "age_not_served",
    DoseNotServed = "dose_not_served",
    OtherVaccine = "other_vaccine",
    TooSoon = "too_soon",
    CourseComplete = "course_complete",
    HasToken = "has_token",
    IdKnown = "id_known",
    MobileFull = "mobile_full",
    NotTogether = "not_together",
    AnotherPerson = "another_person",
    PersonUnknown = "person_unknown",
    OutOfScope = "out_of_scope",
    NotWaiting = "not_waiting",
    SameSlot = "same_slot",
    TooManyMoves = "too_many_moves",
    UndoTooLate = "undo_too_late",
    WrongCode = "wrong_code",
    CodeLocked = "code_locked",
    DoseRecorded = "dose_recorded",
    DoseMissing = "dose_missing",
    TokenCancelled = "token_cancelled",
    SamePerson = "same_person",
    SecondPerson = "second_person",
    RecordWithdrawn = "record_withdrawn",
    FormKeyed = "form_keyed",
    FormGivenBack = "form_given_back",
}
