//! What the SMS gateway reports of messages that it has taken.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use crate::actions::send_messages;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::MessageId;

/// The longest report that is looked at.
const MOST: usize = 16 * 1024;

/// A report, at the secret address that went out with the message: in the query, as a form, or as JSON.
pub async fn report(
    State(app): State<Arc<App>>,
    Path((id, code)): Path<(MessageId, String)>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<&'static str> {
    verify_slices_are_equal(app.core.keys().report_code(id).as_bytes(), code.as_bytes()).map_err(|_| Error::NotFound)?;
    let gateway = app.gateway.get().ok_or(Error::NotFound)?;
    let body = &body[..body.len().min(MOST)];
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let field = |name: &str| -> Option<String> {
        let in_text = |text: &str| form_field(text, name);
        let in_json = |json: &Value| {
            let value = if name.starts_with('/') { json.pointer(name) } else { json.get(name) };
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
        };
        query.as_deref().and_then(in_text).or_else(|| json.as_ref().and_then(in_json)).or_else(|| in_text(std::str::from_utf8(body).ok()?))
    };
    // A state that the file does not name tells nothing.
    if let Some(state) = gateway.reported(field) {
        let words = field("words").unwrap_or_default();
        send_messages::report(&app.core, id, state, &words.chars().take(200).collect::<String>()).await?;
    }
    Ok("thank you\n")
}

/// A field of a query or a form.
fn form_field(text: &str, name: &str) -> Option<String> {
    let fields: Vec<(String, String)> = axum::extract::Query::try_from_uri(&format!("/?{text}").parse().ok()?).ok()?.0;
    fields.into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
}
