//! The API's description, as a document and as a page.

use askama::Template;
use axum::Json;
use axum::response::Response;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{doses, v1};
use crate::error::Result;
use crate::pages::error::families;
use crate::pages::frame::Frame;
use crate::pages::page;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Baari",
        description = "Time-slotted vaccination tokens. Every write is a command with an id: send it again as often as you like, the answer stays the same. \
                       Errors are `application/problem+json` with a stable `code` and a sentence in `detail` that says what to do. Keys are made with `baari key add`."
    ),
    paths(v1::slots, v1::issue, v1::token, v1::reschedule, v1::cancel, v1::scan, v1::scans, doses::record, doses::record_batch),
    modifiers(&BearerKey)
)]
struct Api;

struct BearerKey;

impl Modify for BearerKey {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        api.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// The document.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Api::openapi())
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    /// What may stand in the address: name and description.
    parameters: Vec<(String, String)>,
    body: String,
    answers: Vec<(String, String)>,
}

struct Schema {
    name: String,
    fields: Vec<(String, String, String, bool)>,
}

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    f: Frame,
    description: String,
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
    /// Families of errors: name, status, what it says.
    errors: Vec<(&'static str, u16, String)>,
}

/// The page, made from the document.
pub async fn reference(f: Frame) -> Result<Response> {
    let api = serde_json::to_value(Api::openapi()).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let reference = |value: &serde_json::Value| {
        let name = text(&value["$ref"]).rsplit('/').next().unwrap_or("").to_owned();
        // What may be left out is described as a choice between it and nothing.
        let choices = value["oneOf"].as_array().into_iter().flatten();
        let kinds = match &value["type"] {
            serde_json::Value::Array(kinds) => kinds.iter().map(&text).collect(),
            kind => vec![text(kind)],
        };
        let named = std::iter::once(name).chain(choices.map(|choice| text(&choice["$ref"]).rsplit('/').next().unwrap_or("").to_owned()));
        named.chain(kinds).find(|name| !name.is_empty() && name != "null").unwrap_or_default()
    };
    let mut operations = Vec::new();
    for (path, methods) in api["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let answers = operation["responses"].as_object().into_iter().flatten();
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                summary: text(&operation["summary"]),
                parameters: operation["parameters"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|parameter| (text(&parameter["name"]), text(&parameter["description"])))
                    .collect(),
                body: reference(&operation["requestBody"]["content"]["application/json"]["schema"]),
                answers: answers
                    .map(|(status, answer)| {
                        let schema = reference(&answer["content"]["application/json"]["schema"]);
                        (status.clone(), format!("{schema} {}", text(&answer["description"])))
                    })
                    .collect(),
            });
        }
    }
    let mut schemas = Vec::new();
    for (name, schema) in api["components"]["schemas"].as_object().into_iter().flatten() {
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().map(&text).collect();
        let fields = schema["properties"].as_object().into_iter().flatten();
        let fields = fields.map(|(field, of)| (field.clone(), reference(of), text(&of["description"]), required.contains(field)));
        schemas.push(Schema { name: name.clone(), fields: fields.collect() });
    }
    page(&ApiPage { f, description: text(&api["info"]["description"]), operations, schemas, errors: families() })
}
