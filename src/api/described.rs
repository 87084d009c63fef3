//! What the words of the field are called in the API's description.

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::admission::{TokenState, Verdict};
use crate::domain::campaign::Vaccine;
use crate::domain::care::MobileOf;
use crate::domain::dose::NoCode;
use crate::domain::moment::Day;
use crate::domain::person::{Category, Gender, IdType};
use crate::error::Fault;
use crate::storage::scan::ConflictKind;

macro_rules! words_of {
    ($($name:ty: $about:literal,)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = <$name>::ALL.iter().map(|word| word.word());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).description(Some($about)).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

words_of! {
    Category: "Why somebody may be due beyond age.",
    ConflictKind: "Why a scan does not go together with what else is known.",
    Fault: "What is wrong with a field.",
    Gender: "As it stands on the card.",
    IdType: "A kind of photo ID.",
    MobileOf: "Whose number a mobile is. Only own ones are counted.",
    NoCode: "Why there is no secret code.",
    TokenState: "What a token stands at.",
    Vaccine: "A vaccine.",
    Verdict: "What a gate says.",
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
    }
}

impl ToSchema for Day {}
