//! What people do: they get tokens, move and cancel them, and go to a gate, where the gatekeeper decides.

use super::world::{Holder, World, Written};
use super::{Checked, Fault};
use crate::support::phone::Slip;
use crate::support::state_officer;
use baari::actions::Authority;
use baari::actions::ask_gate::{Ask, ask_gate};
use baari::actions::cancel_token::{CancelToken, cancel_token};
use baari::actions::enrol_gate::gate_by_secret;
use baari::actions::issue_tokens::{Details, IssueToken, Person};
use baari::actions::record_scans::Code;
use baari::actions::reschedule_token::{RescheduleToken, reschedule_token};
use baari::domain::admission::{Place, TokenState, Verdict};
use baari::domain::person::{Category, Gender, IdType};
use baari::storage::scan::ScanKind;

impl World {
    pub(super) async fn issue(&mut self, people: usize) {
        let asked: Vec<_> = (0..people).map(|_| self.wish()).collect();
        let answers = self.app.issuing.many(asked).await.expect("answers");
        for answer in answers.into_iter().flatten().flatten() {
            let slip = slip(&answer.qr);
            self.say(format!("person {} gets {} for slot {}", self.people.len(), slip.number, slip.place.slot));
            self.people.push(Holder { slips: vec![slip], cancelled: false });
        }
    }

    pub(super) fn wish(&mut self) -> IssueToken {
        let (slot, command) = (self.slot(), self.command("issue"));
        let person = Person::Typed(Box::new(Details {
            mobile: None,
            name: "राम प्रसाद".parse().expect("a name"),
            birth_year: 1954,
            gender: Gender::Male,
            category: Category::Citizen,
            certificate: false,
            mobile_of: baari::domain::care::MobileOf::Own,
            language: baari::i18n::Lang::Hi.into(),
            needs: baari::domain::care::Needs::default(),
            locality: None,
            id_hash: command.id.as_bytes().to_vec(),
            id_type: IdType::VoterId,
            id_end: "0001".into(),
        }));
        IssueToken { command, actor: state_officer(), slot, person, earlier_dose: None }
    }

    pub(super) async fn reschedule(&mut self) {
        let (who, to) = (self.some(self.people.len()), self.slot());
        let number = self.people[who].slips[0].number;
        let asked =
            RescheduleToken { command: self.command("move"), authority: Authority::Staff(state_officer()), number, slots: vec![to] };
        let answer = reschedule_token(&self.core, &asked).await;
        self.say(format!("person {who} to slot {to}: {}", answer.as_ref().map_or_else(ToString::to_string, |_| "moved".to_owned())));
        if let Ok(answer) = answer {
            self.people[who].slips.push(slip(&answer.qr));
        }
    }

    pub(super) async fn cancel(&mut self) {
        let who = self.some(self.people.len());
        let (number, authority) = (self.people[who].slips[0].number, Authority::Staff(state_officer()));
        let asked = CancelToken { command: self.command("cancel"), authority, number, reason: "ill".into(), undo: false };
        let done = cancel_token(&self.core, &asked).await.is_ok();
        self.people[who].cancelled |= done;
        self.say(format!("person {who}'s token is cancelled: {done}"));
    }

    /// Somebody goes to a gate, and to another one when told so.
    pub(super) async fn visit(&mut self) -> Checked {
        // Whoever was there last comes again now and then, or lends the slip.
        let again = self.chance(40);
        let who = if again { self.last } else { self.some(self.people.len()) };
        self.last = who;
        let slips = self.people[who].slips.len();
        let which = if self.chance(80) { slips - 1 } else { self.some(slips) };
        let slip = self.people[who].slips[which].clone();
        let elsewhere = self.chance(10);
        let doors = |phone: &&usize| elsewhere || self.phones[**phone].centre == slip.place.centre;
        let open: Vec<_> = (0..self.phones.len()).filter(|phone| !self.phones[*phone].is_revoked()).collect();
        let doors: Vec<_> = open.iter().filter(doors).copied().collect();
        if doors.is_empty() {
            return Ok(());
        }
        let mut phone = doors[self.some(doors.len())];
        for _ in 0..3 {
            let shown = self.scan(phone, who, which, &slip).await?;
            if shown.0 != Verdict::OtherGate {
                return Ok(());
            }
            let centre = self.phones[phone].centre;
            let next = open
                .iter()
                .copied()
                .find(|other| self.phones[*other].centre == centre && Some(&self.phones[*other].name) == shown.1.as_ref());
            match next {
                Some(other) if !self.chance(10) => phone = other,
                _ => break,
            }
        }
        if self.chance(40) {
            let (id, now) = (self.id(), self.now());
            self.phones[phone].admit_anyway(id, &slip, now);
            self.written.push(Written { id, phone, kind: ScanKind::AdmitAnyway, number: slip.number });
            self.say(format!("{} admits person {who} for a gate that is gone", self.phones[phone].name));
        }
        Ok(())
    }

    /// One scan: what was shown, and the next gate. Nobody with a good slip may be left without an admission or a next gate.
    pub(super) async fn scan(&mut self, phone: usize, who: usize, which: usize, slip: &Slip) -> Result<(Verdict, Option<String>), Fault> {
        let (mut id, now) = (self.id(), self.now());
        let mut shown = self.phones[phone].scan(id, slip, false, now);
        self.written.push(Written { id, phone, kind: ScanKind::Scan, number: slip.number });
        let name = self.phones[phone].name.clone();
        if shown.verdict == Verdict::OtherGate && self.phones[phone].is_lenient() && self.phones[phone].link {
            id = self.id();
            let gate = gate_by_secret(&self.core, &self.phones[phone].secret).await.expect("read").expect("a gate");
            let asked = ask_gate(&self.core, &gate, &Ask { id, number: slip.number }).await.expect("an answer");
            if asked.taken_by.is_none() && asked.token.is_some_and(|token| token.state == TokenState::Issued) && gate.revoked_at.is_none() {
                shown = self.phones[phone].scan(id, slip, true, now);
                self.written.push(Written { id, phone, kind: ScanKind::Scan, number: slip.number });
                self.say(format!("{name} asks about person {who}"));
            }
        }
        let next = shown.next.as_deref().unwrap_or("-");
        self.say(format!("{name} scans person {who}, slip {which}: {} {next}", shown.verdict));
        let person = &self.people[who];
        let newest = which + 1 == person.slips.len() && !person.cancelled;
        let in_time = now.clock().as_str() < "17:00" && slip.place.starts + -3_600 <= now;
        if newest && in_time && slip.place.centre == self.phones[phone].centre {
            let before = self.written.iter().filter(|row| row.number == slip.number && row.id != id).count() > 0;
            let left = match shown.verdict {
                Verdict::Admitted => false,
                Verdict::OtherGate => shown.next == Some(name.clone()),
                Verdict::AlreadyAdmitted => !before,
                _ => true,
            };
            if left {
                return Err(Fault("left standing", format!("{} at {name}: {} {next}", slip.number, shown.verdict)));
            }
        }
        Ok((shown.verdict, shown.next))
    }

    pub(super) fn take_back(&mut self, phone: usize) {
        if self.phones[phone].is_revoked() {
            return;
        }
        let kind = if self.chance(60) { ScanKind::Undo } else { ScanKind::WrongPerson };
        let (id, now) = (self.id(), self.now());
        if let Some(number) = self.phones[phone].take_back(id, kind, now) {
            self.written.push(Written { id, phone, kind, number });
            self.say(format!("{} takes back {number}", self.phones[phone].name));
        }
    }
}

/// What is printed behind the QR code.
fn slip(qr: &str) -> Slip {
    let Ok(Code::Slip(token, _)) = Code::read(qr) else { panic!("no token in {qr}") };
    let claims = &token.claims;
    let place = Place { centre: claims.centre, slot: claims.slot, starts: claims.starts, minutes: claims.minutes };
    Slip { number: claims.number, revision: claims.revision, place, qr: qr.to_owned() }
}
