//! The waiting list, alarms and outages, in words.

use super::Lang;
use crate::domain::alarm::AlarmKind;
use crate::domain::moment::Moment;
use crate::domain::paper::{FormState, Miscount};
use crate::domain::waiting::{WaitingState, WhyRemoved};

impl Lang {
    /// Where on the list.
    pub fn place_on_list(self, place: i64) -> String {
        say!(self, "number {place} on the list", "सूची में क्रम {place}")
    }

    /// What a person reads of their place on the list.
    pub fn you_wait(self, place: i64, zone: &str, since: Moment) -> String {
        let (day, time) = (self.short_day(since.day()), self.time(since));
        say!(
            self,
            "You are number {place} on the waiting list of {zone}, since {day}, {time}. When a place becomes free for you, you get a message.",
            "आप {zone} की प्रतीक्षा सूची में क्रम {place} पर हैं, {day}, {time} से। जगह खाली होते ही आपको संदेश मिलेगा।"
        )
    }

    /// What became of somebody on the waiting list.
    pub fn waiting_state(self, state: WaitingState) -> &'static str {
        match state {
            WaitingState::Waiting => self.pick("On the list", "सूची में"),
            WaitingState::Placed => self.pick("Got a place", "जगह मिल गई"),
            WaitingState::Elsewhere => self.pick("Has a token", "टोकन मिल चुका"),
            WaitingState::Removed => self.pick("Taken off", "नाम हटाया"),
        }
    }

    /// Why somebody was taken off the waiting list.
    pub fn why_removed(self, why: WhyRemoved) -> &'static str {
        match why {
            WhyRemoved::Withdrew => self.pick("does not want a place any more", "अब जगह नहीं चाहिए"),
            WhyRemoved::NotReached => self.pick("could not be reached", "संपर्क नहीं हुआ"),
            WhyRemoved::Mistake => self.pick("put on the list by mistake", "ग़लती से लिखा गया"),
            WhyRemoved::Other => self.pick("another reason", "कोई और कारण"),
        }
    }

    /// What is unusual.
    pub fn alarm_kind(self, kind: AlarmKind) -> &'static str {
        match kind {
            AlarmKind::Operator => self.pick("Many tokens by one operator", "एक ऑपरेटर से बहुत टोकन"),
            AlarmKind::Mobile => self.pick("Many people under one mobile number", "एक मोबाइल नंबर पर बहुत लोग"),
            AlarmKind::Window => self.pick("Tokens outside the issue window", "तय समय के बाहर टोकन"),
        }
    }

    /// How many tokens an alarm is about.
    pub fn alarm_count(self, tokens: i64) -> String {
        let tokens = super::grouped(tokens);
        say!(self, "{tokens} tokens", "{tokens} टोकन")
    }

    /// How an issue window was extended.
    pub fn outage(self, (from, until): (Moment, Moment), extended_to: Moment) -> String {
        let (day, from, until, to) = (self.short_day(from.day()), self.time(from), self.time(until), self.time(extended_to));
        say!(
            self,
            "{day}: the server was away from {from} to {until}. The window lasts until {to} for it.",
            "{day}: सर्वर {from} से {until} तक बंद था। इसलिए टोकन का समय {to} तक बढ़ा।"
        )
    }

    /// What became of a form.
    pub fn form_state(self, state: FormState) -> &'static str {
        match state {
            FormState::Printed => self.pick("printed", "छपे"),
            FormState::Used => self.pick("to key in", "दर्ज करने बाकी"),
            FormState::Spoiled => self.pick("spoiled", "ख़राब"),
            FormState::Returned => self.pick("given back", "लौटाए"),
            FormState::Keyed => self.pick("keyed in", "दर्ज"),
        }
    }

    /// Why a count cannot be right, and what to do.
    pub fn miscount(self, wrong: Miscount) -> String {
        match wrong {
            Miscount::Used => self
                .pick(
                    "The bundle has no such forms. Type the first and the last that were used.",
                    "बंडल में ऐसे फ़ॉर्म नहीं। इस्तेमाल हुआ पहला और आख़िरी लिखें।",
                )
                .to_owned(),
            Miscount::Spoiled => self
                .pick(
                    "A spoiled form must lie between the first and the last that were used.",
                    "ख़राब फ़ॉर्म पहले और आख़िरी के बीच का होना चाहिए।",
                )
                .to_owned(),
            Miscount::Keyed(form) => say!(
                self,
                "Form {form} is keyed in already, so it was used. Count again.",
                "फ़ॉर्म {form} पहले ही दर्ज है, यानी इस्तेमाल हुआ। फिर गिनें।"
            ),
        }
    }

    /// How fast forms are keyed in, and when the rest is finished.
    pub fn keyed_pace(self, an_hour: i64, finish: Option<Moment>) -> String {
        let pace = say!(self, "{an_hour} an hour", "घंटे में {an_hour}");
        match finish {
            Some(at) => {
                let time = self.time(at);
                say!(self, "{pace}, finished about {time}", "{pace}, लगभग {time} तक पूरे")
            }
            None => pace,
        }
    }

    /// How many standby people were called.
    pub fn standby_called(self, called: i64) -> String {
        match called {
            0 => self.pick("Nobody on the list could be called for this session.", "सूची में इस सत्र के लिए कोई नहीं मिला।").to_owned(),
            _ => say!(self, "{called} called: each has a token and a message.", "{called} लोग बुलाए गए: हरेक को टोकन और संदेश मिला।"),
        }
    }
}
