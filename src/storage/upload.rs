//! What must reach the national portal.

use super::Tx;
use super::rows::write_rows;
use crate::domain::moment::Moment;
use crate::ids::DoseId;

/// A recorded dose that is to be uploaded.
#[derive(Debug, Clone, Copy)]
pub struct NewUpload {
    /// Which dose.
    pub dose_id: DoseId,
    /// The campaign's deadline for it.
    pub due_at: Moment,
}

impl Tx {
    /// Puts doses in line for the portal. Those that are in line already stay as they are.
    pub async fn add_uploads(&mut self, uploads: &[NewUpload]) -> sqlx::Result<()> {
        let into = "insert into upload (dose_id, due_at, state) ";
        write_rows!(self, into, uploads, |row| [row.dose_id, row.due_at, "waiting"], " on conflict (dose_id) do nothing").map(drop)
    }
}
