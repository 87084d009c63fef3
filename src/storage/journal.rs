//! Who did what. A command's row also holds its answer, so that every retry is harmless.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::PushIn;
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::Mobile;
use crate::ids::{BeneficiaryId, DistrictId, DoseId};
use crate::words::words;

/// How many rows one statement takes: SQLite binds at most 32,766 values, and a row has eight.
const ENTRIES_AT_ONCE: usize = 1_000;

words! {
    /// What somebody did, as the journal keeps it.
    Act {
        /// Gave somebody a place.
        IssueToken = "issue_token",
        /// Made a token without a link, out of a lent place.
        IssueAtDesk = "issue_at_desk",
        /// A desk brought something that waits for an officer.
        HoldDeskRecord = "hold_desk_record",
        /// Asked that this browser be a desk.
        AskForDesk = "ask_for_desk",
        /// Let a browser be a desk.
        ApproveDesk = "approve_desk",
        /// Set how many places a desk may hold.
        CapDesk = "cap_desk",
        /// Ended a desk: it signs nothing new.
        RevokeDesk = "revoke_desk",
        /// Declared a desk lost: its places are free.
        LoseDesk = "lose_desk",
        /// Settled what a desk brought.
        SettleDeskTask = "settle_desk_task",
        /// Moved a token to another slot.
        RescheduleToken = "reschedule_token",
        /// Cancelled a token.
        CancelToken = "cancel_token",
        /// Took back what was just issued.
        UndoToken = "undo_token",
        /// Took a cancellation back.
        ReviveToken = "revive_token",
        /// A counter called somebody in the hall, or said what became of it.
        CallPeople = "call_people",
        /// Let somebody go ahead in the hall.
        LetAhead = "let_ahead",
        /// Let somebody wait in the hall as they came.
        LetNotAhead = "let_not_ahead",
        /// Typed a wrong secret code.
        WrongCode = "wrong_code",
        /// Put somebody on the waiting list.
        WaitForPlace = "wait_for_place",
        /// Took somebody off it.
        RemoveWaiting = "remove_waiting",
        /// Gave somebody on it a place that had become free.
        PlaceWaiting = "place_waiting",
        /// Printed the waiting list.
        ReadWaiting = "read_waiting",
        /// Gave the place of somebody who did not come on to a later slot.
        GiveOnPlace = "give_on_place",
        /// Called standby people for what is left at the end of a session.
        CallStandby = "call_standby",
        /// Raised an alarm about issuing.
        RaiseAlarm = "raise_alarm",
        /// Looked at the alarms.
        ReadAlarms = "read_alarms",
        /// Settled one.
        SettleAlarm = "settle_alarm",
        /// Let an issue window last longer after an outage.
        ExtendWindow = "extend_window",
        /// Took that back.
        UndoExtension = "undo_extension",
        /// Printed forms ahead.
        PrintForms = "print_forms",
        /// Handed a bundle of forms out.
        HandOutForms = "hand_out_forms",
        /// Said who keys a bundle of forms in.
        AssignForms = "assign_forms",
        /// Counted a bundle of forms.
        CountForms = "count_forms",
        /// Struck a form off.
        StrikeForm = "strike_form",
        /// Keyed a form in.
        KeyForm = "key_form",
        /// Looked for people under a mobile number.
        LookUpMobile = "look_up_mobile",
        /// Looked for people by name.
        LookUpName = "look_up_name",
        /// Was shown people who are likely the one that was typed.
        ComparePerson = "compare_person",
        /// Said that it is the same person.
        SamePerson = "same_person",
        /// Said that it is somebody else.
        AnotherPerson = "another_person",
        /// Mended what was typed wrong of somebody.
        MendPerson = "mend_person",
        /// Opened the list of a centre's day.
        PrintList = "print_list",
        /// Opened what is on record of a person.
        LookUpPerson = "look_up_person",
        /// Opened a token.
        LookUpToken = "look_up_token",
        /// Asked for a token by number and birth year, without a log-in.
        LookUpNumber = "look_up_number",
        /// Opened a list of people: noted once a day.
        ReadList = "read_list",
        /// Searched the register for a person.
        SearchRegister = "search_register",
        /// Printed a slip.
        PrintSlip = "print_slip",
        /// Made a one-time code for a phone.
        PrepareGate = "prepare_gate",
        /// Enrolled a phone.
        EnrolGate = "enrol_gate",
        /// Gave a gate another name.
        RenameGate = "rename_gate",
        /// Asked a phone to go to another centre.
        MoveGate = "move_gate",
        /// Let it stay.
        KeepGate = "keep_gate",
        /// A phone came to another centre.
        GateMoved = "gate_moved",
        /// Revoked a phone.
        RevokeGate = "revoke_gate",
        /// A lane went to another phone.
        LaneMoved = "lane_moved",
        /// Handed a lane to another phone.
        HandOverLane = "hand_over_lane",
        /// Let gates admit each other's lanes.
        LanesLenient = "lanes_lenient",
        /// Kept each gate to its lanes.
        LanesStrict = "lanes_strict",
        /// Took in what a revoked phone handed over.
        TakeHeldScans = "take_held_scans",
        /// Left it out.
        LeaveHeldScans = "leave_held_scans",
        /// Said what was behind two facts that do not go together.
        SettleConflict = "settle_conflict",
        /// Said that a centre is running late.
        RunLate = "run_late",
        /// Said that it is on time again.
        OnTime = "on_time",
        /// Stopped a session.
        StopSession = "stop_session",
        /// Stopped a session and moved its people.
        MovePeople = "move_people",
        /// A session got fewer places, and the last of its people were moved.
        FewerPlaces = "fewer_places",
        /// Read the list of people who were moved.
        ReadMoveList = "read_move_list",
        /// Let it go on.
        ResumeSession = "resume_session",
        /// Recorded a dose.
        RecordDose = "record_dose",
        /// Corrected what a dose's record says.
        CorrectDose = "correct_dose",
        /// Withdrew a dose's record.
        WithdrawDose = "withdraw_dose",
        /// Opened a dose's record.
        LookUpDose = "look_up_dose",
        /// Sent somebody home without a dose.
        GiveNoDose = "give_no_dose",
        /// Saw somebody leave the observation room.
        SeeOff = "see_off",
        /// Opened a vial.
        OpenVial = "open_vial",
        /// Discarded or returned a vial.
        CloseVial = "close_vial",
        /// Said how ready a centre is for its day.
        CheckOpening = "check_opening",
        /// Set by when centres must be ready.
        SetOpeningHour = "set_opening_hour",
        /// Counted vials that came in, went back or were lost unopened.
        CountVials = "count_vials",
        /// Closed a centre's day.
        CloseDay = "close_day",
        /// Opened a closed day again.
        ReopenDay = "reopen_day",
        /// Noted an adverse event.
        NoteEvent = "note_event",
        /// Sent the case form of an adverse event.
        ReportEvent = "report_event",
        /// Noted a permission to enter doses late.
        PermitLate = "permit_late",
        /// Printed the roll of overdue doses.
        PrintRoll = "print_roll",
        /// Took in a file of districts.
        ImportDistricts = "import_districts",
        /// Took in a file of zones.
        ImportZones = "import_zones",
        /// Took in a file of centres.
        ImportCentres = "import_centres",
        /// Took in a file of sessions.
        ImportSessions = "import_sessions",
        /// Took in a file of users.
        ImportUsers = "import_users",
        /// Set a holiday, or took one away.
        ImportHolidays = "import_holidays",
        /// Said which third language a district has.
        SetThirdLanguage = "set_third_language",
        /// Took it away.
        RemoveThirdLanguage = "remove_third_language",
        /// Sent the form of its texts.
        SaveThirdTexts = "save_third_texts",
        /// Changed one of them.
        SetThirdText = "set_third_text",
        /// Changed the recorded words of its halls.
        PutThirdClips = "put_third_clips",
        /// Changed the text of a message.
        EditMessageText = "edit_message_text",
        /// Changed quiet hours or what the operators want.
        EditMessagePolicy = "edit_message_policy",
        /// Read the list of people whom no message reached.
        ReadMessages = "read_messages",
        /// Sent a message again.
        ResendMessage = "resend_message",
        /// Told somebody whom no message reached.
        TellPerson = "tell_person",
        /// Said that something on the own page is wrong.
        Object = "object",
        /// Answered that.
        AnswerObjection = "answer_objection",
        /// Mended what the portal had refused.
        MendRecord = "mend_record",
        /// Took something on that has to be settled.
        TakeCharge = "take_charge",
        /// Took it over from somebody.
        TakeOver = "take_over",
        /// Gave it back.
        GiveBack = "give_back",
        /// Sent again what the portal had refused.
        SendAgain = "send_again",
        /// Answered somebody at the enquiry desk.
        Enquire = "enquire",
        /// Wrote a file of doses for the headquarters.
        ExportDoses = "export_doses",
        /// Took in another installation's file of doses.
        ImportDoses = "import_doses",
        /// Took in the headquarters' acknowledgement.
        ImportAck = "import_ack",
        /// Trusted another installation's key.
        TrustKey = "trust_key",
        /// Trusted another installation's key no more.
        DistrustKey = "distrust_key",
        /// Took in what the portal calls a centre.
        NamePortalCentre = "name_portal_centre",
        /// Recorded several doses at once, by a program.
        RecordBatch = "record_batch",
        /// Took in a camp's list of doses.
        ImportCamp = "import_camp",
        /// Compared with what the portal holds.
        Reconcile = "reconcile",
        /// Asked for a comparison with the portal now.
        AskToCompare = "ask_to_compare",
        /// Asked the portal's office to put something right.
        AskPortalOffice = "ask_portal_office",
        /// Logged in.
        LogIn = "log_in",
        /// Typed a wrong password.
        LogInFailed = "log_in_failed",
        /// Set a PIN.
        SetPin = "set_pin",
        /// Typed a wrong PIN.
        WrongPin = "wrong_pin",
        /// Took a machine over with a PIN.
        SwitchPerson = "switch_person",
        /// Changed the own password.
        ChangePassword = "change_password",
        /// Added somebody who logs in.
        AddUser = "add_user",
        /// Made an API key.
        AddApiKey = "add_api_key",
        /// Revoked an API key.
        RevokeApiKey = "revoke_api_key",
        /// Gave somebody a new password.
        ResetPassword = "reset_password",
        /// Closed an account.
        CloseUser = "close_user",
        /// Opened it again.
        ReopenUser = "reopen_user",
        /// Ended somebody's log-in.
        EndLogIn = "end_log_in",
        /// Read the audit log.
        ReadJournal = "read_journal",
        /// Downloaded it.
        DownloadJournal = "download_journal",
    }
}

/// One act.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Entry {
    pub id: Uuid,
    pub at: Moment,
    pub actor: String,
    /// An `Act`; one of a later version may be unknown here.
    pub act: String,
    pub subject: Option<String>,
    pub district_id: Option<DistrictId>,
    pub body_hash: Option<Vec<u8>>,
    pub answer: Option<String>,
}

/// Which entries of the journal are wanted: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Only this district's.
    pub district: Option<DistrictId>,
    /// Only by these.
    pub actors: Vec<String>,
    /// Only about these.
    pub subjects: Vec<String>,
    /// Only this act.
    pub act: Option<Act>,
    /// From here…
    pub from: Moment,
    /// …until before here.
    pub until: Moment,
    /// Only older than this one, the last of the page before.
    pub before: Option<(Moment, Uuid)>,
    /// At most so many.
    pub most: i64,
}

/// What an index leads to.
macro_rules! walk_through {
    ($sql:ident, $reading:ident) => {
        $sql.push("from journal where at >= ").push_bind($reading.from).push(" and at < ").push_bind($reading.until);
        if !$reading.actors.is_empty() {
            $sql.push(" and actor").push_in(&$reading.actors);
        }
        if !$reading.subjects.is_empty() {
            $sql.push(" and subject").push_in(&$reading.subjects);
        }
        if let Some((at, id)) = $reading.before {
            $sql.push(" and at <= ").push_bind(at).push(" and (at < ").push_bind(at).push(" or id < ").push_bind(id).push(")");
        }
    };
}

/// How many entries one reading goes through at most. Whatever is asked for, it takes no longer with a million rows.
pub const WALK: i64 = 20_000;

/// An act as the audit log shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Noted {
    pub id: Uuid,
    pub at: Moment,
    pub actor: String,
    pub act: String,
    pub subject: Option<String>,
    /// It was asked for, and a rule said no.
    pub refused: bool,
}

impl Tx {
    /// Everybody who has, or had before it was mended, a mobile number.
    pub async fn people_of_mobile(&mut self, mobile: &Mobile) -> sqlx::Result<Vec<BeneficiaryId>> {
        let sql =
            "select id from beneficiary where mobile = $1 union select beneficiary_id from former_detail where mobile = $1 limit 1000";
        on!(self, conn => sqlx::query_scalar(sql).bind(mobile).fetch_all(conn).await)
    }

    /// All that these people are noted as: themselves, their tokens, their doses.
    pub async fn noted_as(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<String>> {
        let tokens: Vec<TokenNumber> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select number from token where cancelled_at is null and beneficiary_id");
            sql.push_in(people).push(" union all select number from token where cancelled_at is not null and beneficiary_id").push_in(people);
            sql.push(" limit 1000");
            sql.build_query_scalar().fetch_all(conn).await?
        });
        let doses: Vec<DoseId> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from dose where beneficiary_id");
            sql.push_in(people).push(" limit 1000");
            sql.build_query_scalar().fetch_all(conn).await?
        });
        let people = people.iter().map(|person| format!("person:{person}"));
        let doses = doses.into_iter().map(|dose| format!("dose:{dose}"));
        Ok(people.chain(tokens.into_iter().map(TokenNumber::plain)).chain(doses).collect())
    }

    /// Whether somebody cancelled a token since a moment.
    pub async fn has_cancelled(&mut self, number: TokenNumber, actor: &str, since: Moment) -> sqlx::Result<bool> {
        let sql = "select exists (select 1 from journal where subject = $1 and at >= $2 and act = 'cancel_token' and actor = $3)";
        on!(self, conn => sqlx::query_scalar(sql).bind(number.plain()).bind(since).bind(actor).fetch_one(conn).await)
    }

    /// A page of the journal. Only the last `WALK` entries that an index leads to are looked through; where the walk
    /// ended before the page was full or the entries were at their end, it says where to go on.
    pub async fn read_journal(&mut self, reading: &Reading) -> sqlx::Result<(Vec<Noted>, Option<(Moment, Uuid)>)> {
        let rows: Vec<Noted> = on!(self, conn, Sql => {
            let mut sql = Sql::new(
                "select id, at, actor, act, subject, refused from (select id, at, actor, act, subject, district_id, \
                 coalesce(answer like '{\"refused\"%', false) as refused ",
            );
            walk_through!(sql, reading);
            sql.push(" order by at desc, id desc limit ").push_bind(WALK).push(") as walked where true");
            if let Some(act) = reading.act {
                sql.push(" and act = ").push_bind(act.word());
            }
            if let Some(district) = reading.district {
                sql.push(" and district_id = ").push_bind(district);
            }
            sql.push(" order by at desc, id desc limit ").push_bind(reading.most);
            sql.build_query_as().fetch_all(conn).await?
        });
        if rows.len() as i64 == reading.most {
            return Ok((rows.clone(), rows.last().map(|row| (row.at, row.id))));
        }
        let end: Option<(Moment, Uuid)> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select at, id ");
            walk_through!(sql, reading);
            sql.push(" order by at desc, id desc limit 1 offset ").push_bind(WALK - 1);
            sql.build_query_as().fetch_optional(conn).await?
        });
        Ok((rows, end))
    }

    /// The entries with these ids.
    pub async fn entries(&mut self, ids: &[Uuid]) -> sqlx::Result<Vec<Entry>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, at, actor, act, subject, district_id, body_hash, answer from journal where id");
            sql.push_in(ids);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds entries. False: one of the ids came in meanwhile, and nothing here may be committed.
    pub async fn add_entries(&mut self, entries: &[Entry]) -> sqlx::Result<bool> {
        for some in entries.chunks(ENTRIES_AT_ONCE) {
            let mut writes = self.writes();
            writes.add_entries(some);
            if !self.write_together(writes).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Writes {
    /// Adds entries, whose ids must all be new.
    pub fn add_entries(&mut self, entries: &[Entry]) {
        push_rows!(
            self,
            "insert into journal (id, at, actor, act, subject, district_id, body_hash, answer) ",
            entries,
            |entry| [
                entry.id,
                entry.at,
                &entry.actor,
                &entry.act,
                entry.subject.as_deref(),
                entry.district_id,
                entry.body_hash.as_deref(),
                entry.answer.as_deref(),
            ],
            " on conflict (id) do nothing"
        );
        self.must_write(entries.len());
    }
}
