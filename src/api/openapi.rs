//! The API's description, as a document and as a page.

use std::sync::LazyLock;

use askama::Template;
use axum::Json;
use axum::response::Response;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, Schema as Described};
use utoipa::{Modify, OpenApi};

use super::problem::{Problem, codes};
use super::{doses, scans, slots, tokens};
use crate::domain::booking::Refusal;
use crate::error::Result;
use crate::pages::frame::Frame;
use crate::pages::page;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Baari",
        description = "Time-slotted vaccination tokens. Bodies are JSON objects, whatever their `Content-Type`; a field that is not described here is \
                       refused, not ignored. Every write is a command with an id: send it again as often as you like, the answer stays the same, a refusal \
                       too. Whoever has mended what was refused asks with a new id; only a row of a batch of doses keeps its own. Errors are \
                       `application/problem+json` with a stable `code` and a sentence in `detail` that says what to do. Keys are made with `baari key add`."
    ),
    servers((url = "/", description = "This server")),
    paths(
        slots::list,
        tokens::issue,
        tokens::token,
        tokens::reschedule,
        tokens::cancel,
        scans::record,
        scans::record_batch,
        doses::record,
        doses::record_batch
    ),
    components(schemas(Problem)),
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

static API: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Api::openapi);

/// The description of an object, by its name.
pub(super) fn component(name: &str) -> Option<&'static RefOr<Described>> {
    API.components.as_ref()?.schemas.get(name)
}

/// The document.
pub async fn document() -> Json<&'static utoipa::openapi::OpenApi> {
    Json(&API)
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
    about: String,
    fields: Vec<(String, String, String, bool)>,
}

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    f: Frame,
    description: String,
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
    /// Errors: code, status, what it says.
    errors: Vec<(&'static str, u16, String)>,
    /// Codes of the rules of the field.
    rules: &'static [&'static str],
}

/// The page, made from the document.
pub async fn reference(f: Frame) -> Result<Response> {
    let api = serde_json::to_value(&*API).unwrap_or_default();
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
    let described = &api["components"]["schemas"];
    for (name, schema) in described.as_object().into_iter().flatten() {
        // What is put together of others has the fields of each.
        let others = schema["allOf"].as_array().into_iter().flatten();
        let parts = others.map(|part| if part["$ref"].is_string() { &described[reference(part)] } else { part });
        let parts: Vec<_> = std::iter::once(schema).chain(parts).collect();
        let required: Vec<_> = parts.iter().filter_map(|part| part["required"].as_array()).flatten().map(&text).collect();
        let fields = parts.iter().filter_map(|part| part["properties"].as_object()).flatten();
        let words = |of: &serde_json::Value| of["enum"].as_array().into_iter().flatten().map(&text).collect::<Vec<_>>().join(", ");
        let about = |of: &serde_json::Value| format!("{} {}", text(&of["description"]), words(of));
        let fields = fields.map(|(field, of)| (field.clone(), reference(of), about(of), required.contains(field)));
        let fields = fields.collect();
        schemas.push(Schema { name: name.clone(), about: about(schema), fields });
    }
    page(&ApiPage { f, description: text(&api["info"]["description"]), operations, schemas, errors: codes(), rules: Refusal::CODES })
}
