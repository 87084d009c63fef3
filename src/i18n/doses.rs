//! What is said of doses.

use super::Lang;
use crate::domain::dose::{Age, LeftEarly, NoCode, NoDose, Severity};
use crate::domain::moment::{Day, Moment};
use crate::storage::backlog::DoseRecord;
use crate::storage::centre::Deferral;
use crate::storage::deadline::{DeadlineAlarm, Told};

impl Lang {
    /// A day as it is typed on forms: `30-03-2021`.
    pub fn form_day(self, day: Day) -> String {
        day.0.format("%d-%m-%Y").to_string()
    }

    /// Why the secret code is not there.
    pub fn no_code(self, why: NoCode) -> &'static str {
        match why {
            NoCode::NoSlip => self.pick("Slip lost or left at home; card compared", "पर्ची नहीं है; पहचान-पत्र मिलाया"),
            NoCode::NoPhone => self.pick("Phone with the message not here; card compared", "संदेश वाला फ़ोन साथ नहीं; पहचान-पत्र मिलाया"),
            NoCode::Unreadable => self.pick("Slip cannot be read; card compared", "पर्ची पढ़ी नहीं जाती; पहचान-पत्र मिलाया"),
            NoCode::Locked => self.pick("Wrong five times; card compared", "पाँच बार ग़लत; पहचान-पत्र मिलाया"),
            NoCode::NoToken => self.pick("Given without a token", "बिना टोकन के लगी"),
        }
    }

    /// Why there is no dose today.
    pub fn no_dose(self, why: NoDose) -> &'static str {
        match why {
            NoDose::Fever => self.pick("Fever", "बुखार"),
            NoDose::Illness => self.pick("Ill, or just recovered", "बीमार, या अभी ठीक हुए"),
            NoDose::Pregnancy => self.pick("Pregnant, or just gave birth", "गर्भवती, या हाल में प्रसव"),
            NoDose::Allergy => self.pick("Allergic reaction before", "पहले एलर्जी हुई थी"),
            NoDose::Doctor => self.pick("A doctor is to be asked first", "पहले डॉक्टर से पूछना है"),
            NoDose::Refused => self.pick("Does not want it", "टीका नहीं लगवाना चाहते"),
            NoDose::LeftWithout => self.pick("Went away before the turn came", "बारी से पहले चले गए"),
        }
    }

    /// After how many days somebody comes again.
    pub fn again_after(self, days: i64) -> String {
        match self {
            Self::En => format!("again after {days} days"),
            Self::Hi => format!("{days} दिन बाद फिर"),
        }
    }

    /// That somebody got no dose: when, why, and from when on they may come again.
    pub fn sent_home(self, row: &Deferral) -> String {
        let (day, why) = (self.short_day(row.at.day()), self.no_dose(row.reason));
        let from = row.earliest.map(|earliest| self.short_day(earliest));
        match (self, from) {
            (Self::En, Some(from)) => format!("{day}: went home without a dose – {why}. May come again from {from}."),
            (Self::En, None) => format!("{day}: went home without a dose – {why}."),
            (Self::Hi, Some(from)) => format!("{day}: बिना टीके के लौटे – {why}। {from} से फिर आ सकते हैं।"),
            (Self::Hi, None) => format!("{day}: बिना टीके के लौटे – {why}।"),
        }
    }

    /// The same for whoever holds the link to somebody's page: why is between them and the centre.
    pub fn went_home(self, row: &Deferral) -> String {
        let day = self.day(row.at.day());
        let from = row.earliest.map(|earliest| self.day(earliest));
        match (self, from) {
            (Self::En, Some(from)) => format!("{day}: you went home without a dose. You can come again from {from}."),
            (Self::En, None) => format!("{day}: you went home without a dose."),
            (Self::Hi, Some(from)) => format!("{day}: आप बिना टीके के लौटे। {from} से फिर आ सकते हैं।"),
            (Self::Hi, None) => format!("{day}: आप बिना टीके के लौटे।"),
        }
    }

    /// An alarm about deadlines: how many doses, when, and who has seen it.
    pub fn deadline_alarm(self, alarm: &DeadlineAlarm, told: &[Told]) -> String {
        let at = |at: Moment| format!("{} {}", self.short_day(at.day()), at.clock());
        let seen = told.iter().map(|told| format!("{} ({})", self.actor(&told.who), at(told.at))).collect::<Vec<_>>().join(", ");
        let (since, doses) = (at(alarm.raised_at), alarm.doses);
        match (self, alarm.over_at) {
            (Self::En, None) => format!("{doses} with less than six hours, or late, since {since}. Seen by: {seen}"),
            (Self::En, Some(over)) => {
                let seen = if seen.is_empty() { "nobody" } else { &seen };
                format!("{since} – {over}: up to {doses} with less than six hours. Seen by: {seen}", over = at(over))
            }
            (Self::Hi, None) => format!("{since} से {doses} ऐसी, जिनमें छह घंटे से कम बचे हैं या देर हो चुकी है। देखा: {seen}"),
            (Self::Hi, Some(over)) => {
                let seen = if seen.is_empty() { "किसी ने नहीं" } else { &seen };
                format!("{since} – {over}: छह घंटे से कम वाली {doses} तक। देखा: {seen}", over = at(over))
            }
        }
    }

    /// The permission to enter a dose late, if there is one.
    pub fn letter(self, record: &DoseRecord) -> Option<String> {
        let (letter, by, on) = (record.letter.as_ref()?, record.letter_signed_by.as_ref()?, self.short_day(record.letter_signed_on?));
        Some(match self {
            Self::En => format!("entered late with letter {letter}, {by}, {on}"),
            Self::Hi => format!("देर से चढ़ाने की अनुमति: पत्र {letter}, {by}, {on}"),
        })
    }

    /// How somebody left the observation room, if they have.
    pub fn left_observation(self, record: &DoseRecord) -> Option<String> {
        let (at, by) = (record.left_at?.clock(), self.actor(record.left_by.as_ref()?));
        let early = record.left_early.map_or_else(String::new, |why| format!(" · {}", self.left_early(why)));
        Some(match self {
            Self::En => format!("left at {at}, seen off by {by}{early}"),
            Self::Hi => format!("{at} पर गए, {by} ने विदा किया{early}"),
        })
    }

    /// How bad an adverse event is.
    pub fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Minor => self.pick("Minor: passes by itself", "मामूली: अपने आप ठीक"),
            Severity::Severe => self.pick("Severe: form within 24 hours", "तीव्र: 24 घंटे में फ़ॉर्म"),
            Severity::Serious => self.pick("Serious: hospital or danger; form within 24 hours", "गंभीर: अस्पताल या ख़तरा; 24 घंटे में फ़ॉर्म"),
        }
    }

    /// Why somebody leaves before the time is over.
    pub fn left_early(self, why: LeftEarly) -> &'static str {
        match why {
            LeftEarly::Unseen => self.pick("Went unseen", "बिना बताए गए"),
            LeftEarly::Unwilling => self.pick("Did not want to wait", "रुकना नहीं चाहते"),
            LeftEarly::Doctor => self.pick("To a doctor", "डॉक्टर के पास"),
        }
    }

    /// How near a deadline is.
    pub fn age(self, age: Age) -> &'static str {
        match age {
            Age::Overdue => self.text().age_overdue,
            Age::UnderSix => self.pick("Under 6 hours", "6 घंटे से कम"),
            Age::UnderDay => self.pick("Under 24 hours", "24 घंटे से कम"),
            Age::Later => self.pick("Later", "बाद में"),
        }
    }

    /// Where a record stands with the portal.
    pub fn upload_state(self, state: &str) -> &'static str {
        match state {
            "waiting" => self.pick("waiting to be sent", "भेजना बाकी"),
            "uploaded" => self.pick("on the portal", "पोर्टल पर दर्ज"),
            "refused" => self.pick("refused by the portal", "पोर्टल ने लौटाया"),
            "closed" => self.pick("too late: needs a permission", "समय बीत गया: अनुमति चाहिए"),
            "handed_over" => self.pick("with the headquarters, which sends it", "मुख्यालय के पास, वहीं से भेजी जाएगी"),
            _ => self.pick("withdrawn", "वापस लिया"),
        }
    }

    /// Why a dose on the roll is late.
    pub fn roll_cause(self, record: &DoseRecord) -> String {
        match &record.words {
            _ if record.entered_at > record.due_at => self.pick("Entered after the deadline", "अंतिम समय के बाद दर्ज हुई").to_owned(),
            Some(words) => format!("{}: {words}", self.pick("The portal did not take it", "पोर्टल ने नहीं लिया")),
            None => self.pick("The portal could not be reached in time", "समय पर पोर्टल तक नहीं पहुँची").to_owned(),
        }
    }

    /// The rule that a dose was recorded despite.
    pub fn despite(self, rule: &str) -> &'static str {
        match rule {
            "too_soon" => self.pick("Recorded although the interval was too short.", "अंतर पूरा होने से पहले लगी, फिर भी दर्ज की गई।"),
            "other_vaccine" => {
                self.pick("Recorded although the first dose was another vaccine.", "पहली खुराक दूसरे टीके की थी, फिर भी दर्ज की गई।")
            }
            "dose_missing" => {
                self.pick("Recorded although the dose before it is not on record.", "पिछली खुराक दर्ज नहीं है, फिर भी दर्ज की गई।")
            }
            _ => self.pick("Recorded although the token was cancelled.", "टोकन रद्द था, फिर भी दर्ज की गई।"),
        }
    }

    /// A vial that has been open too long.
    pub fn vial_old(self, until: Moment) -> String {
        format!("{} {}", self.pick("Open too long: was good until", "ज़्यादा देर से खुली: इस समय तक ठीक थी"), self.time(until))
    }

    /// A vial from which more was drawn than it holds.
    pub fn vial_empty(self, doses: i64) -> String {
        match self {
            Self::En => format!("Empty: it held {doses} doses"),
            Self::Hi => format!("खाली: इसमें {doses} खुराकें थीं"),
        }
    }
}
