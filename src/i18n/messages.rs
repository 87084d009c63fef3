//! The messages' own texts, until the state officer changes them. Short enough for four parts with the longest variables.

use super::Lang;
use crate::domain::message::Template;

impl Lang {
    /// The text of a template.
    pub fn message(self, template: Template) -> &'static str {
        match template {
            Template::TokenIssued => self.pick(
                "{name} ({born}): vaccination token {number} for {day}, {time}, {centre}. Call number {call}, secret code {code}. Bring your photo ID. {link}",
                "{name} ({born}): टीके का टोकन {number}, {day}, {time}, {centre}। कॉल नंबर {call}, गुप्त कोड {code}। पहचान-पत्र लाएँ। {link}",
            ),
            Template::TokenMoved => self.pick(
                "{name} ({born}): token {number} has a new time: {day}, {time}, {centre}. Call number {call}, secret code {code}. {link}",
                "{name} ({born}): टोकन {number} का समय बदल गया। अब {day}, {time}, {centre}। कॉल नंबर {call}, गुप्त कोड {code}। {link}",
            ),
            Template::TokenCancelled => self.pick(
                "{name} ({born}): vaccination token {number} for {day} is cancelled. For a new one ask at the zone office. Enquiries {phone}",
                "{name} ({born}): {day} का टीका टोकन {number} रद्द हो गया। नए टोकन के लिए ज़ोन कार्यालय जाएँ। पूछताछ {phone}",
            ),
            Template::SessionStopped => self.pick(
                "{name} ({born}): vaccination at {centre} on {day} is stopped, please do not come now. Another time: {link} or call {phone}",
                "{name} ({born}): {day} को {centre} पर टीकाकरण रुक गया है, अभी न आएँ। दूसरा समय लें: {link} या फ़ोन {phone}",
            ),
            Template::SessionResumed => self.pick(
                "{name} ({born}): vaccination at {centre} goes on. Please come at your time: {day}, {time}, call number {call}. Enquiries {phone}",
                "{name} ({born}): {centre} पर टीकाकरण फिर शुरू हो गया। अपने समय पर आएँ: {day}, {time}, कॉल नंबर {call}। पूछताछ {phone}",
            ),
            Template::Reminder => self.pick(
                "{name} ({born}): your vaccination is tomorrow, {day}, {time}, {centre}. Token {number}, call number {call}. Bring your photo ID. {link}",
                "{name} ({born}): टीका कल है, {day}, {time}, {centre}। टोकन {number}, कॉल नंबर {call}। पहचान-पत्र लाएँ। {link}",
            ),
            Template::DoseRecorded => self.pick(
                "{name} ({born}): dose {dose} of {vaccine} on {day} is recorded at {centre}. It is due on the national portal by {due}. {link}",
                "{name} ({born}): {vaccine} की खुराक {dose}, {day}, {centre} में दर्ज हो गई। राष्ट्रीय पोर्टल पर {due} तक पहुँचनी है। {link}",
            ),
            Template::DoseUploaded => self.pick(
                "{name} ({born}): dose {dose} of {vaccine} on {day} is on the national portal. Reference {reference}. {link}",
                "{name} ({born}): {vaccine} की खुराक {dose}, {day}, राष्ट्रीय पोर्टल पर दर्ज हो गई। संदर्भ संख्या {reference}। {link}",
            ),
            Template::NextDoseDue => self.pick(
                "{name} ({born}): dose {dose} of {vaccine} is due. There are free places at {centre} from {day}, {time}. Tokens at the zone office. {link}",
                "{name} ({born}): {vaccine} की खुराक {dose} का समय हो गया। {centre} में {day}, {time} से जगह है। टोकन ज़ोन कार्यालय में। {link}",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::{Policy, Wording};
    use crate::domain::moment::Day;

    #[test]
    fn our_own_texts_pass_the_check_that_others_must_pass() {
        for template in Template::ALL {
            for lang in Lang::ALL {
                let wording = Wording::read(*template, lang.message(*template)).unwrap();
                assert_eq!(wording.check(&Policy::default(), 40), Ok(()), "{template} {lang}");
            }
        }
    }

    #[test]
    fn days_and_times_keep_to_the_length_that_is_counted_for_them() {
        let first: Day = "2021-01-01".parse().unwrap();
        for lang in Lang::ALL {
            for (day, hour) in (0..400).zip((0..24).cycle()) {
                let (day, at) = (first.plus(day), first.at_minute(hour * 60 + 59));
                let (said, time) = (lang.short_day(day), lang.time(at));
                assert!(said.chars().count() <= 18 && time.chars().count() <= 12, "{said} {time}");
                assert!(format!("{said}, {}", lang.time(first.at_minute(22 * 60 + 59))).chars().count() <= 28);
            }
        }
    }
}
