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
    /// The deadline has passed: it goes up only with a permission.
    pub is_late: bool,
}

impl Tx {
    /// Puts doses in line for the portal. Those that are in line already stay as they are.
    pub async fn add_uploads(&mut self, uploads: &[NewUpload]) -> sqlx::Result<()> {
        let into = "insert into upload (dose_id, due_at, state) ";
        let state = |row: &NewUpload| if row.is_late { "closed" } else { "waiting" };
        write_rows!(self, into, uploads, |row| [row.dose_id, row.due_at, state(row)], " on conflict (dose_id) do nothing").map(drop)
    }
}
