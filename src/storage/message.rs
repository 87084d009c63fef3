//! Messages to people, and what became of each.

use super::Tx;
use super::rows::write_rows;
use crate::domain::message::Template;
use crate::domain::moment::Moment;
use crate::domain::person::Mobile;
use crate::i18n::Lang;
use crate::ids::{BeneficiaryId, MessageId};

/// A message that is to be sent.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Made here.
    pub id: MessageId,
    /// To whom.
    pub beneficiary_id: BeneficiaryId,
    /// Which of the templates it was made from.
    pub template: Template,
    /// The fact that it tells of, such as a token's number and revision: nobody is told of one fact twice.
    pub about: String,
    /// Where it goes.
    pub mobile: Mobile,
    /// In which language.
    pub language: Lang,
    /// What it says.
    pub text: String,
    /// Not to be sent before.
    pub send_at: Moment,
    /// Worth nothing after.
    pub expires_at: Moment,
}

impl Tx {
    /// Puts messages in line, in the transaction that makes the facts they tell of.
    pub async fn add_messages(&mut self, messages: &[NewMessage], now: Moment) -> sqlx::Result<()> {
        let into =
            "insert into message (id, beneficiary_id, template, about, mobile, language, text, made_at, send_at, expires_at, state) ";
        write_rows!(
            self,
            into,
            messages,
            |row| [
                row.id,
                row.beneficiary_id,
                row.template,
                &row.about,
                &row.mobile,
                row.language,
                &row.text,
                now,
                row.send_at,
                row.expires_at,
                "waiting",
            ],
            " on conflict (template, about) do nothing"
        )
        .map(drop)
    }
}
