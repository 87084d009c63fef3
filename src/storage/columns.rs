//! How the program's own types stand in columns: the same in both databases. The types themselves know of no database.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo};
use sqlx::{Database, Decode, Encode, Type};

use super::desk::TaskKind;
use super::field::CentreKind;
use super::lease::LeaseState;
use super::message::MessageState;
use super::moving::{Outcome, StopReason};
use super::objection::Wrong;
use super::opening::Counted;
use super::portal::SpellKind;
use super::scan::{ConflictKind, ScanKind, Settlement};
use crate::domain::admission::{TokenState, Verdict};
use crate::domain::alarm::AlarmKind;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::charge::Matter;
use crate::domain::clip::Sound;
use crate::domain::closing::Ending;
use crate::domain::dose::{LeftEarly, NoCode, NoDose, Severity};
use crate::domain::enquiry::Cause;
use crate::domain::message::{Fact, Template};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::paper::FormState;
use crate::domain::person::{Category, Gender, IdType, Locality, Mobile, Name};
use crate::domain::place::{Owner, Role};
use crate::domain::queue::{Stage, TurnState};
use crate::domain::reconcile::Difference;
use crate::domain::tongue::{Code, Direction, Key, OnSlip};
use crate::domain::waiting::{WaitingState, WhyRemoved};
use crate::i18n::{Lang, Tongue};

/// A type stands as another one that the databases know. `$out` writes a value, `$in` reads one.
macro_rules! stands_as {
    ($column:ty, $read:ty, |$out:ident| $written:expr, |$in:ident| $value:expr, $($name:ident),+) => {$(
        impl<DB: Database> Type<DB> for $name
        where
            $column: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$column as Type<DB>>::type_info()
            }
            fn compatible(info: &DB::TypeInfo) -> bool {
                <$column as Type<DB>>::compatible(info)
            }
        }

        impl PgHasArrayType for $name {
            fn array_type_info() -> PgTypeInfo {
                <$column as PgHasArrayType>::array_type_info()
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            $column: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $out = self;
                Encode::<DB>::encode($written, buf)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            $read: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let $in = <$read as Decode<DB>>::decode(value)?;
                $value
            }
        }
    )+};
}

// What is written as text, in SQL as everywhere.
stands_as!(
    String,
    &'r str,
    |own| own.to_string(),
    |text| Ok(text.parse()?),
    AlarmKind,
    Category,
    Cause,
    CentreKind,
    Code,
    ConflictKind,
    Counted,
    Day,
    Fact,
    Difference,
    Direction,
    Ending,
    FormState,
    Gender,
    IdType,
    Key,
    Lang,
    LeaseState,
    LeftEarly,
    Matter,
    MessageState,
    Locality,
    Mobile,
    MobileOf,
    Name,
    Needs,
    Outcome,
    NoCode,
    NoDose,
    OnSlip,
    Owner,
    Role,
    ScanKind,
    Settlement,
    Sound,
    Stage,
    StopReason,
    TaskKind,
    Severity,
    SpellKind,
    Template,
    TokenState,
    Tongue,
    TurnState,
    Vaccine,
    Verdict,
    WaitingState,
    WhyRemoved,
    Wrong
);

stands_as!(i64, i64, |own| own.0, |seconds| Ok(Self(seconds)), Moment);
stands_as!(i64, i64, |own| own.value(), |value| Ok(Self::from_nine(value / 10)?), TokenNumber);
