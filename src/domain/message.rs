//! What people are told by SMS, step by step. The texts are data; what they may be about is fixed here.

use crate::words::words;

words! {
    /// The steps of which a person hears.
    Template {
        /// A token was issued.
        TokenIssued = "token_issued",
        /// The token now holds for another time or place.
        TokenMoved = "token_moved",
        /// The token was cancelled.
        TokenCancelled = "token_cancelled",
        /// The evening before.
        Reminder = "reminder",
        /// The dose was recorded here; the portal does not have it yet.
        DoseRecorded = "dose_recorded",
        /// The portal has it.
        DoseUploaded = "dose_uploaded",
        /// The next dose is due.
        NextDoseDue = "next_dose_due",
    }
}
