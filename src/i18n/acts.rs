//! What was done, in words: one line for each act of the journal.

use super::Lang;
use crate::actions::note_alive::SERVER;
use crate::actions::offer_places::WAITING_LIST;
use crate::actions::raise_alarms::WATCH;
use crate::board::Board;
use crate::storage::journal::Act;
use crate::storage::token::lane_letter;

impl Lang {
    /// What somebody did.
    pub fn act(self, act: Act) -> &'static str {
        match act {
            Act::IssueToken => self.pick("Issued a token", "टोकन जारी किया"),
            Act::IssueAtDesk => self.pick("Issued a token without a link", "बिना लिंक टोकन जारी किया"),
            Act::HoldDeskRecord => self.pick("A desk's token waits for an officer", "डेस्क का टोकन अधिकारी के पास रुका"),
            Act::AskForDesk => self.pick("Asked to make this PC a desk", "इस पीसी को डेस्क बनाने को कहा"),
            Act::ApproveDesk => self.pick("Approved a desk", "डेस्क को मंज़ूरी दी"),
            Act::CapDesk => self.pick("Set how many places a desk may hold", "डेस्क की जगहों की सीमा तय की"),
            Act::RevokeDesk => self.pick("Ended a desk", "डेस्क बंद किया"),
            Act::LoseDesk => self.pick("Declared a desk lost", "डेस्क को खोया हुआ घोषित किया"),
            Act::SettleDeskTask => self.pick("Settled what a desk brought", "डेस्क का मामला निपटाया"),
            Act::RescheduleToken => self.pick("Moved a token to another time", "टोकन का समय बदला"),
            Act::CancelToken => self.pick("Cancelled a token", "टोकन रद्द किया"),
            Act::ReviveToken => self.pick("Took a cancellation back within the minute", "टोकन रद्द करना एक मिनट में वापस लिया"),
            Act::CallPeople => self.pick("Called somebody in the hall", "हॉल में किसी को बुलाया"),
            Act::LetAhead => self.pick("Let somebody go ahead in the hall", "हॉल में किसी को पहले जाने दिया"),
            Act::LetNotAhead => self.pick("Let somebody wait in the hall as they came", "हॉल में किसी को अपनी बारी से रखा"),
            Act::UndoToken => self.pick("Took a token back within the minute", "टोकन एक मिनट में वापस लिया"),
            Act::WaitForPlace => self.pick("Put somebody on the waiting list", "किसी का नाम प्रतीक्षा सूची में लिखा"),
            Act::RemoveWaiting => self.pick("Took somebody off the waiting list", "प्रतीक्षा सूची से किसी का नाम हटाया"),
            Act::PlaceWaiting => self.pick("Gave a free place to somebody on the waiting list", "खाली हुई जगह प्रतीक्षा सूची में से दी"),
            Act::ReadWaiting => self.pick("Looked at the waiting list", "प्रतीक्षा सूची देखी"),
            Act::GiveOnPlace => self.pick("Gave on the place of somebody who did not come", "जो नहीं आए उनकी जगह आगे दी"),
            Act::CallStandby => self.pick("Called standby people for leftover doses", "बची खुराकों के लिए तैयार लोगों को बुलाया"),
            Act::RaiseAlarm => self.pick("Raised an alarm", "चेतावनी दी"),
            Act::ReadAlarms => self.pick("Looked at the alarms", "चेतावनियाँ देखीं"),
            Act::SettleAlarm => self.pick("Settled an alarm", "चेतावनी का निपटारा किया"),
            Act::ExtendWindow => self.pick("Let an issue window last longer after an outage", "सर्वर बंद रहने पर टोकन का समय बढ़ाया"),
            Act::UndoExtension => self.pick("Took a longer issue window back", "बढ़ाया हुआ टोकन का समय वापस लिया"),
            Act::PrintForms => self.pick("Printed paper forms", "काग़ज़ के फ़ॉर्म छापे"),
            Act::HandOutForms => self.pick("Handed paper forms out", "काग़ज़ के फ़ॉर्म दिए"),
            Act::AssignForms => self.pick("Said who keys paper forms in", "काग़ज़ के फ़ॉर्म दर्ज करने का काम सौंपा"),
            Act::CountForms => self.pick("Counted paper forms", "काग़ज़ के फ़ॉर्म गिने"),
            Act::StrikeForm => self.pick("Struck a paper form off", "काग़ज़ का फ़ॉर्म हटाया"),
            Act::KeyForm => self.pick("Keyed a paper form in", "काग़ज़ का फ़ॉर्म दर्ज किया"),
            Act::WrongCode => self.pick("Typed a wrong secret code", "ग़लत गुप्त कोड डाला"),
            Act::LookUpName => self.pick("Looked for people by name", "नाम से लोग खोजे"),
            Act::ComparePerson => self.pick("Compared people on record", "दर्ज लोगों से मिलान किया"),
            Act::SamePerson => self.pick("Said: the same person", "कहा: वही व्यक्ति है"),
            Act::AnotherPerson => self.pick("Said: somebody else", "कहा: कोई और व्यक्ति है"),
            Act::MendPerson => self.pick("Corrected a person's details", "व्यक्ति का विवरण सुधारा"),
            Act::LookUpPerson => self.pick("Looked at a person's details", "व्यक्ति का विवरण देखा"),
            Act::PrintList => self.pick("Opened a centre's day list", "केंद्र की दिन की सूची देखी"),
            Act::SetPin => self.pick("Set a PIN", "पिन बनाया"),
            Act::WrongPin => self.pick("Typed a wrong PIN", "ग़लत पिन डाला"),
            Act::SwitchPerson => self.pick("Took over the PC with a PIN", "पिन से पीसी सँभाला"),
            Act::LookUpMobile => self.pick("Looked up a mobile number", "मोबाइल नंबर से लोग देखे"),
            Act::LookUpToken => self.pick("Looked at a token", "टोकन देखा"),
            Act::LookUpNumber => self.pick("Looked up the own token", "अपना टोकन देखा"),
            Act::SearchRegister => self.pick("Searched the register", "रजिस्टर में खोजा"),
            Act::PrintSlip => self.pick("Printed a slip", "पर्ची छापी"),
            Act::PrepareGate => self.pick("Made a code for a phone", "फ़ोन जोड़ने का कोड बनाया"),
            Act::EnrolGate => self.pick("Enrolled a phone", "फ़ोन जुड़ा"),
            Act::RenameGate => self.pick("Renamed a gate", "गेट का नाम बदला"),
            Act::MoveGate => self.pick("Sent a phone to another centre", "फ़ोन दूसरे केंद्र भेजा"),
            Act::KeepGate => self.pick("Kept a phone at its centre", "फ़ोन को यहीं रखा"),
            Act::GateMoved => self.pick("A phone came to the centre", "फ़ोन केंद्र पर आया"),
            Act::RevokeGate => self.pick("Revoked a phone", "फ़ोन हटाया"),
            Act::LaneMoved => self.pick("A lane went to another phone", "लाइन दूसरे फ़ोन को गई"),
            Act::HandOverLane => self.pick("Handed over a lane", "लाइन सौंपी"),
            Act::LanesLenient => self.pick("Made lanes lenient", "लाइनें खुली कीं"),
            Act::LanesStrict => self.pick("Made lanes strict", "लाइनें सख़्त कीं"),
            Act::TakeHeldScans => self.pick("Took in scans of a revoked phone", "हटाए गए फ़ोन के स्कैन दर्ज किए"),
            Act::LeaveHeldScans => self.pick("Left out scans of a revoked phone", "हटाए गए फ़ोन के स्कैन छोड़े"),
            Act::SettleConflict => self.pick("Settled a conflict", "मेल न खाने वाली बात निपटाई"),
            Act::RunLate => self.pick("Said that the centre is late", "केंद्र को देर से चलता बताया"),
            Act::OnTime => self.pick("Said that the centre is on time", "केंद्र को समय पर बताया"),
            Act::StopSession => self.pick("Stopped a session", "सत्र रोका"),
            Act::FewerPlaces => self.pick("Made a session smaller", "सत्र की जगहें घटाईं"),
            Act::MovePeople => self.pick("Stopped a session and moved its people", "सत्र रोका और लोगों को नया समय दिया"),
            Act::ReadMoveList => self.pick("Read the list of people who were moved", "नए समय वालों की सूची देखी"),
            Act::ResumeSession => self.pick("Let a session go on", "सत्र फिर शुरू किया"),
            Act::RecordDose => self.pick("Recorded a dose", "खुराक दर्ज की"),
            Act::CorrectDose => self.pick("Corrected a dose's record", "खुराक का रिकॉर्ड सुधारा"),
            Act::WithdrawDose => self.pick("Withdrew a dose's record", "खुराक का रिकॉर्ड वापस लिया"),
            Act::LookUpDose => self.pick("Opened a dose's record", "खुराक का रिकॉर्ड देखा"),
            Act::GiveNoDose => self.pick("Sent somebody home without a dose", "बिना खुराक वापस भेजा"),
            Act::SeeOff => self.pick("Saw people leave the observation room", "निगरानी कक्ष से विदा किया"),
            Act::OpenVial => self.pick("Opened a vial", "शीशी खोली"),
            Act::CloseVial => self.pick("Discarded or returned a vial", "शीशी फेंकी या लौटाई"),
            Act::CheckOpening => self.pick("Checked that the centre is ready", "केंद्र की तैयारी जाँची"),
            Act::SetOpeningHour => self.pick("Set by when centres must be ready", "तैयारी पूरी होने का समय तय किया"),
            Act::CountVials => self.pick("Counted vials", "शीशियाँ गिनीं"),
            Act::CloseDay => self.pick("Closed the centre's day", "केंद्र का दिन बंद किया"),
            Act::ReopenDay => self.pick("Opened a closed day again", "बंद दिन फिर खोला"),
            Act::NoteEvent => self.pick("Noted an adverse event", "प्रतिकूल घटना दर्ज की"),
            Act::ReportEvent => self.pick("Sent the form of an adverse event", "प्रतिकूल घटना का फ़ॉर्म भेजा"),
            Act::PermitLate => self.pick("Noted a permission to enter doses late", "देर से दर्ज करने की अनुमति लिखी"),
            Act::PrintRoll => self.pick("Printed the roll of overdue doses", "देर वाली खुराकों की सूची छापी"),
            Act::ImportDistricts => self.pick("Took in districts", "ज़िले दर्ज किए"),
            Act::ImportZones => self.pick("Took in zones", "ज़ोन दर्ज किए"),
            Act::ImportCentres => self.pick("Took in centres", "केंद्र दर्ज किए"),
            Act::ImportSessions => self.pick("Took in sessions", "सत्र दर्ज किए"),
            Act::ImportHolidays => self.pick("Set a holiday or took one away", "छुट्टी तय की या हटाई"),
            Act::ImportUsers => self.pick("Took in users", "यूज़र दर्ज किए"),
            Act::SetThirdLanguage => self.pick("Set the third language", "तीसरी भाषा तय की"),
            Act::RemoveThirdLanguage => self.pick("Took the third language away", "तीसरी भाषा हटाई"),
            Act::SaveThirdTexts => self.pick("Saved texts of the third language", "तीसरी भाषा के पाठ सहेजे"),
            Act::SetThirdText => self.pick("Changed a text of the third language", "तीसरी भाषा का पाठ बदला"),
            Act::PutThirdClips => self.pick("Changed the hall's recordings", "हॉल की रिकॉर्डिंग बदली"),
            Act::EditMessageText => self.pick("Changed a message's text", "संदेश का पाठ बदला"),
            Act::EditMessagePolicy => self.pick("Changed the settings of messages", "संदेशों की सेटिंग बदली"),
            Act::ReadMessages => self.pick("Read the list of undelivered messages", "न पहुँचे संदेशों की सूची देखी"),
            Act::ResendMessage => self.pick("Sent a message again", "संदेश फिर भेजा"),
            Act::TellPerson => self.pick("Told a person by phone", "व्यक्ति को फ़ोन पर बताया"),
            Act::Object => self.pick("Reported something wrong", "ग़लती बताई"),
            Act::AnswerObjection => self.pick("Answered a report", "बताई गई ग़लती का जवाब दिया"),
            Act::MendRecord => self.pick("Mended what the portal had refused", "पोर्टल की लौटाई खुराक ठीक की"),
            Act::SendAgain => self.pick("Sent again what the portal had refused", "पोर्टल की लौटाई खुराक फिर भेजी"),
            Act::TakeCharge => self.pick("Took on something to settle", "निपटाने का मामला अपने ज़िम्मे लिया"),
            Act::TakeOver => self.pick("Took over something to settle", "निपटाने का मामला दूसरे से अपने ज़िम्मे लिया"),
            Act::GiveBack => self.pick("Gave back something to settle", "निपटाने का मामला वापस किया"),
            Act::Enquire => self.pick("Answered at the enquiry desk", "पूछताछ पर जवाब दिया"),
            Act::ExportDoses => self.pick("Wrote a file of doses for the headquarters", "मुख्यालय के लिए खुराकों की फ़ाइल बनाई"),
            Act::ImportDoses => self.pick("Took in another office's file of doses", "दूसरे कार्यालय की खुराकों की फ़ाइल दर्ज की"),
            Act::ImportAck => self.pick("Took in the headquarters' acknowledgement", "मुख्यालय की पावती दर्ज की"),
            Act::TrustKey => self.pick("Trusted another office's key", "दूसरे कार्यालय की कुंजी पर भरोसा किया"),
            Act::DistrustKey => self.pick("Ended the trust in another office's key", "दूसरे कार्यालय की कुंजी पर भरोसा ख़त्म किया"),
            Act::NamePortalCentre => self.pick("Took in a centre's number on the portal", "पोर्टल पर केंद्र का नंबर दर्ज किया"),
            Act::ReadList => self.pick("Opened a list of people", "लोगों की सूची खोली"),
            Act::RecordBatch => self.pick("Recorded several doses, by a program", "प्रोग्राम से कई खुराकें दर्ज कीं"),
            Act::ImportCamp => self.pick("Took in a camp's list of doses", "शिविर की खुराकों की सूची दर्ज की"),
            Act::AskToCompare => self.pick("Asked for a comparison with the portal", "पोर्टल से मिलान माँगा"),
            Act::AskPortalOffice => self.pick("Asked the portal's office", "पोर्टल कार्यालय से कहा"),
            Act::Reconcile => self.pick("Compared with the portal", "पोर्टल से मिलान किया"),
            Act::LogIn => self.pick("Logged in", "लॉग इन किया"),
            Act::LogInFailed => self.pick("Typed a wrong password", "ग़लत पासवर्ड डाला"),
            Act::ChangePassword => self.pick("Changed the own password", "अपना पासवर्ड बदला"),
            Act::AddUser => self.pick("Added a user", "यूज़र जोड़ा"),
            Act::AddApiKey => self.pick("Made an API key", "API कुंजी बनाई"),
            Act::RevokeApiKey => self.pick("Revoked an API key", "API कुंजी बंद की"),
            Act::ResetPassword => self.pick("Gave a new password", "नया पासवर्ड दिया"),
            Act::CloseUser => self.pick("Closed a user's account", "यूज़र का खाता बंद किया"),
            Act::ReopenUser => self.pick("Opened an account again", "खाता फिर खोला"),
            Act::EndLogIn => self.pick("Ended somebody's log-in", "किसी का लॉग इन बंद किया"),
            Act::ReadJournal => self.pick("Read the audit log", "कामों का लेखा देखा"),
            Act::DownloadJournal => self.pick("Downloaded the audit log", "कामों का लेखा डाउनलोड किया"),
        }
    }

    /// Who did it: `user:asha` is asha.
    pub fn actor(self, name: &str) -> String {
        let t = self.text();
        match name.split_once(':') {
            Some(("user", user)) => user.to_owned(),
            Some(("key", key)) => format!("{} {key}", t.api_key),
            Some(("gate", gate)) => format!("{} {gate}", t.gate),
            _ if name == "citizen" => t.citizen.to_owned(),
            _ if name == WAITING_LIST => t.waiting_list.to_owned(),
            _ if name == WATCH || name == SERVER => t.the_server.to_owned(),
            _ if name == "cli" => t.command_line.to_owned(),
            _ if name == "portal" => t.portal.to_owned(),
            _ if name == "practice" => t.practice.to_owned(),
            _ => name.to_owned(),
        }
    }

    /// A list of people that was opened: its name, and of which centre or day it is.
    fn list(self, board: &Board, list: &str) -> String {
        let t = self.text();
        let (name, of) = list.split_once(' ').unwrap_or((list, ""));
        let name = match name {
            "register" => t.register,
            "turned_back" => t.turned_back_today,
            "centre" => t.dose_inside,
            "hall" => t.hall,
            "differences" => t.differences,
            "portal" => t.portal,
            "given" => t.given_title,
            other => other,
        };
        let centre = board.centre_by_code(of).map(|centre| centre.name(self).to_owned());
        match centre.or_else(|| of.parse().ok().map(|day| self.day(day))) {
            Some(of) => format!("{name}, {of}"),
            None => name.to_owned(),
        }
    }

    /// What it was about, with names instead of numbers where they are known.
    pub fn subject(self, board: &Board, subject: &str) -> String {
        let t = self.text();
        let centre = |id: &str| id.parse().ok().and_then(|id| board.centre(id)).map(|centre| centre.name(self));
        match subject.split_once(':') {
            Some(("user", user)) => format!("{} {user}", t.user_word),
            Some(("key", key)) => format!("{} {key}", t.api_key),
            Some(("gate", gate)) => format!("{} {gate}", t.gate),
            Some(("desk", desk)) => format!("{} {desk}", self.pick("desk", "डेस्क")),
            Some(("import", number)) => format!("{} {number}", self.pick("file", "फ़ाइल")),
            Some(("alarm" | "deadline", number)) => format!("{} {number}", self.pick("alarm", "चेतावनी")),
            Some(("pack", _)) => t.paper_bundle.to_owned(),
            Some(("list", list)) => self.list(board, list),
            Some(("centre", id)) => centre(id).unwrap_or(id).to_owned(),
            Some(("doses", count)) => format!("{}: {count}", t.doses),
            Some(("dose", _)) => t.dose_record_title.to_owned(),
            Some(("vial", batch)) => format!("{} {batch}", t.batch),
            Some(("discarded", _)) => self.pick("discarded", "फेंकी").to_owned(),
            Some(("returned", _)) => self.pick("put back", "लौटाई").to_owned(),
            Some(("case", number)) => format!("{} {number}", t.event_case),
            Some(("letter", number)) => format!("{} {number}", t.roll_letter),
            // The end of the number is for the reader; before it stands what tells it from others.
            Some(("mobile", noted)) => noted.find('…').map_or(noted, |end| &noted[end..]).to_owned(),
            Some(("person", _)) => self.pick("one person", "एक व्यक्ति").to_owned(),
            Some(("session", id)) => {
                let session = id.parse().ok().and_then(|id| board.session(id));
                let named = session.and_then(|session| Some((board.centre(session.centre_id)?, session.day)));
                named
                    .map_or_else(|| format!("{} {id}", t.session_word), |(centre, day)| format!("{}, {}", centre.name(self), self.day(day)))
            }
            Some(("day", rest)) => {
                let (at, day) = rest.split_once(':').unwrap_or((rest, ""));
                let day = day.parse().map_or_else(|_| day.to_owned(), |day| self.day(day));
                format!("{}, {day}", centre(at).unwrap_or(at))
            }
            Some(("lane", rest)) => {
                let (at, lane) = rest.split_once(':').unwrap_or((rest, ""));
                let letter = lane.split(' ').next().and_then(|lane| lane.parse().ok()).map_or('?', lane_letter);
                format!("{}, {} {letter}", centre(at).unwrap_or(at), t.lane_word)
            }
            _ => {
                // What was asked of the log ends with its days.
                let (asked, days) =
                    subject.rsplit_once(" · ").map_or(("", subject), |(_, days)| (&subject[..subject.len() - days.len()], days));
                match days.split_once(" – ").and_then(|(from, to)| from.parse().ok().zip(to.parse().ok())) {
                    Some((from, to)) => format!("{asked}{} – {}", self.form_day(from), self.form_day(to)),
                    None => subject.to_owned(),
                }
            }
        }
    }
}
