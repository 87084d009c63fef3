//! What somebody is told who asks where their dose stands: one cause, and when to expect it.

use super::moment::{Day, Moment};
use crate::words::words;

words! {
    /// Where a dose stands, from the person to the message.
    Cause {
        /// Nothing is known of a visit or a dose.
        NoVisit = "no_visit",
        /// They were let in today, and no dose is recorded yet.
        Inside = "inside",
        /// They were there, and the record is still on paper.
        NotKeyed = "not_keyed",
        /// Recorded here, where no link goes: the file is carried to the headquarters.
        AtBlock = "at_block",
        /// In line for the portal.
        InLine = "in_line",
        /// In line while the portal is slow.
        PortalSlow = "portal_slow",
        /// In line until the portal works again.
        PortalDown = "portal_down",
        /// The portal wants something mended.
        Refused = "refused",
        /// The deadline passed: a permission is needed.
        TooLate = "too_late",
        /// On the portal; the message did not arrive.
        NotDelivered = "not_delivered",
        /// On the portal.
        OnPortal = "on_portal",
        /// The record was withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// What is known of a dose.
#[derive(Debug, Clone)]
pub struct Known {
    /// The upload's state.
    pub upload: String,
    /// The portal's deadline.
    pub due_at: Moment,
    /// Whether the message that it is on the portal failed or expired.
    pub message_failed: bool,
}

/// What is known of the portal.
#[derive(Debug, Clone, Copy, Default)]
pub struct PortalNow {
    /// It has ever been called from here.
    pub called: bool,
    /// It does not answer.
    pub down: bool,
    /// It answers slowly.
    pub slow: bool,
    /// When the last one in line will have been sent.
    pub done_at: Option<Moment>,
}

/// The cause, and by which day something will have changed. `visited` is the day of a visit without a record.
pub fn cause(known: Option<&Known>, visited: Option<Day>, portal: PortalNow, now: Moment) -> (Cause, Option<Day>) {
    let tomorrow = now.day().plus(1);
    let Some(known) = known else {
        return match visited {
            Some(day) if day == now.day() => (Cause::Inside, Some(tomorrow)),
            // Papers are keyed in by the end of the next day, or they are late already.
            Some(day) => (Cause::NotKeyed, Some(day.plus(1).max(tomorrow))),
            None => (Cause::NoVisit, None),
        };
    };
    match known.upload.as_str() {
        "uploaded" if known.message_failed => (Cause::NotDelivered, None),
        "uploaded" => (Cause::OnPortal, None),
        "refused" => (Cause::Refused, Some(tomorrow)),
        "closed" => (Cause::TooLate, None),
        "withdrawn" => (Cause::Withdrawn, None),
        "handed_over" => (Cause::AtBlock, Some(tomorrow)),
        _ if !portal.called => (Cause::AtBlock, Some(known.due_at.day().max(tomorrow))),
        _ if portal.down => (Cause::PortalDown, Some(known.due_at.day().max(tomorrow))),
        _ => {
            let day = portal.done_at.map_or(known.due_at, |done| done.max(now)).day();
            (if portal.slow { Cause::PortalSlow } else { Cause::InLine }, Some(day))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_is_told_and_a_day() {
        let now = "2021-06-18".parse::<Day>().unwrap().at_minute(11 * 60);
        let day = |text: &str| text.parse::<Day>().ok();
        let known = |upload: &str, message_failed| Known { upload: upload.into(), due_at: now + 20 * 3600, message_failed };
        let up = PortalNow { called: true, done_at: Some(now + 1800), ..PortalNow::default() };
        let tell = |known: Known, portal| cause(Some(&known), None, portal, now);
        assert_eq!(cause(None, None, up, now), (Cause::NoVisit, None));
        assert_eq!(cause(None, day("2021-06-18"), up, now), (Cause::Inside, day("2021-06-19")));
        assert_eq!(cause(None, day("2021-06-16"), up, now), (Cause::NotKeyed, day("2021-06-19")));
        assert_eq!(tell(known("waiting", false), PortalNow::default()), (Cause::AtBlock, day("2021-06-19")));
        assert_eq!(tell(known("waiting", false), up), (Cause::InLine, day("2021-06-18")));
        assert_eq!(tell(known("waiting", false), PortalNow { slow: true, ..up }), (Cause::PortalSlow, day("2021-06-18")));
        assert_eq!(tell(known("waiting", false), PortalNow { down: true, ..up }), (Cause::PortalDown, day("2021-06-19")));
        assert_eq!(tell(known("refused", false), up), (Cause::Refused, day("2021-06-19")));
        assert_eq!(tell(known("uploaded", false), up), (Cause::OnPortal, None));
        assert_eq!(tell(known("uploaded", true), up), (Cause::NotDelivered, None));
    }
}
