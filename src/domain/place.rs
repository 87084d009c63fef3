//! Who may act where, and who owns a slot's places.

use std::fmt;
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
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => write!(f, "zone:{zone}"),
            Self::Open => f.write_str("open"),
            Self::WalkIn => f.write_str("walk_in"),
        }
    }
}

/// A text that names no owner.
#[derive(Debug, thiserror::Error)]
#[error("is not an owner of places: zone:ID, open or walk_in")]
pub struct BadOwner;

impl FromStr for Owner {
    type Err = BadOwner;

    fn from_str(text: &str) -> Result<Self, BadOwner> {
        match text {
            "open" => Ok(Self::Open),
            "walk_in" => Ok(Self::WalkIn),
            _ => text.strip_prefix("zone:").and_then(|id| id.parse().ok()).map(Self::Zone).ok_or(BadOwner),
        }
    }
}

crate::words::as_json_text!(Owner);

/// Whose places somebody may give out, the first to be used first.
pub fn owners_for(role: Role, scope: Scope) -> Vec<Owner> {
    match (role, scope) {
        // An officer who acts for one zone office does it with that office's places: so does its waiting list.
        (Role::Clerk | Role::DistrictOfficer, Scope::Zone(zone)) => vec![Owner::Zone(zone), Owner::Open],
        (Role::Operator, _) => vec![Owner::WalkIn, Owner::Open],
        _ => vec![Owner::Open],
    }
}
