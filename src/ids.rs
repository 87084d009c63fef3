//! Typed ids, so that a slot is never taken for a centre.
//!
//! The field (districts to slots) is numbered by small integers, because they travel inside the QR code; what begins on
//! somebody's device is named there by a UUID.

/// Declares newtypes over `i64` that pass through SQL, JSON and URLs as the number they hold.
macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

numbered! {
    /// A district of a state.
    DistrictId,
    /// A municipal zone office, or a rural block.
    ZoneId,
    /// A vaccination centre.
    CentreId,
    /// A centre on a date.
    SessionId,
    /// A time window of a session.
    SlotId,
    /// A phone at a centre's door.
    GateId,
    /// A person who logs in.
    AccountId,
    /// A program that calls the API.
    KeyId,
    /// A clerk's browser that issues without a link.
    DeskId,
    /// A bundle of printed forms.
    PackId,
    /// A taking-in of a file, a form or a copy.
    ImportId,
    /// Somebody's place on a waiting list.
    WaitingId,
    /// An alarm about issuing.
    AlarmId,
    /// A day without vaccination.
    HolidayId,
    /// A time without a server.
    OutageId,
}

/// Declares newtypes over UUIDs that pass through SQL, JSON and URLs as the UUID they hold.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

named! {
    /// A person who is due a dose.
    BeneficiaryId,
    /// A dose that was given.
    DoseId,
    /// A vial that was opened.
    VialId,
    /// A message to a person.
    MessageId,
    /// A stopped session's people on their way to other places.
    MoveId,
}
