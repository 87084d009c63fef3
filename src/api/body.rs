//! The body of a request, held against the same description that `/api/openapi.json` shows: what is not described is never ignored in
//! silence, and everything that is wrong is named at once.

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayItems, KnownFormat, Object, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;

use super::openapi::component;
use crate::domain::moment::Day;
use crate::error::{Error, Fault, Result};

/// How many rows one batch takes.
pub const MOST_ROWS: usize = 500;

/// What a body holds.
pub fn json(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| Error::Malformed(format!("The body is not JSON: {error}.")))
}

/// What a body, or a row of one, asks for.
pub fn described<T: DeserializeOwned + ToSchema>(value: &Value) -> Result<T> {
    is_object(value)?;
    let mut wrong = Vec::new();
    let of = component(&T::name()).ok_or_else(|| Error::Internal(format!("{} is not described", T::name())))?;
    differences(of, value, "", &mut wrong);
    if wrong.is_empty() { T::deserialize(value).map_err(|error| Error::Malformed(error.to_string())) } else { Err(Error::Body(wrong)) }
}

/// An array is not read by position.
fn is_object(value: &Value) -> Result<()> {
    if value.is_object() { Ok(()) } else { Err(Error::Malformed("A body, and a row of a batch, is a JSON object.".into())) }
}

/// The rows of a batch, each to be read for itself: a bad one never holds up those behind it.
pub fn rows(body: &[u8], field: &str) -> Result<Vec<Value>> {
    let mut value = json(body)?;
    is_object(&value)?;
    let fault = match value[field].take() {
        Value::Array(rows) if rows.len() <= MOST_ROWS => {
            let unknown: Vec<_> = names(&value).filter(|name| *name != field).map(|name| (name.to_owned(), Fault::Unknown)).collect();
            return if unknown.is_empty() { Ok(rows) } else { Err(Error::Body(unknown)) };
        }
        Value::Array(_) => Fault::TooLong,
        Value::Null => Fault::Missing,
        _ => Fault::Type,
    };
    Err(Error::Body(vec![(field.to_owned(), fault)]))
}

fn names(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

/// Everything in which a value differs from its description, by its path.
fn differences(of: &RefOr<Schema>, value: &Value, at: &str, wrong: &mut Vec<(String, Fault)>) {
    match of {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next().unwrap_or("");
            if let Some(of) = component(name) {
                differences(of, value, at, wrong);
            }
        }
        // What may be left out is a choice between nothing and what it is.
        RefOr::T(Schema::OneOf(choice)) if !value.is_null() => {
            let is_null = |of: &RefOr<Schema>| matches!(of, RefOr::T(Schema::Object(object)) if takes(&object.schema_type, &Value::Null));
            for of in choice.items.iter().filter(|of| !is_null(of)) {
                differences(of, value, at, wrong);
            }
        }
        RefOr::T(Schema::Array(array)) => match (value.as_array(), &array.items) {
            (Some(values), ArrayItems::RefOrSchema(of)) => {
                for (n, value) in values.iter().enumerate() {
                    differences(of, value, &format!("{at}[{n}]"), wrong);
                }
            }
            _ => wrong.push((at.to_owned(), Fault::Type)),
        },
        RefOr::T(Schema::Object(object)) if !takes(&object.schema_type, value) => wrong.push((at.to_owned(), Fault::Type)),
        RefOr::T(Schema::Object(object)) if value.is_object() => fields(object, value, at, wrong),
        RefOr::T(Schema::Object(object)) => wrong.extend(fault(object, value).map(|fault| (at.to_owned(), fault))),
        RefOr::T(_) => {}
    }
}

fn fields(object: &Object, value: &Value, at: &str, wrong: &mut Vec<(String, Fault)>) {
    let path = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    wrong.extend(object.required.iter().filter(|name| value.get(name.as_str()).is_none()).map(|name| (path(name), Fault::Missing)));
    for name in names(value) {
        match object.properties.get(name) {
            Some(of) => differences(of, &value[name], &path(name), wrong),
            None => wrong.push((path(name), Fault::Unknown)),
        }
    }
}

fn takes(kinds: &SchemaType, value: &Value) -> bool {
    let takes = |kind: &Type| match kind {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    };
    match kinds {
        SchemaType::Type(kind) => takes(kind),
        SchemaType::Array(kinds) => kinds.iter().any(takes),
        SchemaType::AnyValue => true,
    }
}

/// What is wrong with a value of the right type.
fn fault(object: &Object, value: &Value) -> Option<Fault> {
    let text = value.as_str()?;
    if text.is_empty() && object.min_length.is_some() {
        return Some(Fault::Missing);
    }
    if object.enum_values.as_ref().is_some_and(|words| !words.contains(value)) {
        return Some(Fault::Choice);
    }
    if object.max_length.is_some_and(|most| text.chars().count() > most) {
        return Some(Fault::TooLong);
    }
    match object.format.as_ref()? {
        SchemaFormat::KnownFormat(KnownFormat::Date) => text.parse::<Day>().is_err().then_some(Fault::Day),
        SchemaFormat::KnownFormat(KnownFormat::Uuid) => text.parse::<Uuid>().is_err().then_some(Fault::Type),
        _ => None,
    }
}
