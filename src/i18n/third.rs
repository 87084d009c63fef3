//! What a district says in its third language. What it has not given stands in Hindi.

use std::collections::HashMap;

use chrono::Datelike;

use super::when::{MONTHS, WEEKDAYS, time_by_part, window_by_part};
use super::{Lang, Tongue};
use crate::actions::third_language::BadThird;
use crate::domain::campaign::Vaccine;
use crate::domain::clip::BadClip;
use crate::domain::message::Template;
use crate::domain::moment::{Day, Moment};
use crate::domain::tongue::{BadText, DayPart, Key, OnSlip, Word};
use crate::storage::third::{ThirdLanguage, ThirdText};
use crate::storage::token::Token;

/// A third language with its texts.
#[derive(Debug, Clone)]
pub struct Third {
    /// Which, and whose.
    pub language: ThirdLanguage,
    texts: HashMap<Key, ThirdText>,
    /// The words of the hall's display that are recorded in it, each with its version.
    pub clips: HashMap<String, i64>,
}

/// What stands on a slip in the third language. An empty one is not there: the Hindi says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the slip")]
pub struct SlipWords {
    pub title: String,
    pub when: String,
    pub gate: String,
    pub about: String,
    pub needs: String,
    pub secret_code: String,
    pub bring: String,
    pub enquiries: String,
}

impl Third {
    /// Of what a district has given.
    pub fn new(language: ThirdLanguage, texts: Vec<ThirdText>, clips: Vec<(String, i64)>) -> Self {
        Self { language, texts: texts.into_iter().map(|row| (row.key, row)).collect(), clips: clips.into_iter().collect() }
    }

    /// A text, if it is there.
    pub fn text(&self, key: Key) -> Option<&ThirdText> {
        self.texts.get(&key)
    }

    /// All that are there.
    pub fn texts(&self) -> impl Iterator<Item = &ThirdText> {
        self.texts.values()
    }

    /// How many texts are not.
    pub fn missing(&self) -> usize {
        Key::all().len() - self.texts.len()
    }

    /// A word of the slip, if it is there.
    pub fn word(&self, word: Word) -> Option<&str> {
        self.text(Key::Slip(word)).map(|row| row.text.as_str())
    }

    /// Whether every word that the display says is recorded: a number with a gap is another number.
    pub fn speaks(&self) -> bool {
        crate::domain::clip::WORDS.iter().all(|word| self.clips.contains_key(*word))
    }

    /// `सोमवार 30 मार्च`, if both words are there.
    pub fn short_day(&self, day: Day) -> Option<String> {
        let weekday = self.word(Word::Weekday(day.0.weekday().number_from_monday()))?;
        Some(format!("{weekday} {} {}", day.0.day(), self.word(Word::Month(day.0.month()))?))
    }

    /// The parts of the day, if they all are there.
    fn day_part<'a>(&'a self) -> Option<impl Fn(DayPart) -> &'a str> {
        let say = |part| self.word(Word::Part(part));
        DayPart::ALL.iter().all(|part| say(*part).is_some()).then_some(move |part| say(part).unwrap_or(""))
    }

    /// What stands on a slip. A line is there when each of its words is.
    pub fn slip(&self, token: &Token) -> SlipWords {
        let line = |word: Word| self.word(word).unwrap_or("").to_owned();
        let when = || Some(format!("{}\n{}", self.short_day(token.day)?, window_by_part(token.starts, token.ends(), self.day_part()?)));
        let about = || {
            let (born, kind, dose) = (self.word(Word::Born)?, self.word(Word::Id(token.id_type))?, self.word(Word::Dose)?);
            Some(format!("{born} {} · {kind} …{} · {dose} {}", token.birth_year, token.id_end, token.dose))
        };
        let needs = || Some(token.needs.all().iter().map(|need| self.word(Word::Need(*need))).collect::<Option<Vec<_>>>()?.join(" · "));
        let gate = || Some(format!("{} {}", self.word(Word::Gate)?, token.gate_letter()?));
        SlipWords {
            title: line(Word::Title),
            when: when().unwrap_or_default(),
            gate: gate().unwrap_or_default(),
            about: about().unwrap_or_default(),
            needs: needs().unwrap_or_default(),
            secret_code: line(Word::SecretCode),
            bring: line(Word::Bring),
            enquiries: line(Word::Enquiries),
        }
    }

    /// Whether it takes the English's place on the slip.
    pub fn is_instead(&self) -> bool {
        self.language.on_slip == OnSlip::Instead
    }
}

impl Lang {
    /// A text of the slip.
    pub fn slip_word(self, word: Word) -> &'static str {
        let t = self.text();
        let one = |of: (&'static str, &'static str)| self.pick(of.0, of.1);
        match word {
            Word::Title => t.slip_title,
            Word::Gate => t.gate,
            Word::Born => t.slip_born,
            Word::Dose => t.dose,
            Word::SecretCode => t.secret_code,
            Word::Bring => t.bring_text,
            Word::Enquiries => t.slip_enquiries,
            Word::Id(kind) => self.id_type(kind),
            Word::Need(need) => self.need(need),
            Word::Weekday(day) => one(WEEKDAYS[day as usize - 1]),
            Word::Month(month) => one(MONTHS[month as usize - 1]),
            Word::Part(part) => self.day_part(part),
            Word::Vaccine(vaccine) => self.vaccine(vaccine),
        }
    }
}

impl Lang {
    /// Why a text is not taken, and what to do.
    pub fn bad_third(self, bad: &BadThird) -> String {
        match (bad, self) {
            (BadThird::Wording(bad), _) => self.bad_wording(bad),
            (BadThird::Line(BadText::TooLong { most }), Self::En) => format!("There is room for {most} characters. Shorten it."),
            (BadThird::Line(BadText::TooLong { most }), Self::Hi) => format!("{most} अक्षरों की जगह है। छोटा करें।"),
            (BadThird::Line(BadText::Unseen), _) => {
                self.pick("It holds signs that cannot be seen. Type it again.", "इसमें न दिखने वाले चिह्न हैं। फिर से टाइप करें।").to_owned()
            }
        }
    }

    /// Why a file is not taken as a recorded word, and what to do.
    pub fn bad_clip(self, bad: BadClip) -> &'static str {
        match bad {
            BadClip::Name => self.pick(
                "Name the file for its word: number, counter, or a digit from 0 to 9.",
                "फ़ाइल का नाम उसके शब्द पर रखें: number, counter, या 0 से 9 का अंक।",
            ),
            BadClip::Kind => self.pick("It must be an MP3 or WAV file.", "MP3 या WAV फ़ाइल चाहिए।"),
            BadClip::Size => self.pick("It may have 300 KB at most.", "ज़्यादा से ज़्यादा 300 KB की हो।"),
            BadClip::Length => self.pick("One word takes 0.1 to 3 seconds. Cut it.", "एक शब्द 0.1 से 3 सेकंड का होता है। काटकर छोटा करें।"),
        }
    }
}

/// The language of one message: as the person wants it, and what it lacks in Hindi.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// Of what the district does not give.
    pub lang: Lang,
    third: Option<&'a Third>,
}

impl<'a> Voice<'a> {
    /// For a template, where the district gives these.
    pub fn new(wanted: Tongue, template: Template, third: Option<&'a Third>) -> Self {
        match wanted {
            Tongue::Screen(lang) => Self { lang, third: None },
            Tongue::Third(code) => {
                let has = |third: &&Third| third.language.code == code && third.text(Key::Message(template)).is_some();
                Self { lang: Lang::Hi, third: third.filter(has) }
            }
        }
    }

    /// In which language it is in the end.
    pub fn tongue(&self) -> Tongue {
        self.third.map_or(Tongue::Screen(self.lang), |third| Tongue::Third(third.language.code))
    }

    /// The district's text, if it has one.
    pub fn text(&self, template: Template) -> Option<&'a str> {
        self.third?.text(Key::Message(template)).map(|row| row.text.as_str())
    }

    /// A day. One that is longer than messages count for it stands in Hindi.
    pub fn short_day(&self, day: Day) -> String {
        let fits = |said: &String| said.chars().count() <= 18;
        self.third.and_then(|third| third.short_day(day)).filter(fits).unwrap_or_else(|| self.lang.short_day(day))
    }

    /// A time, likewise.
    pub fn time(&self, at: Moment) -> String {
        let said = self.third.and_then(Third::day_part).map(|say| time_by_part(at, say));
        said.filter(|said| said.chars().count() <= 12).unwrap_or_else(|| self.lang.time(at))
    }

    /// A vaccine.
    pub fn vaccine(&self, vaccine: Vaccine) -> &'a str {
        self.third.and_then(|third| third.word(Word::Vaccine(vaccine))).unwrap_or_else(|| self.lang.vaccine(vaccine))
    }
}
