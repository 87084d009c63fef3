//! The table of a round: doses by district up to a date and time.

use std::collections::{BTreeMap, BTreeSet};

use super::Actor;
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::round::{Round, Site, Table, table};
use crate::error::Result;
use crate::storage::field::CentreKind;

/// Adds up what the centres of the actor's districts gave in a round by a moment.
pub async fn round_table(core: &Core, actor: &Actor, round: &Round, by: Moment) -> Result<Table> {
    let (from, until) = round.days_until(by.day());
    let mut tx = core.read().await?;
    let doses: BTreeMap<_, _> = tx.round_doses(round, by).await?.into_iter().map(|row| (row.centre_id, row)).collect();
    let planned: BTreeSet<_> = tx.planned_centres(from, until).await?.into_iter().collect();
    tx.commit().await?;
    let board = core.board();
    let own = board.field.centres.iter().filter(|centre| actor.scope.covers(centre.place()));
    let sites: Vec<_> = own
        .map(|centre| Site {
            district: centre.district_id,
            government: centre.kind == CentreKind::Government,
            planned: planned.contains(&centre.id),
            doses: doses.get(&centre.id).copied().map(Into::into).unwrap_or_default(),
        })
        .collect();
    let districts: Vec<_> = board.field.districts.iter().map(|district| district.id).filter(|id| actor.scope.meets(*id)).collect();
    Ok(table(&districts, &sites))
}
