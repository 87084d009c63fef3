//! A centre's day in words: its opening check, its closing, its month.

use chrono::Datelike;

use super::when::MONTHS;
use super::{Lang, grouped};
use crate::actions::add_up_month::By;
use crate::domain::closing::{Batch, Column, Ending, Line, Span};
use crate::domain::moment::Moment;
use crate::domain::opening::{Check, Checks, Light};
use crate::storage::closing::Closing;
use crate::storage::opening::Opening;

impl Lang {
    /// What must be there before the first person comes.
    pub fn check(self, check: Check) -> &'static str {
        let t = self.text();
        match check {
            Check::Phones => t.check_phones,
            Check::Printer => t.check_printer,
            Check::Vials => t.check_vials,
            Check::Staff => t.check_staff,
            Check::Vaccinators => t.vaccinators,
            Check::Paper => t.check_paper,
        }
    }

    /// Some of the checks in one line.
    pub fn checks(self, checks: Checks) -> String {
        checks.iter().map(|check| self.check(check)).collect::<Vec<_>>().join(", ")
    }

    /// How a check stands.
    pub fn light(self, light: Light) -> &'static str {
        let t = self.text();
        match light {
            Light::Ready => t.light_ready,
            Light::Missing => t.light_missing,
            Light::Unsaid => t.light_unsaid,
        }
    }

    /// How many vials the tokens of a day need.
    pub fn vials_needed(self, tokens: i64, vials: i64) -> String {
        say!(self, "Tokens for today: {tokens}. They need {vials} vials.", "आज के टोकन: {tokens}। इनके लिए {vials} शीशियाँ चाहिए।")
    }

    /// What somebody said of a morning, in one line.
    pub fn said_of_morning(self, row: &Opening) -> String {
        let t = self.text();
        let yes = |said: Option<bool>| said.map_or("–", |yes| if yes { t.yes } else { t.no }).to_owned();
        let count = |said: Option<i64>| said.map_or_else(|| "–".to_owned(), |count| count.to_string());
        let facts = [
            (t.check_printer, yes(row.printer)),
            (t.check_paper, yes(row.paper)),
            (t.check_staff, count(row.staff)),
            (t.vaccinators, count(row.vaccinators)),
        ];
        let mut said: Vec<_> = facts.into_iter().map(|(name, said)| format!("{name}: {said}")).collect();
        said.extend((!row.note.is_empty()).then(|| row.note.clone()));
        format!("{} · {} · {}", row.said_at.clock(), self.actor(&row.said_by), said.join(", "))
    }

    /// How somebody's visit ended.
    pub fn ending(self, ending: Ending) -> &'static str {
        let t = self.text();
        match ending {
            Ending::Vaccinated => t.ending_vaccinated,
            Ending::Deferred => t.ending_deferred,
            Ending::Refused => t.ending_refused,
            Ending::Left => t.ending_left,
            Ending::Inside => t.ending_inside,
        }
    }

    /// What became of a vial.
    pub fn column(self, column: Column) -> &'static str {
        let t = self.text();
        match column {
            Column::Received => t.column_received,
            Column::Used => t.column_used,
            Column::Open => t.column_open,
            Column::Wasted => t.column_wasted,
            Column::Returned => t.column_returned,
        }
    }

    /// `Covishield 4120Z001`
    pub fn batch(self, batch: &Batch) -> String {
        format!("{} {}", self.vaccine(batch.vaccine), batch.batch)
    }

    /// A number of an account, and how it has changed.
    pub fn change(self, (line, then, now): &(Line, i64, i64)) -> String {
        let name = match line {
            Line::People(ending) => self.ending(*ending).to_owned(),
            Line::Observed => self.text().observed_still.to_owned(),
            Line::Forms => self.text().closing_forms.to_owned(),
            Line::Vials(batch, column) => format!("{}, {}", self.batch(batch), self.column(*column)),
        };
        format!("{name}: {} → {}", grouped(*then), grouped(*now))
    }

    /// That a day is closed: when, and on whose name.
    pub fn closed_by(self, closing: &Closing) -> String {
        let (day, time) = (self.short_day(closing.closed_at.day()), self.time(closing.closed_at));
        let (name, user) = (&closing.in_charge, self.actor(&closing.closed_by));
        say!(self, "Closed on {day}, {time}, confirmed by {name} (log-in {user})", "{day}, {time} को बंद, पुष्टि: {name} (लॉग इन {user})")
    }

    /// That it was opened again: when, by whom and why.
    pub fn reopened_by(self, closing: &Closing) -> Option<String> {
        let (at, by, why) = (closing.reopened_at?, closing.reopened_by.as_deref()?, closing.reopen_reason.as_deref()?);
        let (day, time, user) = (self.short_day(at.day()), self.time(at), self.actor(by));
        Some(say!(self, "Opened again on {day}, {time} by {user}: {why}", "{day}, {time} को {user} ने फिर खोला: {why}"))
    }

    /// Somebody who entered, and nobody has said more.
    pub fn entered_at(self, at: Moment) -> String {
        let time = at.clock();
        say!(self, "entered {time}, no dose and no reason noted", "{time} पर आए, न खुराक दर्ज है न कारण")
    }

    /// A form that the gate let in.
    pub fn form_inside(self, pack: crate::ids::PackId, position: i64) -> String {
        say!(self, "Form {position} of bundle {pack} came in and is not keyed in", "बंडल {pack} का फ़ॉर्म {position} अंदर आया, दर्ज नहीं हुआ")
    }

    /// A dose that stands elsewhere.
    pub fn dose_elsewhere(self, at: Moment) -> String {
        let time = at.clock();
        say!(self, "entered {time}; the dose is recorded for another day or centre", "{time} पर आए; खुराक दूसरे दिन या केंद्र पर दर्ज है")
    }

    /// A token that only a gate has seen.
    pub fn token_unheard(self, at: Moment) -> String {
        let time = at.clock();
        say!(
            self,
            "entered {time}; the desk that issued this token has not been heard yet",
            "{time} पर आए; यह टोकन जिस डेस्क ने दिया, उससे अभी संपर्क नहीं हुआ"
        )
    }

    /// Forms of a bundle with something left to do.
    pub fn forms_left(self, pack: crate::ids::PackId, forms: i64, counted: bool) -> String {
        if counted {
            say!(self, "Bundle {pack}: {forms} forms to key in", "बंडल {pack}: {forms} फ़ॉर्म दर्ज करने बाकी")
        } else {
            say!(self, "Bundle {pack}: {forms} forms not counted yet", "बंडल {pack}: {forms} फ़ॉर्म अभी गिने नहीं गए")
        }
    }

    /// Vials of a batch that are still open.
    pub fn vials_open(self, batch: &Batch, vials: i64) -> String {
        let batch = self.batch(batch);
        say!(self, "{batch}: still open: {vials}. Throw away what is left.", "{batch}: अभी खुली: {vials}। बची हुई फेंककर दर्ज करें।")
    }

    /// Vials of a batch that are missing, or too many.
    pub fn vials_off(self, batch: &Batch, difference: i64) -> String {
        let (batch, vials) = (self.batch(batch), difference.abs());
        if difference > 0 {
            say!(self, "{batch}: {vials} more received than accounted for", "{batch}: जितनी मिलीं, उससे {vials} का हिसाब कम")
        } else {
            say!(self, "{batch}: {vials} more accounted for than received", "{batch}: जितनी मिलीं, उससे {vials} का हिसाब ज़्यादा")
        }
    }

    /// How many were noted as gone.
    pub fn now_left(self, people: usize) -> String {
        say!(self, "Noted as gone without a dose: {people}", "बिना टीके के गए, दर्ज हुए: {people}")
    }

    /// What a month is divided by.
    pub fn month_by(self, by: By) -> &'static str {
        let t = self.text();
        match by {
            By::Zone => t.zone,
            By::Centre => t.centre,
            By::Day => t.month_by_day,
            By::Vaccinator => t.vaccinator,
            By::Operator => t.month_by_operator,
        }
    }

    /// `मार्च 2021`
    pub fn month(self, span: Span) -> String {
        let (en, hi) = MONTHS[span.from.0.month0() as usize];
        format!("{} {}", self.pick(en, hi), span.from.year())
    }
}
