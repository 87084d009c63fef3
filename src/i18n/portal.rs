//! Sentences about the portal, and what the enquiry desk reads out.

use super::{Lang, grouped};
use crate::actions::enquire::{FormWaits, Told};
use crate::actions::reconcile::Comparing;
use crate::actions::watch_portal::PortalState;
use crate::domain::enquiry::Cause;
use crate::domain::moment::{Day, Moment};
use crate::domain::reconcile::Difference;
use crate::portal::NO_MOBILE;
use crate::storage::portal::{Spell, SpellKind};
use crate::storage::reconcile::Finding;

impl Lang {
    /// How the portal is, on one line.
    pub fn portal_line(self, state: &PortalState, now: &Moment) -> String {
        let waiting = grouped(state.waiting);
        let oldest = state.oldest_due.map_or_else(String::new, |due| self.until(due - *now));
        if state.waiting == 0 && state.down.is_none() {
            return say!(self, "Nothing is in line for the portal.", "पोर्टल के लिए कतार में कुछ नहीं है।");
        }
        if let Some(spell) = &state.down {
            let since = self.moment(spell.began_at, *now);
            return say!(
                self,
                "Down since {since}, {waiting} waiting, oldest due {oldest}.",
                "{since} से बंद है, {waiting} खुराकें बाकी, सबसे पुरानी की समय-सीमा {oldest}।"
            );
        }
        let Some((forecast, measured)) = state.forecast.zip(state.measured) else {
            let called = state.called;
            return if called {
                say!(self, "{waiting} waiting, oldest due {oldest}.", "{waiting} खुराकें बाकी, सबसे पुरानी की समय-सीमा {oldest}।")
            } else {
                say!(
                    self,
                    "The portal has not been called from here yet: {waiting} waiting, oldest due {oldest}.",
                    "यहाँ से पोर्टल अभी तक नहीं जुड़ा: {waiting} खुराकें बाकी, सबसे पुरानी की समय-सीमा {oldest}।"
                )
            };
        };
        let (seconds, done) = (measured.record_seconds, self.moment(forecast.done_at, *now));
        let late = grouped(forecast.late);
        let mut line = if state.slow.is_some() {
            say!(
                self,
                "Slow: {seconds:.1} s a record. {waiting} waiting, sent by about {done} at this pace.",
                "धीमा है: एक रिकॉर्ड में {seconds:.1} सेकंड। {waiting} खुराकें बाकी, इस गति से लगभग {done} तक जाएँगी।"
            )
        } else {
            say!(self, "Works. {waiting} waiting, sent by about {done}.", "चालू है। {waiting} खुराकें बाकी, लगभग {done} तक जाएँगी।")
        };
        if forecast.late > 0 {
            line += &say!(self, " {late} will miss the deadline.", " {late} समय-सीमा तक नहीं पहुँचेंगी।");
        }
        line
    }

    /// `in 3 h`, `3 घंटे में`; what is over: `40 min ago`.
    fn until(self, seconds: i64) -> String {
        let t = self.text();
        let minutes = seconds.abs() / 60;
        let (value, unit) = if minutes < 90 { (minutes, t.unit_minutes) } else { ((minutes + 30) / 60, t.unit_hours) };
        if seconds < 0 {
            say!(self, "{value} {unit} ago", "{value} {unit} पहले")
        } else {
            say!(self, "in {value} {unit}", "{value} {unit} में")
        }
    }

    /// A time of today, or with its day.
    pub fn moment(self, at: Moment, now: Moment) -> String {
        if at.day() == now.day() { self.time(at) } else { format!("{}, {}", self.short_day(at.day()), self.time(at)) }
    }

    /// One time when the portal was down or slow.
    pub fn spell(self, spell: &Spell) -> String {
        let (day, from) = (self.short_day(spell.began_at.day()), self.time(spell.began_at));
        let until = spell.ended_at.map_or_else(String::new, |end| {
            if end.day() == spell.began_at.day() { self.time(end) } else { self.moment(end, spell.began_at) }
        });
        let (kind, words) = (spell.kind, &spell.words);
        let kind = match kind {
            SpellKind::Down => self.pick("down", "बंद"),
            SpellKind::Slow => self.pick("slow", "धीमा"),
        };
        format!("{day}: {kind} {from} – {until} · {words}").trim_end_matches([' ', '·']).to_owned()
    }

    /// Why the portal refuses a dose: its own words, or ours where it was not even asked.
    pub fn portal_words(self, words: &str) -> &str {
        if words == NO_MOBILE {
            self.pick(NO_MOBILE, "पोर्टल बिना मोबाइल नंबर किसी को दर्ज नहीं करता")
        } else {
            words
        }
    }

    /// How many were sent again.
    pub fn sent_again(self, count: &usize) -> String {
        if *count == 0 {
            return say!(self, "Nothing to send: it is in line or on the portal already.", "भेजने को कुछ नहीं: पहले ही कतार में या पोर्टल पर है।");
        }
        let count = grouped(*count as i64);
        say!(self, "In line again: {count}.", "फिर भेजने के लिए कतार में: {count}।")
    }

    /// How many of those that were chosen the reader entered: somebody else has to mend them.
    pub fn own_entries(self, count: &usize) -> String {
        say!(
            self,
            "You entered {count} of them yourself: somebody else has to correct those.",
            "इनमें {count} आपने दर्ज की थीं: उन्हें कोई और सुधारेगा।"
        )
    }

    /// The one sentence that is read out to somebody who asks.
    pub fn told(self, told: &Told, centre: &str, now: Moment) -> String {
        let expected = told.expected.unwrap_or(now.day());
        let by = self.short_day(expected);
        let (dose, day, reference, words) = match &told.standing {
            Some(row) => {
                (row.number, self.short_day(row.given_on), row.reference.clone().unwrap_or_default(), row.words.clone().unwrap_or_default())
            }
            None => (0, told.visited.map_or_else(String::new, |(_, day): (_, Day)| self.short_day(day)), String::new(), String::new()),
        };
        let since = told.down_since.map_or_else(String::new, |at| self.moment(at, now));
        let mobile = told.asker.mobile.as_ref().map_or("–", |mobile| mobile.end()).to_owned();
        match told.cause {
            Cause::NoVisit => say!(
                self,
                "We know of no dose of yours here. Ask at the centre where it was given, and show the slip.",
                "यहाँ आपकी कोई खुराक नहीं मिली। जहाँ टीका लगा, उसी केंद्र पर पर्ची दिखाकर पूछें।"
            ),
            Cause::Inside => say!(
                self,
                "You were let in at {centre} today, and no dose is recorded yet. If you have been vaccinated, it will be recorded by {by}.",
                "आप आज {centre} में अंदर आए; अभी कोई खुराक दर्ज नहीं है। टीका लग चुका हो, तो {by} तक दर्ज हो जाएगी।"
            ),
            Cause::NotKeyed => say!(
                self,
                "You were at {centre} on {day}. Your dose is still on paper and will be keyed in by {by}.",
                "आप {day} को {centre} आए थे। आपकी खुराक अभी काग़ज़ पर है, {by} तक कंप्यूटर में चढ़ जाएगी।"
            ),
            Cause::AtBlock => say!(
                self,
                "Your dose {dose} of {day} is recorded. There is no link here: the file goes to the headquarters, and the portal should have it by {by}.",
                "{day} की आपकी खुराक {dose} दर्ज है। यहाँ नेटवर्क नहीं है: फ़ाइल मुख्यालय जाती है, {by} तक पोर्टल पर आ जानी चाहिए।"
            ),
            Cause::InLine => say!(
                self,
                "Your dose {dose} of {day} is recorded here and is being sent. The portal should have it by {by}.",
                "{day} की आपकी खुराक {dose} यहाँ दर्ज है और भेजी जा रही है। {by} तक पोर्टल पर आ जानी चाहिए।"
            ),
            Cause::PortalSlow => say!(
                self,
                "Your dose {dose} of {day} is recorded here. The national portal is slow today; it should have it by {by}.",
                "{day} की आपकी खुराक {dose} यहाँ दर्ज है। राष्ट्रीय पोर्टल आज धीमा है; {by} तक आ जानी चाहिए।"
            ),
            Cause::PortalDown => say!(
                self,
                "Your dose {dose} of {day} is recorded here. The national portal is down since {since}; we send it as soon as it works, by {by} at the latest.",
                "{day} की आपकी खुराक {dose} यहाँ दर्ज है। राष्ट्रीय पोर्टल {since} से बंद है; चालू होते ही भेजेंगे, ज़्यादा से ज़्यादा {by} तक।"
            ),
            Cause::Refused => say!(
                self,
                "Your dose {dose} of {day} is recorded here. The portal did not take it (“{words}”); we mend it. Please wait until {by}.",
                "{day} की आपकी खुराक {dose} यहाँ दर्ज है। पोर्टल ने उसे नहीं लिया (“{words}”); हम ठीक कर रहे हैं। {by} तक रुकें।"
            ),
            Cause::TooLate => say!(
                self,
                "Your dose {dose} of {day} is recorded here, and missed the portal's deadline. The district has to ask for permission to enter it; keep your slip.",
                "{day} की आपकी खुराक {dose} यहाँ दर्ज है, पर पोर्टल का समय निकल गया। ज़िला इसे चढ़ाने की अनुमति लेगा; पर्ची सँभालकर रखें।"
            ),
            Cause::NotDelivered => say!(
                self,
                "Your dose {dose} of {day} is on the portal under number {reference}. The message to the mobile ending in {mobile} did not arrive.",
                "{day} की आपकी खुराक {dose} पोर्टल पर है, नंबर {reference}। मोबाइल …{mobile} पर संदेश नहीं पहुँचा।"
            ),
            Cause::OnPortal => say!(
                self,
                "Your dose {dose} of {day} is on the portal under number {reference}.",
                "{day} की आपकी खुराक {dose} पोर्टल पर है, नंबर {reference}।"
            ),
            Cause::Withdrawn => say!(
                self,
                "The record of your dose of {day} was withdrawn as a mistake. If you were given it, tell the centre.",
                "{day} की खुराक का रिकॉर्ड ग़लती मानकर हटाया गया। आपको टीका लगा हो तो केंद्र को बताएँ।"
            ),
        }
    }

    /// How a record differs from the portal's.
    pub fn difference(self, kind: Difference) -> &'static str {
        match kind {
            Difference::Missing => self.pick("Not on the portal", "पोर्टल पर नहीं"),
            Difference::WrongNumber => self.pick("As another dose", "दूसरी खुराक के रूप में"),
            Difference::WrongDate => self.pick("With another day", "दूसरी तारीख़ पर"),
            Difference::OtherMobile => self.pick("Under another mobile number", "दूसरे मोबाइल नंबर पर"),
            Difference::UnknownHere => self.pick("On the portal, not here", "पोर्टल पर है, यहाँ नहीं"),
        }
    }

    /// What mends it.
    pub fn mends(self, kind: Difference) -> &'static str {
        match kind {
            Difference::Missing => self.pick(
                "Send it again: it is looked up first, so nothing is doubled.",
                "फिर भेजें: पहले देखा जाता है, इसलिए दो बार दर्ज नहीं होगी।",
            ),
            Difference::WrongNumber => self.pick(
                "The first dose is missing there, or stands under another mobile number. Record or find it, then ask the portal's office to renumber this one.",
                "पहली खुराक वहाँ नहीं है या दूसरे मोबाइल पर है। उसे दर्ज करें या खोजें, फिर पोर्टल कार्यालय से इसका क्रम ठीक कराएँ।",
            ),
            Difference::WrongDate => self.pick(
                "Look at the paper. If it is wrong here, correct the dose; if it is wrong there, the portal's office has to.",
                "काग़ज़ देखें। ग़लती यहाँ हो तो खुराक ठीक करें; वहाँ हो तो पोर्टल कार्यालय को बताएँ।",
            ),
            Difference::OtherMobile => self.pick(
                "Ask the person which number is theirs. The portal sends its messages to the one that it has.",
                "व्यक्ति से पूछें कौन सा नंबर सही है। पोर्टल के संदेश उसी नंबर पर जाते हैं जो वहाँ है।",
            ),
            Difference::UnknownHere => self.pick(
                "It was given or keyed in elsewhere. If it was given here, record it; it is not sent twice.",
                "यह कहीं और लगी या दर्ज हुई। यहाँ लगी हो तो दर्ज करें; दो बार नहीं भेजी जाएगी।",
            ),
        }
    }

    /// What is read out to somebody whose form is not keyed in yet.
    pub fn form_waits(self, waits: &FormWaits, centre: &str, now: Moment) -> String {
        let (number, day, by) = (waits.number, self.short_day(waits.day), self.short_day(waits.expected.unwrap_or(now.day())));
        match &waits.keyer {
            Some(keyer) => {
                let keyer = self.actor(keyer);
                say!(
                    self,
                    "Form {number} is of {centre}, {day}, and not keyed in yet. {keyer} keys it in, by {by}; your dose shows after that.",
                    "फ़ॉर्म {number} {centre} का है, {day} का, और अभी कंप्यूटर में नहीं चढ़ा। {keyer} इसे {by} तक चढ़ाएँगे; उसके बाद खुराक दिखेगी।"
                )
            }
            None => say!(
                self,
                "Form {number} is of {centre}, {day}, and not keyed in yet. Nobody is named for it: the centre's operator keys it in, by {by}; your dose shows after that.",
                "फ़ॉर्म {number} {centre} का है, {day} का, और अभी कंप्यूटर में नहीं चढ़ा। किसी को सौंपा नहीं गया है: केंद्र के ऑपरेटर इसे {by} तक चढ़ाएँगे; उसके बाद खुराक दिखेगी।"
            ),
        }
    }

    /// When everybody was compared with the portal last, and whether somebody waits for it.
    pub fn compared(self, state: Comparing, now: Moment) -> String {
        let last = match state.compared {
            Some(at) => {
                let at = self.moment(at, now);
                say!(self, "Compared last: {at}.", "पिछला मिलान: {at}।")
            }
            None => say!(
                self,
                "Nothing has been compared with the portal yet, so nothing is known of differences.",
                "पोर्टल से अभी तक मिलान नहीं हुआ, इसलिए अंतर का पता नहीं।"
            ),
        };
        let Some(asked) = state.asked else { return last };
        let at = self.moment(asked, now);
        let waits = say!(
            self,
            "Asked for at {at}: it begins within a minute on the server that is connected to the portal. Open this page again then.",
            "{at} पर मिलान माँगा गया: पोर्टल से जुड़ा सर्वर एक मिनट में शुरू करेगा। फिर यह पेज दोबारा खोलें।"
        );
        format!("{last} {waits}")
    }

    /// Where the portal differs, and what the person should do: shown on their page and read out at the counter.
    pub fn finding(self, row: &Finding) -> String {
        let (dose, on) = (row.dose, self.short_day(row.found_at.day()));
        // What stands there may be a day, a dose with its day, or the end of a number.
        let day_of =
            |text: &str| text.rsplit(' ').next().and_then(|day| day.parse::<Day>().ok()).map_or_else(String::new, |day| self.day(day));
        let (here, there) = (day_of(&row.here), day_of(&row.there));
        match row.kind {
            Difference::Missing => say!(
                self,
                "On {on} dose {dose} was not on the national portal. It is recorded here, and the centre sends it again: keep your slip, you need not come.",
                "{on} को खुराक {dose} राष्ट्रीय पोर्टल पर नहीं मिली। यहाँ दर्ज है और केंद्र इसे फिर भेजेगा: पर्ची सँभालकर रखें, आने की ज़रूरत नहीं।"
            ),
            Difference::WrongNumber => {
                let other = row.there.split(':').next().unwrap_or("");
                say!(
                    self,
                    "The national portal holds dose {dose} of {here} as dose {other}. Take no further dose because of that; show your slip at the centre, which has it put right.",
                    "राष्ट्रीय पोर्टल पर {here} की खुराक {dose} को खुराक {other} लिखा है। इस कारण और टीका न लगवाएँ; केंद्र पर पर्ची दिखाएँ, वहाँ से ठीक कराया जाएगा।"
                )
            }
            Difference::WrongDate => say!(
                self,
                "For dose {dose} the national portal has {there}, and {here} stands here. If your slip says otherwise than here, tell us; else the portal's entry is put right for you.",
                "खुराक {dose} की तारीख़ राष्ट्रीय पोर्टल पर {there} है, यहाँ {here}। आपकी पर्ची पर यहाँ से अलग तारीख़ हो तो हमें बताएँ; नहीं तो पोर्टल की तारीख़ ठीक कराई जाएगी।"
            ),
            Difference::OtherMobile => {
                let end: String = row.there.chars().skip(row.there.chars().count().saturating_sub(3)).collect();
                say!(
                    self,
                    "The national portal has you under another mobile number, ending in {end}: its messages go there. Come to the zone office with your phone and photo ID.",
                    "राष्ट्रीय पोर्टल पर आपका मोबाइल दूसरा है, अंत में {end}: उसके संदेश वहीं जाते हैं। अपना फ़ोन और पहचान-पत्र लेकर ज़ोन कार्यालय आएँ।"
                )
            }
            Difference::UnknownHere => say!(
                self,
                "The national portal has a dose {dose} of {there} for you that is not recorded here. If you were given it, bring its certificate when you come next; if not, tell us.",
                "राष्ट्रीय पोर्टल पर आपकी {there} की खुराक {dose} है, जो यहाँ दर्ज नहीं। लगी हो तो अगली बार उसका प्रमाणपत्र लाएँ; नहीं लगी हो तो हमें बताएँ।"
            ),
        }
    }

    /// How often somebody has come.
    pub fn times_asked(self, times: &i64) -> String {
        match times {
            ..=1 => say!(self, "Asked for the first time.", "पहली बार पूछा।"),
            times => say!(self, "Has come to ask {times} times.", "{times} बार पूछने आ चुके।"),
        }
    }
}
