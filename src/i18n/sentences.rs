//! Sentences with something to fill in: refusals, faults, import errors. Each says what to do.

use super::Lang;
use crate::actions::import::ImportFault;
use crate::domain::admission::{TokenState, Verdict};
use crate::domain::booking::Refusal;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Need, Needs};
use crate::domain::day::TurnedBack;
use crate::domain::moment::Moment;
use crate::domain::person::{Gender, IdType};
use crate::domain::place::Role;
use crate::domain::plan::PlanFault;
use crate::domain::queue::{Stage, TurnState};
use crate::domain::trouble::Trouble;
use crate::error::Fault;
use crate::hall::Place;
use crate::storage::centre::CaseForms;
use crate::storage::desk::TaskKind;
use crate::storage::moving::StopReason;
use crate::storage::scan::{ConflictKind, Settlement};
use crate::storage::turn::InHall;

impl Lang {
    /// What is wrong with a field, and which one it is, for a list of all that is wrong.
    pub fn fault_in(self, field: &str, fault: Fault) -> String {
        let (t, said) = (self.text(), self.fault(fault));
        let label = match field {
            "mobile" => t.mobile,
            "mobile_of" => t.whose,
            "name" => t.full_name,
            "age" => t.age_or_year,
            "gender" => t.gender,
            "locality" => t.locality,
            "id_type" => t.photo_id,
            "id_number" => t.id_number,
            "language" => t.message_language,
            "category" => t.category,
            "earlier_date" => t.earlier_date,
            "earlier_vaccine" => t.earlier_vaccine,
            "form" => t.paper_form_number,
            "slot" => t.next_slots,
            "vaccine" => t.vaccine,
            "batch" => t.batch,
            "vaccinator" => t.vaccinator,
            "code" => t.secret_code,
            "date" => t.date,
            "time" => t.time,
            "reason" => t.reason,
            _ => return said.to_owned(),
        };
        format!("{label}: {said}")
    }

    /// Why something is refused, and what to do.
    pub fn refusal(self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NoPlace => say!(self, "No place is left in this slot. Choose another time.", "इस स्लॉट में जगह नहीं बची। दूसरा समय चुनें।"),
            Refusal::SlotOver => say!(self, "This slot is over. Choose a later time.", "इस स्लॉट का समय बीत गया। बाद का समय चुनें।"),
            Refusal::SessionStopped => {
                say!(self, "This session has been stopped. Choose another centre or day.", "यह सत्र रोक दिया गया है। दूसरा केंद्र या दिन चुनें।")
            }
            Refusal::Holiday => {
                say!(
                    self,
                    "That day is a holiday; nobody else is sent there. Choose another day.",
                    "उस दिन छुट्टी है, नया टोकन नहीं मिलेगा। दूसरा दिन चुनें।"
                )
            }
            Refusal::OutsideIssueWindow { from, until } => {
                let at = |at: Moment| format!("{}, {}", self.short_day(at.day()), self.time(at));
                let (from, until) = (at(*from), at(*until));
                say!(
                    self,
                    "Tokens for this session are issued from {from} until {until}. Choose another session, or issue it then.",
                    "इस सत्र के टोकन {from} से {until} तक मिलते हैं। दूसरा सत्र चुनें, या तब जारी करें।"
                )
            }
            Refusal::NotDue { from: Some(day) } => {
                let day = self.day(*day);
                say!(self, "This person is due from {day} on. Ask them to come then.", "इस व्यक्ति की बारी {day} से है। तब आने को कहें।")
            }
            Refusal::NotDue { from: None } => {
                say!(self, "This person is not due under the campaign's rules.", "अभियान के नियमों के अनुसार इस व्यक्ति की बारी अभी नहीं है।")
            }
            Refusal::CertificateNeeded => say!(
                self,
                "From 45 to 59 years a doctor's certificate is needed. See it, tick the box, and issue.",
                "45 से 59 वर्ष में डॉक्टर का प्रमाण-पत्र चाहिए। देखकर निशान लगाएँ, फिर जारी करें।"
            ),
            Refusal::AgeNotServed { min, max } => {
                say!(
                    self,
                    "This session serves ages {min} to {max}. Choose another session.",
                    "इस सत्र में {min} से {max} वर्ष के लोग आते हैं। दूसरा सत्र चुनें।"
                )
            }
            Refusal::DoseNotServed { dose } => {
                say!(self, "This session does not give dose {dose}. Choose another session.", "इस सत्र में खुराक {dose} नहीं लगती। दूसरा सत्र चुनें।")
            }
            Refusal::OtherVaccine { vaccine } => {
                let vaccine = self.vaccine(*vaccine);
                say!(
                    self,
                    "The first dose was {vaccine}: the second must be the same. Choose such a session.",
                    "पहली खुराक {vaccine} की थी: दूसरी भी वही चाहिए। वैसा सत्र चुनें।"
                )
            }
            Refusal::TooSoon { earliest } => {
                let day = self.day(*earliest);
                say!(self, "The next dose may be given from {day} on. Choose a later day.", "अगली खुराक {day} से लग सकती है। बाद का दिन चुनें।")
            }
            Refusal::CourseComplete => {
                say!(self, "Both doses have been given: no token is needed.", "दोनों खुराक लग चुकी हैं: टोकन की ज़रूरत नहीं।")
            }
            Refusal::HasToken { number, starts } => {
                let (day, time) = (self.short_day(starts.day()), self.time(*starts));
                say!(
                    self,
                    "This person has token {number} for {day}, {time}. Print it again or reschedule it.",
                    "इस व्यक्ति का टोकन {number} है: {day}, {time}। वही फिर छापें या उसका समय बदलें।"
                )
            }
            Refusal::IdKnown { name, mobile_end } => {
                let under = match mobile_end {
                    Some(end) => say!(self, "under a mobile ending in {end}", "मोबाइल …{end} पर"),
                    None => say!(self, "without a mobile number", "बिना मोबाइल के"),
                };
                say!(
                    self,
                    "This ID is on record for {name}, {under}. Type that mobile number, or check the ID.",
                    "यह पहचान-पत्र {name} के नाम, {under} दर्ज है। वही मोबाइल नंबर डालें, या पहचान-पत्र जाँचें।"
                )
            }
            Refusal::MobileFull { most } => say!(
                self,
                "{most} people already hold tokens under this mobile number. Use another number, or none.",
                "इस मोबाइल नंबर पर {most} लोगों के टोकन हैं। दूसरा नंबर डालें, या खाली छोड़ें।"
            ),
            Refusal::AnotherPerson => say!(
                self,
                "Name, birth year and ID would all be others: that is another person. Cancel this token and issue a new one.",
                "नाम, जन्म वर्ष और पहचान-पत्र तीनों बदल रहे हैं: यह कोई और व्यक्ति है। यह टोकन रद्द करके नया बनाएँ।"
            ),
            Refusal::NotTogether => say!(
                self,
                "Could have a place, but not the whole family: nobody was given one.",
                "इन्हें जगह मिल सकती थी, पर पूरे परिवार को नहीं: इसलिए किसी को नहीं दी गई।"
            ),
            Refusal::PersonUnknown => say!(self, "This person is not on record. Enter their details.", "यह व्यक्ति दर्ज नहीं है। विवरण भरें।"),
            Refusal::OutOfScope => say!(self, "This centre is not among yours. Choose one of your own.", "यह केंद्र आपका नहीं है। अपना केंद्र चुनें।"),
            Refusal::NotWaiting => say!(
                self,
                "This token has been used or cancelled, so it stays as it is.",
                "यह टोकन इस्तेमाल या रद्द हो चुका है, इसलिए अब नहीं बदलेगा।"
            ),
            Refusal::SameSlot => say!(self, "The token is for this time already. Choose another.", "टोकन इसी समय का है। दूसरा समय चुनें।"),
            Refusal::TooManyMoves => say!(
                self,
                "This token was moved too often. Cancel it and issue a new one.",
                "यह टोकन बहुत बार बदला जा चुका। रद्द करके नया बनाएँ।"
            ),
            Refusal::UndoTooLate => {
                say!(self, "The minute for taking back is over. Cancel the token instead.", "वापस लेने का एक मिनट बीत गया। टोकन रद्द करें।")
            }
            Refusal::WrongCode { left: ..=0 } => self.refusal(&Refusal::CodeLocked),
            Refusal::WrongCode { left } => {
                say!(self, "The secret code is wrong. Tries left: {left}.", "गुप्त कोड ग़लत है। कोशिशें बाकी: {left}।")
            }
            Refusal::CodeLocked => say!(
                self,
                "The secret code was wrong five times. Go to the zone office with your photo ID.",
                "गुप्त कोड पाँच बार ग़लत हुआ। पहचान-पत्र लेकर ज़ोन कार्यालय जाएँ।"
            ),
            Refusal::DoseRecorded { dose, given_on } => {
                let day = self.day(*given_on);
                say!(
                    self,
                    "Dose {dose} of this person is on record already, given on {day}.",
                    "इस व्यक्ति की खुराक {dose} पहले से दर्ज है, {day} को लगी।"
                )
            }
            Refusal::DoseMissing { dose } => say!(
                self,
                "Dose {dose} is not on record. Ask for the certificate, and look for another record of this person.",
                "खुराक {dose} दर्ज नहीं है। प्रमाण-पत्र देखें और इस व्यक्ति का दूसरा रिकॉर्ड खोजें।"
            ),
            Refusal::TokenCancelled => say!(self, "This token has been cancelled.", "यह टोकन रद्द हो चुका है।"),
            Refusal::SamePerson { .. } => say!(
                self,
                "Somebody like this has had a dose already. Is it the same person?",
                "ऐसे ही एक व्यक्ति को खुराक लग चुकी है। क्या यह वही हैं?"
            ),
            Refusal::SecondPerson => say!(
                self,
                "You entered this record yourself: ask somebody else to correct it.",
                "यह रिकॉर्ड आपने ही दर्ज किया है: सुधार किसी दूसरे से कराएँ।"
            ),
            Refusal::FormKeyed => say!(self, "This form is keyed in already. Look at its number.", "यह फ़ॉर्म पहले ही दर्ज है। उसका नंबर देखें।"),
            Refusal::FormGivenBack => say!(
                self,
                "This form was counted as unused or spoiled, and its place was given back. Record the dose without a token.",
                "यह फ़ॉर्म बचा या ख़राब गिना गया था और उसकी जगह लौटा दी गई। खुराक बिना टोकन के दर्ज करें।"
            ),
            Refusal::RecordWithdrawn => say!(self, "This record has been withdrawn.", "यह रिकॉर्ड वापस लिया जा चुका है।"),
        }
    }

    /// Why somebody must look at what a desk brought.
    pub fn desk_task(self, kind: TaskKind) -> &'static str {
        match kind {
            TaskKind::Refused => self.pick(
                "The counter would have refused this token. It stands: ask the person, and cancel one of the two if need be.",
                "काउंटर यह टोकन न देता। टोकन चालू है: व्यक्ति से पूछें, और ज़रूरत हो तो दोनों में से एक रद्द करें।",
            ),
            TaskKind::Revoked => self
                .pick("This came after the desk was ended. No token stands for it yet.", "यह डेस्क बंद होने के बाद आया। इसका टोकन अभी नहीं बना।"),
            TaskKind::Cancel => self.pick(
                "The desk cancelled this token after it had been ended, or before the token itself had come in. It still stands.",
                "डेस्क ने यह टोकन रद्द किया, पर डेस्क बंद हो चुका था या टोकन तब तक पहुँचा नहीं था। टोकन अभी चालू है।",
            ),
            TaskKind::OverCapacity => self.pick(
                "Its place had been given to another: this token stands beside the capacity.",
                "इसकी जगह किसी और को मिल चुकी थी: यह टोकन तय संख्या से ऊपर है।",
            ),
            TaskKind::Returned => self.pick(
                "The desk had given this place back and used it all the same. The token stands; have that PC looked at.",
                "डेस्क यह जगह लौटा चुका था, फिर भी दे दी। टोकन चालू है; उस पीसी की जाँच कराएँ।",
            ),
            TaskKind::Twice => self.pick(
                "The same place was issued twice by a desk whose memory was an old copy. Find the second person.",
                "पुरानी नक़ल वाले डेस्क से एक जगह दो बार दी गई। दूसरे व्यक्ति को ढूँढें।",
            ),
            TaskKind::Unreadable => self.pick(
                "A desk brought something that is not signed as its own. No token stands for it.",
                "डेस्क ऐसा टोकन लाया जिस पर उसके सही हस्ताक्षर नहीं। इसका टोकन नहीं बना।",
            ),
            TaskKind::NoIdentity => self.pick(
                "The ID number could not be read: type it once more from the card when the person comes.",
                "पहचान-पत्र का नंबर पढ़ा न जा सका: व्यक्ति आए तो कार्ड से फिर लिखें।",
            ),
            TaskKind::Copied => self.pick(
                "Two PCs came with the same memory. Both have stopped: declare the desk lost, and make it a desk anew.",
                "दो पीसी एक ही याददाश्त लेकर आए। दोनों रुक गए: डेस्क को खोया घोषित करें और नया बनाएँ।",
            ),
        }
    }

    /// Why somebody does not leave the observation room yet.
    pub fn not_over(self, minutes: i64) -> String {
        say!(
            self,
            "{minutes} minutes are left. If they leave all the same, choose why beside the name.",
            "अभी {minutes} मिनट बाकी हैं। फिर भी जा रहे हों तो नाम के सामने कारण चुनें।"
        )
    }

    /// What is wrong with a field, and what to type instead.
    pub fn fault(self, fault: Fault) -> &'static str {
        match fault {
            Fault::Missing => self.pick("Fill this in.", "इसे भरें।"),
            Fault::Mobile => self.pick(
                "A mobile number has ten digits and begins with 6, 7, 8 or 9.",
                "मोबाइल नंबर में दस अंक होते हैं और 6, 7, 8 या 9 से शुरू होता है।",
            ),
            Fault::Locality => {
                self.pick("Write where they live in letters and digits, at most 80 characters.", "पता अक्षरों और अंकों में लिखें, 80 अक्षर तक।")
            }
            Fault::Name => self.pick("Type the name in letters, Hindi or English.", "नाम अक्षरों में लिखें, हिन्दी या अंग्रेज़ी में।"),
            Fault::BirthYear => {
                self.pick("Type the age (such as 67) or the birth year (such as 1954).", "उम्र (जैसे 67) या जन्म वर्ष (जैसे 1954) लिखें।")
            }
            Fault::IdForm => self.pick(
                "This is not the form of this kind of ID. Look at the card once more.",
                "इस पहचान-पत्र का नंबर ऐसा नहीं होता। कार्ड फिर देखें।",
            ),
            Fault::IdCheckDigit => {
                self.pick("This Aadhaar number is mistyped: its check digit does not match.", "आधार नंबर में कोई अंक ग़लत है। फिर से लिखें।")
            }
            Fault::Day => self.pick("Type the date as 30-03-2021.", "तारीख़ 30-03-2021 की तरह लिखें।"),
            Fault::Time => self.pick("Type the time as 17:00.", "समय 17:00 की तरह लिखें।"),
            Fault::Number => self.pick("Type a number that can be.", "ऐसी संख्या लिखें जो हो सकती है।"),
            Fault::NumberLength => self.pick("A token number has ten digits.", "टोकन नंबर में दस अंक होते हैं।"),
            Fault::NumberCheckDigit => self.pick("A digit is mistyped. Type the number again.", "कोई अंक ग़लत है। नंबर फिर से लिखें।"),
            Fault::Choice => self.pick("Choose one of those shown.", "दिखाए गए विकल्पों में से चुनें।"),
            Fault::PasswordShort => self.pick("The password needs at least 8 characters.", "पासवर्ड में कम से कम 8 अक्षर चाहिए।"),
            Fault::PasswordWrong => self.pick("This is not your present password.", "यह आपका अभी का पासवर्ड नहीं है।"),
            Fault::Pin => self.pick("A PIN has 4 to 6 digits, not like 1111 or 1234.", "पिन नंबर में 4 से 6 अंक हों, 1111 या 1234 जैसा नहीं।"),
            Fault::PasswordSame => self.pick("Choose another password than the one you were given.", "जो पासवर्ड मिला था, उससे अलग चुनें।"),
            Fault::Username => self.pick(
                "A user name has 1 to 40 small letters, digits, dots and dashes.",
                "यूज़र नाम में 1 से 40 छोटे अंग्रेज़ी अक्षर, अंक, बिंदु या - होते हैं।",
            ),
            Fault::TooLong => self.pick("This is too long.", "यह बहुत लंबा है।"),
            Fault::Past => self.pick("Type a day after today.", "आज के बाद का दिन लिखें।"),
            Fault::BeforeCampaign => {
                self.pick("The campaign had not begun on that day. Type the right date.", "उस दिन अभियान शुरू नहीं हुआ था। सही तारीख लिखें।")
            }
            Fault::FourDigits => self.pick("The secret code has four digits. Type all of them.", "गुप्त कोड में चार अंक होते हैं। चारों लिखें।"),
            Fault::Unknown => self.pick("There is no such field here.", "ऐसा कोई फ़ील्ड नहीं है।"),
            Fault::Type => self.pick(
                "Send this as the description says: a text in quotes, a number without, or true or false.",
                "इसे विवरण के अनुसार भेजें: पाठ उद्धरण में, संख्या बिना उद्धरण, या true/false।",
            ),
            Fault::Both => self.pick("Send this or the token, not both.", "यह भेजें या टोकन, दोनों नहीं।"),
            Fault::NotYet => self.pick("This time is still to come. Type when it was.", "यह समय अभी आया नहीं है। सही समय लिखें।"),
            Fault::Code => self.pick(
                "Type the four digits of the secret code, or choose why it is not there.",
                "गुप्त कोड के चार अंक लिखें, या कारण चुनें कि कोड क्यों नहीं है।",
            ),
        }
    }

    /// What is wrong with a row of a file.
    pub fn import_fault(self, fault: &ImportFault) -> String {
        match fault {
            ImportFault::NotUtf8 => {
                say!(self, "the file is not in UTF-8: save it as \"CSV UTF-8\"", "फ़ाइल UTF-8 में नहीं है: \"CSV UTF-8\" चुनकर सहेजें")
            }
            ImportFault::NotCsv(why) => say!(self, "this is not CSV: {why}", "यह CSV नहीं है: {why}"),
            ImportFault::UnknownFile { missing } if missing.is_empty() => {
                say!(self, "the heading line fits none of the templates", "पहली लाइन किसी नमूने से मेल नहीं खाती")
            }
            ImportFault::UnknownFile { missing } => {
                say!(self, "the heading line lacks these columns: {missing}", "पहली लाइन में ये कॉलम नहीं हैं: {missing}")
            }
            ImportFault::Separator => say!(
                self,
                "the columns must be parted by commas: save the file as CSV with commas",
                "कॉलम कॉमा (,) से अलग होने चाहिए: फ़ाइल को कॉमा वाली CSV में सहेजें"
            ),
            ImportFault::NoRows => say!(self, "the file has no rows below its heading line", "पहली लाइन के नीचे कोई पंक्ति नहीं है"),
            ImportFault::TooManyRows { most } => {
                say!(self, "has more than {most} rows: cut it into several files", "{most} से ज़्यादा पंक्तियाँ हैं: कई फ़ाइलों में बाँटें")
            }
            ImportFault::ColumnCount { found, wanted } => {
                say!(self, "has {found} columns instead of {wanted}", "{wanted} की जगह {found} खाने हैं")
            }
            ImportFault::Missing => say!(self, "is empty", "खाली है"),
            ImportFault::TooLong { most } => say!(self, "is longer than {most} characters", "{most} अक्षरों से लंबा है"),
            ImportFault::Code => say!(
                self,
                "may have capitals, digits and dashes only (user names: small letters)",
                "इसमें केवल बड़े अक्षर, अंक और - हो सकते हैं (यूज़र नाम: छोटे अक्षर)"
            ),
            ImportFault::Number { from, to } => {
                say!(self, "must be a whole number from {from} to {to}", "{from} से {to} तक का पूरा अंक चाहिए")
            }
            ImportFault::Decimal => say!(self, "must be a decimal number such as 21.2514", "दशमलव अंक चाहिए, जैसे 21.2514"),
            ImportFault::Day => say!(self, "is not a date such as 30-03-2021", "तारीख़ नहीं है, जैसे 30-03-2021"),
            ImportFault::Time => {
                say!(self, "is not a time such as 10:00 (or 2021-03-29 12:00)", "समय नहीं है, जैसे 10:00 (या 2021-03-29 12:00)")
            }
            ImportFault::Choice { allowed } => say!(self, "must be one of: {allowed}", "इनमें से एक चाहिए: {allowed}"),
            ImportFault::PinCode => say!(self, "is not a PIN code of six digits", "छह अंकों का पिन कोड नहीं है"),
            ImportFault::Phone => say!(self, "is not a phone number, like 0771-4000001", "फ़ोन नंबर नहीं है, जैसे 0771-4000001"),
            ImportFault::UnknownCode => {
                say!(self, "no such code is on record: take in what it names first", "ऐसा कोड दर्ज नहीं है: जिसका यह कोड है, उसे पहले दर्ज करें")
            }
            ImportFault::OutsideScope => say!(self, "lies outside your district", "आपके ज़िले से बाहर है"),
            ImportFault::Repeated { line } => say!(self, "stands in line {line} already", "पंक्ति {line} में पहले से है"),
            ImportFault::Plan(PlanFault::EndsBeforeStart) => say!(self, "ends before it begins", "शुरू होने से पहले ख़त्म होता है"),
            ImportFault::Plan(PlanFault::AgesReversed) => say!(self, "is below the lowest age", "सबसे कम उम्र से कम है"),
            ImportFault::Plan(PlanFault::SlotsDoNotFit) => {
                say!(self, "the hours cannot be divided into slots of this length", "समय इतने मिनट के स्लॉटों में नहीं बँटता")
            }
            ImportFault::Shares => say!(self, "must look like: RPR-Z2:12 dose_2:5 walk_in:2", "ऐसे लिखें: RPR-Z2:12 dose_2:5 walk_in:2"),
            ImportFault::Plan(PlanFault::KeptForOtherDose { dose }) => say!(
                self,
                "places are kept for dose {dose}, which this session does not give",
                "खुराक {dose} के लिए जगह रखी है, पर इस सत्र में वह खुराक नहीं लगती"
            ),
            ImportFault::Plan(PlanFault::SharesTooLarge { capacity }) => {
                say!(self, "gives out more than the {capacity} places of a slot", "स्लॉट की {capacity} जगहों से ज़्यादा बाँटता है")
            }
            ImportFault::BelowIssued { issued } => {
                say!(self, "{issued} tokens are issued already: it cannot be less", "{issued} टोकन जारी हो चुके हैं: इससे कम नहीं हो सकता")
            }
            ImportFault::SlotHasTokens { issued } => {
                say!(
                    self,
                    "would remove a slot that tokens were issued for ({issued} of them live)",
                    "ऐसा स्लॉट हटेगा जिसके टोकन जारी हो चुके हैं (अभी {issued})"
                )
            }
            ImportFault::TooManySlots => {
                say!(self, "makes more than 99 slots at a centre in a day", "एक दिन में केंद्र पर 99 से ज़्यादा स्लॉट बनते हैं")
            }
            ImportFault::Taken => say!(self, "is taken: choose another, or change what is there", "पहले से है: दूसरा चुनें, या जो है उसे बदलें"),
            ImportFault::NotThere => say!(self, "is not there any more", "अब मौजूद नहीं है"),
            ImportFault::ChangedSince => {
                say!(self, "was changed again since: undo that change first", "इसके बाद फिर बदला गया: पहले वह बदलाव वापस लें")
            }
            ImportFault::StillUsed => say!(
                self,
                "is in use: centres, sessions, phones or users hang on it, so it stays",
                "इस्तेमाल में है: इससे केंद्र, सत्र, फ़ोन या यूज़र जुड़े हैं, इसलिए नहीं हटेगा"
            ),
            ImportFault::Third(bad) => self.bad_third(bad),
            ImportFault::IsUndone => say!(self, "was undone already", "पहले ही वापस लिया जा चुका है"),
            ImportFault::PasswordShort => {
                say!(self, "a new user needs a password of at least 8 characters", "नए यूज़र के लिए कम से कम 8 अक्षरों का पासवर्ड चाहिए")
            }
            ImportFault::PlaceForRole => {
                say!(
                    self,
                    "must be the code of a zone (clerk), centre (operator) or district (officer) of yours",
                    "आपके ज़ोन (क्लर्क), केंद्र (ऑपरेटर) या ज़िले (अधिकारी) का कोड चाहिए"
                )
            }
        }
    }

    /// Wrong name or password.
    pub fn log_in_wrong(self, left: i64) -> String {
        say!(self, "The name or password is wrong. Tries left: {left}.", "नाम या पासवर्ड ग़लत है। कोशिशें बाकी: {left}।")
    }

    /// Too many wrong passwords.
    pub fn log_in_locked(self, minutes: i64) -> String {
        say!(self, "Too many wrong tries. Wait {minutes} minutes.", "बहुत बार ग़लत हुआ। {minutes} मिनट रुकें।")
    }

    /// A vaccine's name.
    pub fn vaccine(self, vaccine: Vaccine) -> &'static str {
        match vaccine {
            Vaccine::Covishield => self.pick("Covishield", "कोविशील्ड"),
            Vaccine::Covaxin => self.pick("Covaxin", "कोवैक्सीन"),
        }
    }

    /// An ID's name.
    pub fn id_type(self, kind: IdType) -> &'static str {
        match kind {
            IdType::Aadhaar => self.pick("Aadhaar", "आधार"),
            IdType::VoterId => self.pick("Voter ID", "मतदाता पहचान-पत्र"),
            IdType::Passport => self.pick("Passport", "पासपोर्ट"),
            IdType::DrivingLicence => self.pick("Driving licence", "ड्राइविंग लाइसेंस"),
            IdType::Pan => self.pick("PAN card", "पैन कार्ड"),
            IdType::NprCard => self.pick("NPR smart card", "एनपीआर कार्ड"),
            IdType::Pension => self.pick("Pension book", "पेंशन दस्तावेज़"),
            IdType::Disability => self.pick("Disability card", "दिव्यांग कार्ड"),
            IdType::Ration => self.pick("Ration card", "राशन कार्ड"),
        }
    }

    /// Why somebody was turned back.
    pub fn turned_back(self, why: TurnedBack) -> &'static str {
        let text = self.text();
        match why {
            TurnedBack::NoToken => text.back_no_token,
            TurnedBack::WrongPerson => text.back_wrong_person,
            TurnedBack::NotOurs => text.back_not_ours,
            TurnedBack::NotGenuine => text.back_not_genuine,
            TurnedBack::CannotCheck => text.back_cannot_check,
            TurnedBack::Cancelled => text.back_cancelled,
            TurnedBack::WrongCentre => text.back_wrong_centre,
            TurnedBack::AlreadyAdmitted => text.back_already_admitted,
            TurnedBack::WrongDay => text.back_wrong_day,
            TurnedBack::SessionStopped => text.back_session_stopped,
            TurnedBack::Rescheduled => text.back_rescheduled,
            TurnedBack::TooEarly => text.back_too_early,
            TurnedBack::TooLate => text.back_too_late,
        }
    }

    /// The reason that a gatekeeper chose, from the word that the phone sent.
    pub fn scan_reason(self, word: &str) -> String {
        let said = match word {
            "lost" => self.pick("lost the slip", "पर्ची खो गई"),
            "never" => self.pick("never had a token", "टोकन लिया ही नहीं"),
            "with" => self.pick("came with somebody", "किसी के साथ आए"),
            "weak" => self.pick("very old or ill", "बहुत बुज़ुर्ग या बीमार"),
            "centre" => self.pick("the centre's mistake", "केंद्र की ग़लती"),
            "supervisor" => self.pick("the supervisor said so", "पर्यवेक्षक ने कहा"),
            other => other,
        };
        said.to_owned()
    }

    /// What goes wrong at a centre.
    pub fn trouble(self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Stopped { people } => {
                say!(self, "Session stopped: {people} people are due now", "सत्र रुका है: अभी {people} लोगों का समय है")
            }
            Trouble::Silent { people, minutes } => say!(
                self,
                "No gate heard for {minutes} min: {people} people are due now",
                "{minutes} मिनट से किसी गेट से संपर्क नहीं: अभी {people} लोगों का समय है"
            ),
            Trouble::Unready { red } => {
                let lacks = self.checks(red);
                say!(self, "Not ready for the day: {lacks}", "दिन के लिए तैयार नहीं: {lacks}")
            }
            Trouble::Records { records } => {
                say!(self, "{records} records must reach the portal within 6 hours", "{records} प्रविष्टियाँ 6 घंटे में पोर्टल पर पहुँचनी हैं")
            }
            Trouble::Forms { forms } => say!(
                self,
                "Case forms of adverse events not sent within 24 hours: {forms}",
                "प्रतिकूल घटना के {forms} केस फ़ॉर्म 24 घंटे में नहीं भेजे गए"
            ),
            Trouble::TurnedBack { people, percent } => {
                say!(self, "{percent}% of those who came were turned back ({people})", "आए हुए लोगों में {percent}% लौटाए गए ({people})")
            }
            Trouble::Wait { minutes } => say!(self, "Somebody inside has waited {minutes} min", "अंदर कोई {minutes} मिनट से इंतज़ार में है"),
            Trouble::Link { minutes } => say!(self, "No gate heard for {minutes} min", "{minutes} मिनट से किसी गेट से संपर्क नहीं"),
        }
    }

    /// What a move of people is called: the session `stops`, or has fewer places.
    pub fn move_title(self, stops: bool) -> &'static str {
        if stops {
            self.pick("New times for a stopped session", "रुके सत्र के लिए नया समय")
        } else {
            self.pick("New times for the last of a session", "सत्र के आख़िर के लोगों के लिए नया समय")
        }
    }

    /// Why a session `stops`, or has fewer places.
    pub fn stop_reason(self, reason: StopReason, stops: bool) -> &'static str {
        match reason {
            StopReason::NoVaccine if !stops => self.pick("Too little vaccine has come", "टीके कम आए"),
            StopReason::NoVaccine => self.pick("The vaccine has not come", "टीका नहीं आया"),
            StopReason::NoPower => self.pick("No power", "बिजली नहीं है"),
            StopReason::Rain => self.pick("Rain or water in the centre", "बारिश या केंद्र में पानी"),
            StopReason::NoStaff => self.pick("Too few staff", "कर्मचारी कम हैं"),
            StopReason::Other => self.pick("Another reason", "दूसरा कारण"),
        }
    }

    /// How many vaccinators suffice.
    pub fn planning_answer(self, count: u32) -> String {
        say!(self, "With {count} vaccinators people wait 15 minutes or less.", "{count} टीका लगाने वाले हों तो इंतज़ार 15 मिनट या कम रहेगा।")
    }

    /// What the picture of arrivals shows, said in a sentence.
    pub fn arrivals_label(self, arrived: i64, places: i64) -> String {
        say!(self, "{arrived} people entered, for {places} places", "{places} जगहों में से {arrived} लोग अंदर आए")
    }

    /// `Second round`
    pub fn round(self, number: i64) -> String {
        let (en, hi) = match number {
            1 => ("First", "पहला"),
            2 => ("Second", "दूसरा"),
            3 => ("Third", "तीसरा"),
            4 => ("Fourth", "चौथा"),
            _ => return say!(self, "Round {number}", "चरण {number}"),
        };
        say!(self, "{en} round", "{hi} चरण")
    }

    /// What a round's table counts: doses up to a day and time.
    pub fn round_title(self, round: i64, by: Moment) -> String {
        let (round, day, time) = (self.round(round), self.day(by.day()), self.time(by));
        say!(self, "{round}: doses given by {day}, {time}", "{round}: {day}, {time} तक लगी खुराकें")
    }

    /// A role's name.
    pub fn role(self, role: Role) -> &'static str {
        let text = self.text();
        match role {
            Role::Clerk => text.role_clerk,
            Role::Operator => text.role_operator,
            Role::DistrictOfficer => text.role_district_officer,
            Role::StateOfficer => text.role_state_officer,
        }
    }

    /// A gender's name.
    pub fn gender(self, gender: Gender) -> &'static str {
        let text = self.text();
        match gender {
            Gender::Female => text.female,
            Gender::Male => text.male,
            Gender::Other => text.other,
        }
    }

    /// What the gate said, in few words.
    pub fn verdict(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::NotOurs => self.pick("not our code", "यह हमारा टोकन नहीं"),
            Verdict::NotGenuine => self.pick("not genuine", "असली टोकन नहीं"),
            Verdict::CannotCheck => self.pick("could not be checked", "जाँच नहीं हो सकी"),
            Verdict::Cancelled => self.pick("cancelled", "टोकन रद्द"),
            Verdict::WrongCentre => self.pick("another centre's", "दूसरे केंद्र का टोकन"),
            Verdict::AlreadyAdmitted => self.pick("already used", "इस्तेमाल हो चुका"),
            Verdict::WrongDay => self.pick("not today", "टोकन आज का नहीं"),
            Verdict::SessionStopped => self.pick("session stopped", "टीकाकरण रोका गया"),
            Verdict::Rescheduled => self.pick("time changed", "समय बदल गया"),
            Verdict::TooEarly => self.pick("too early", "समय से पहले आए"),
            Verdict::TooLate => self.pick("too late", "समय निकल गया"),
            Verdict::OtherGate => self.pick("other gate", "दूसरा गेट"),
            Verdict::Admitted => self.pick("admitted", "अंदर गए"),
        }
    }

    /// How many ticks were keyed in from a list on paper.
    pub fn ticks_keyed(self, count: usize) -> String {
        say!(self, "Recorded from paper: {count}", "काग़ज़ से दर्ज हुए: {count}")
    }

    /// A wrong PIN.
    pub fn pin_wrong(self, left: i64) -> String {
        say!(self, "The PIN is wrong. Tries left: {left}.", "पिन ग़लत है। कोशिशें बाकी: {left}।")
    }

    /// Whose a mobile number is.
    pub fn mobile_of(self, whose: MobileOf) -> &'static str {
        let text = self.text();
        match whose {
            MobileOf::Own => text.whose_own,
            MobileOf::Relative => text.whose_relative,
            MobileOf::Neighbour => text.whose_neighbour,
            MobileOf::HealthWorker => text.whose_health_worker,
            MobileOf::Helper => text.whose_helper,
        }
    }

    /// Help that somebody needs.
    pub fn need(self, need: Need) -> &'static str {
        let text = self.text();
        match need {
            Need::Wheelchair => text.need_wheelchair,
            Need::Sight => text.need_sight,
            Need::Hearing => text.need_hearing,
            Need::Bed => text.need_bed,
            Need::Companion => text.need_companion,
            Need::Pregnant => text.need_pregnant,
        }
    }

    /// What a centre has still to send of its adverse events.
    pub fn case_forms(self, forms: CaseForms) -> String {
        let CaseForms { waiting, overdue, .. } = forms;
        let by = format!("{}, {}", self.short_day(forms.first_due.day()), self.time(forms.first_due));
        if overdue > 0 {
            return say!(
                self,
                "Case forms of adverse events: {overdue} overdue of {waiting}, the first since {by}.",
                "प्रतिकूल घटना के केस फ़ॉर्म: {waiting} में से {overdue} की समय-सीमा बीत गई, पहले की {by} को।"
            );
        }
        say!(
            self,
            "Case forms of adverse events to send: {waiting}, the first by {by}.",
            "प्रतिकूल घटना के केस फ़ॉर्म भेजने हैं: {waiting}, पहला {by} तक।"
        )
    }

    /// What help somebody needs, in one line.
    pub fn needs(self, needs: &Needs) -> String {
        needs.all().iter().map(|need| self.need(*need)).collect::<Vec<_>>().join(", ")
    }

    /// Where somebody stands in the hall, as its counters say it.
    pub fn stands(self, person: &InHall, checking: bool) -> String {
        let text = self.text();
        match (person.state, person.counter) {
            (Some(TurnState::Called), Some(counter)) => {
                let what = if person.stage == Some(Stage::Check) { text.hall_stage_check } else { text.hall_stage_dose };
                format!("{} {counter} · {what}", text.counter)
            }
            (Some(TurnState::Missed), _) => text.hall_missed.to_owned(),
            _ if person.waits_for(Stage::Check, checking) => text.hall_waits_check.to_owned(),
            _ => text.hall_waits_dose.to_owned(),
        }
    }

    /// Where a token stands.
    pub fn token_state(self, state: TokenState) -> &'static str {
        let text = self.text();
        match state {
            TokenState::Issued => text.state_issued,
            TokenState::Admitted => text.state_admitted,
            TokenState::Vaccinated => text.state_vaccinated,
            TokenState::Left => text.state_left,
            TokenState::Cancelled => text.state_cancelled,
        }
    }

    /// That a list does not show everything.
    pub fn first_of(self, shown: usize, all: i64) -> String {
        say!(self, "The first {shown} of {all} are shown.", "{all} में से पहले {shown} दिख रहे हैं।")
    }

    /// Why two facts do not go together.
    pub fn conflict_kind(self, kind: ConflictKind) -> &'static str {
        let text = self.text();
        match kind {
            ConflictKind::Double => text.conflict_double,
            ConflictKind::Cancelled => text.conflict_cancelled,
            ConflictKind::Moved => text.conflict_moved,
            ConflictKind::Undo => text.conflict_undo,
            ConflictKind::LaneGone => text.conflict_lane_gone,
            ConflictKind::NotGenuine => text.conflict_not_genuine,
            ConflictKind::Clock => text.conflict_clock,
        }
    }

    /// `30 minutes late`
    pub fn late_by(self, minutes: i64) -> String {
        say!(self, "{minutes} minutes late", "{minutes} मिनट देर")
    }

    /// What somebody with a token for today must know when their centre is late.
    pub fn centre_is_late(self, minutes: i64, until: Moment) -> String {
        let until = self.time(until);
        say!(
            self,
            "This centre is running about {minutes} minutes late today. You may come that much later: until {until} you are not late.",
            "यह केंद्र आज करीब {minutes} मिनट देर से चल रहा है। आप भी उतनी देर से आ सकते हैं: {until} तक आपको देर नहीं मानी जाएगी।"
        )
    }

    /// The time on the slip is over, and the gate lets in all the same.
    pub fn still_come(self, until: Moment) -> String {
        let until = self.time(until);
        say!(
            self,
            "Your time is over. You may still come until {until} today, and wait behind those whose time it is.",
            "आपका समय बीत गया। आज {until} तक फिर भी आ सकते हैं; जिनका समय है, उनके बाद बारी आएगी।"
        )
    }

    /// How a conflict was settled.
    pub fn settlement(self, how: Settlement) -> &'static str {
        let text = self.text();
        match how {
            Settlement::SamePerson => text.settled_same,
            Settlement::TwoPeople => text.settled_two,
            Settlement::Mistake => text.settled_mistake,
            Settlement::Unknown => text.settled_unknown,
        }
    }

    /// How long somebody still waits to be called.
    pub fn about_minutes(self, minutes: i64) -> String {
        say!(self, "about {minutes} min", "करीब {minutes} मिनट")
    }

    /// Where somebody stands in the hall.
    pub fn hall_place(self, place: Place) -> String {
        match place {
            Place::Called { counter } => {
                say!(self, "Your number is called. Go to counter {counter} now.", "आपका नंबर बुलाया गया है। अभी काउंटर {counter} पर जाएँ।")
            }
            Place::Waiting { before: 0, .. } => {
                say!(self, "You are next. Listen for your call number.", "अगला नंबर आपका है। अपना कॉल नंबर सुनें।")
            }
            Place::Waiting { before: 1, minutes } => say!(
                self,
                "One person is before you: about {minutes} minutes. Listen for your call number.",
                "आपसे पहले एक व्यक्ति है: करीब {minutes} मिनट। अपना कॉल नंबर सुनें।"
            ),
            Place::Waiting { before, minutes } => say!(
                self,
                "{before} people are before you: about {minutes} minutes. Listen for your call number.",
                "आपसे पहले {before} लोग हैं: करीब {minutes} मिनट। अपना कॉल नंबर सुनें।"
            ),
        }
    }
}
