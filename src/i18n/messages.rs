//! The messages' own texts, until the state officer changes them. Short enough for four parts with the longest variables.

use super::Lang;
use crate::domain::message::{BadWording, Template};
use crate::storage::message::MessageState;
use crate::storage::objection::Wrong;

impl Lang {
    /// What a message is about.
    pub fn template(self, template: Template) -> &'static str {
        match template {
            Template::TokenIssued => self.pick("Token issued", "टोकन जारी"),
            Template::PlaceFound => self.pick("Place from the waiting list", "प्रतीक्षा सूची से जगह"),
            Template::TokenMoved => self.pick("New time", "समय बदला"),
            Template::TokenCancelled => self.pick("Token cancelled", "टोकन रद्द"),
            Template::SessionStopped => self.pick("Session stopped", "सत्र रुका"),
            Template::SessionResumed => self.pick("Session goes on", "सत्र फिर शुरू"),
            Template::Reminder => self.pick("Reminder", "याद दिलाना"),
            Template::DoseRecorded => self.pick("Dose recorded", "खुराक दर्ज"),
            Template::DoseUploaded => self.pick("Dose on the portal", "खुराक पोर्टल पर"),
            Template::NextDoseDue => self.pick("Next dose due", "अगली खुराक"),
        }
    }

    /// What became of a message.
    pub fn message_state(self, state: MessageState) -> &'static str {
        match state {
            MessageState::Waiting => self.pick("waiting", "भेजना बाकी"),
            MessageState::Sending => self.pick("being sent", "भेजा जा रहा है"),
            MessageState::Sent => self.pick("sent", "भेजा गया"),
            MessageState::Delivered => self.pick("delivered", "पहुँच गया"),
            MessageState::Failed => self.pick("failed", "नहीं जा सका"),
            MessageState::Expired => self.pick("too late", "समय बीत गया"),
            MessageState::Overtaken => self.pick("no longer needed", "ज़रूरत नहीं रही"),
            MessageState::NoPhone => self.pick("no phone", "फ़ोन नहीं"),
            MessageState::Outbox => self.pick("kept here", "यहीं रखा है"),
        }
    }

    /// What somebody says is wrong.
    pub fn wrong(self, wrong: Wrong) -> &'static str {
        match wrong {
            Wrong::DoseMissing => self.pick("A dose that I was given is missing", "मुझे लगी खुराक यहाँ नहीं है"),
            Wrong::DoseNotGiven => self.pick("A dose stands here that I was not given", "जो खुराक नहीं लगी वह लिखी है"),
            Wrong::Day => self.pick("The day is wrong", "तारीख़ ग़लत है"),
            Wrong::Vaccine => self.pick("The vaccine is wrong", "टीका ग़लत है"),
            Wrong::Person => self.pick("Birth year, ID or name is wrong", "जन्म वर्ष, पहचान-पत्र या नाम ग़लत है"),
            Wrong::Mobile => self.pick("Messages do not reach me", "संदेश नहीं मिलते"),
            Wrong::Other => self.pick("Something else", "कुछ और"),
        }
    }

    /// Why a text cannot be saved, and what to do.
    pub fn bad_wording(self, bad: &BadWording) -> String {
        match bad {
            BadWording::Empty => self.pick("Write the text.", "पाठ लिखें।").to_owned(),
            BadWording::Brace => {
                self.pick("A brace has no partner: write variables as {name}.", "कोष्ठक अधूरा है: {name} की तरह लिखें।").to_owned()
            }
            BadWording::Unknown(word) => match self {
                Self::En => format!("{{{word}}} is not known here. Choose one of those shown below."),
                Self::Hi => format!("{{{word}}} यहाँ नहीं चलता। नीचे दिखाए में से चुनें।"),
            },
            BadWording::Nameless => self
                .pick(
                    "The text must say whose message it is: put {name} or {number} in.",
                    "पाठ में बताएँ कि संदेश किसका है: {name} या {number} लिखें।",
                )
                .to_owned(),
            BadWording::VariableTooLong { variable, longest, most } => match self {
                Self::En => format!("{{{variable}}} can have {longest} characters; the operators let {most} through."),
                Self::Hi => format!("{{{variable}}} में {longest} अक्षर हो सकते हैं; सीमा {most} है।"),
            },
            BadWording::TooManyParts { parts, most } => match self {
                Self::En => format!("With the longest names this takes {parts} parts; {most} are allowed. Shorten it."),
                Self::Hi => format!("सबसे लंबे नामों के साथ {parts} भाग बनते हैं; सीमा {most} है। छोटा करें।"),
            },
        }
    }

    /// The text of a template.
    pub fn message(self, template: Template) -> &'static str {
        match template {
            Template::TokenIssued => self.pick(
                "{name} ({born}): vaccination token {number} for {day}, {time}, {centre}. Call number {call}, secret code {code}. Bring your photo ID. {link}",
                "{name} ({born}): टीके का टोकन {number}, {day}, {time}, {centre}। कॉल नंबर {call}, गुप्त कोड {code}। पहचान-पत्र लाएँ। {link}",
            ),
            Template::PlaceFound => self.pick(
                "{name} ({born}): a place has become free for you: {day}, {time}, {centre}. Token {number}, call number {call}, secret code {code}. If you cannot come, cancel it: {link}",
                "{name} ({born}): आपके लिए जगह मिल गई: {day}, {time}, {centre}। टोकन {number}, कॉल नंबर {call}, गुप्त कोड {code}। न आ सकें तो रद्द करें: {link}",
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
