//! Who may act where, and who owns a slot's places.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use crate::ids::{CentreId, DistrictId, ZoneId};
use crate::words::words;

words! {
    /// What somebody who logs in, or a program with a key, is there for.
    Role {
        /// Issues tokens at a zone office.
        Clerk = "clerk",
        /// Works inside a centre.
        Operator = "operator",
        /// Looks after a district.
        DistrictOfficer = "district_officer",
        /// Looks after all districts.
        StateOfficer = "state_officer",
    }
}

impl Role {
    /// Whether this role sets up the field.
    pub fn is_officer(self) -> bool {
        matches!(self, Self::DistrictOfficer | Self::StateOfficer)
    }

    /// Whether this role answers for what happens at a centre's gates.
    pub fn runs_gates(self) -> bool {
        self.is_officer() || self == Self::Operator
    }
}

/// The part of the field in which somebody acts. Nothing outside it is ever shown to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One zone office: its centres, and the tokens from its own share.
    Zone(ZoneId),
    /// One centre.
    Centre(CentreId),
    /// All centres of a district.
    District(DistrictId),
    /// All districts.
    State,
}

/// Where a centre lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CentrePlace {
    /// The centre.
    pub centre_id: CentreId,
    /// Its zone.
    pub zone_id: ZoneId,
    /// Its district.
    pub district_id: DistrictId,
}

impl Scope {
    /// Whether a centre lies within.
    pub fn covers(self, place: CentrePlace) -> bool {
        match self {
            Self::Zone(zone) => place.zone_id == zone,
            Self::Centre(centre) => place.centre_id == centre,
            Self::District(district) => place.district_id == district,
            Self::State => true,
        }
    }

    /// Whether it is a district, or all of them. Zones and centres look at themselves only.
    pub fn meets(self, district: DistrictId) -> bool {
        match self {
            Self::State => true,
            Self::District(own) => own == district,
            Self::Zone(_) | Self::Centre(_) => false,
        }
    }

    /// The scope as three columns (zone, centre, district) where 0 means any: what queries are limited by.
    pub fn columns(self) -> (ZoneId, CentreId, DistrictId) {
        let any = (ZoneId(0), CentreId(0), DistrictId(0));
        match self {
            Self::Zone(zone) => (zone, any.1, any.2),
            Self::Centre(centre) => (any.0, centre, any.2),
            Self::District(district) => (any.0, any.1, district),
            Self::State => any,
        }
    }
}

/// Who owns a place of a slot's capacity. Each place has exactly one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A zone office's quota.
    Zone(ZoneId),
    /// Any office's.
    Open,
    /// Kept for those who come to the centre without a token.
    WalkIn,
    /// Kept for first doses (1) or second ones (2), whichever office within reach gives them out.
    Dose(i64),
}

impl Owner {
    /// Places kept for one dose.
    pub const KEPT: [Self; 2] = [Self::Dose(1), Self::Dose(2)];

    /// Whether a place of theirs may be for this dose.
    pub fn serves(self, dose: i64) -> bool {
        !matches!(self, Self::Dose(kept) if kept != dose)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => write!(f, "zone:{zone}"),
            Self::Open => f.write_str("open"),
            Self::WalkIn => f.write_str("walk_in"),
            Self::Dose(dose) => write!(f, "dose_{dose}"),
        }
    }
}

/// A text that names no owner.
#[derive(Debug, thiserror::Error)]
#[error("is not an owner of places: zone:ID, open, walk_in, dose_1 or dose_2")]
pub struct BadOwner;

impl FromStr for Owner {
    type Err = BadOwner;

    fn from_str(text: &str) -> Result<Self, BadOwner> {
        match text {
            "open" => Ok(Self::Open),
            "walk_in" => Ok(Self::WalkIn),
            "dose_1" => Ok(Self::Dose(1)),
            "dose_2" => Ok(Self::Dose(2)),
            _ => text.strip_prefix("zone:").and_then(|id| id.parse().ok()).map(Self::Zone).ok_or(BadOwner),
        }
    }
}

crate::words::as_json_text!(Owner);

/// Whose places somebody may give out, the first to be used first: those that fewest people could have.
pub fn owners_of(role: Role, scope: Scope) -> Vec<Owner> {
    let [first, second] = Owner::KEPT;
    match (role, scope) {
        // An officer who acts for one zone office does it with that office's places: so does its waiting list.
        (Role::Clerk | Role::DistrictOfficer, Scope::Zone(zone)) => vec![first, second, Owner::Zone(zone), Owner::Open],
        (Role::Operator, _) => vec![first, second, Owner::WalkIn, Owner::Open],
        _ => vec![first, second, Owner::Open],
    }
}

/// The same, for somebody who comes for this dose.
pub fn owners_for(role: Role, scope: Scope, dose: i64) -> Vec<Owner> {
    owners_of(role, scope).into_iter().filter(|owner| owner.serves(dose)).collect()
}

/// Out of whose places at a zone's centres somebody may be given another one instead of the one they hold, the first to be used first.
pub fn owners_next(held: Owner, dose: i64, zone: ZoneId) -> Vec<Owner> {
    let kept = Owner::Dose(dose);
    match held {
        // What another zone has given out stays that zone's as long as it can: with the place goes its say over the token.
        Owner::Zone(guest) if guest != zone => vec![held, kept, Owner::Open],
        Owner::Zone(_) | Owner::WalkIn => vec![kept, held, Owner::Open],
        // Nobody is left without a place because theirs was kept for their dose.
        Owner::Dose(_) => vec![kept, Owner::Zone(zone), Owner::Open],
        Owner::Open => vec![kept, held],
    }
}

/// Free places, and which of them are kept for one dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Free {
    any: i64,
    kept: [i64; 2],
}

impl Free {
    /// So many of an owner.
    pub fn of(owner: Owner, places: i64) -> Self {
        let mut free = Self::default();
        free.count(owner, places);
        free
    }

    /// Counts free places of an owner in.
    pub fn count(&mut self, owner: Owner, places: i64) {
        match owner {
            Owner::Dose(dose @ 1..=2) => self.kept[(dose - 1) as usize] += places,
            _ => self.any += places,
        }
    }

    /// All of them.
    pub fn all(self) -> i64 {
        self.any + self.kept.iter().sum::<i64>()
    }

    /// Those kept for one dose only.
    pub fn kept(self, dose: i64) -> i64 {
        usize::try_from(dose - 1).ok().and_then(|at| self.kept.get(at)).copied().unwrap_or(0)
    }

    /// Those that somebody who comes for this dose may have.
    pub fn for_dose(self, dose: i64) -> i64 {
        self.any + self.kept(dose)
    }

    /// Takes one for this dose, of the kept ones first. False: there is none.
    pub fn take(&mut self, dose: i64) -> bool {
        let kept = usize::try_from(dose - 1).ok().and_then(|at| self.kept.get_mut(at)).filter(|places| **places > 0);
        let from = kept.unwrap_or(&mut self.any);
        let is_there = *from > 0;
        *from -= i64::from(is_there);
        is_there
    }
}

impl Add for Free {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self { any: self.any + more.any, kept: [self.kept[0] + more.kept[0], self.kept[1] + more.kept[1]] }
    }
}

impl Sum for Free {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}
