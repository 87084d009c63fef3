//! What is answered about a token, to API callers and to retries.

use utoipa::ToSchema;

use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Moment;
use crate::storage::token::Token;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, ToSchema)]
pub struct TokenAnswer {
    /// Ten digits; the last is a Damm check digit.
    #[schema(example = "4821093753")]
    pub number: String,
    /// What is called in the hall: the slot's number among the centre's slots of the day, and the serial.
    #[schema(example = "03-042")]
    pub call_number: String,
    /// 1 when issued, one higher with each reschedule.
    pub revision: i64,
    /// What it stands at.
    pub state: TokenState,
    /// Which dose the token is for.
    pub dose: i64,
    /// Which vaccine is given there.
    pub vaccine: Vaccine,
    /// The centre's code.
    pub centre: String,
    /// The slot's id.
    pub slot: i64,
    /// When the slot begins, in Indian time.
    #[schema(format = DateTime, example = "2021-03-30T11:00:00+05:30")]
    pub starts_at: String,
    /// When the slot ends, in Indian time.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// The four digits that the person needs to reschedule or cancel.
    pub secret_code: String,
    /// The address of the person's own page.
    pub link: String,
    /// The text of the QR code.
    pub qr: String,
}

impl TokenAnswer {
    /// About a stored token.
    pub fn new(core: &Core, token: &Token) -> Self {
        Self {
            number: token.number.plain(),
            call_number: token.call_number().to_string(),
            revision: token.revision,
            state: token.state,
            dose: token.dose,
            vaccine: token.vaccine,
            centre: token.centre_code.clone(),
            slot: token.slot_id.0,
            starts_at: iso(token.starts),
            ends_at: iso(token.ends()),
            secret_code: token.secret_code.clone(),
            link: core.link(&token.link),
            qr: core.qr(&token.cose),
        }
    }
}

/// A moment as API callers read it: RFC 3339 in Indian time.
pub fn iso(moment: Moment) -> String {
    moment.local().to_rfc3339()
}
