//! The whole URL table and its layers, on one screen.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::{centre as centre_api, desk as desk_api, doses, gate as gate_api, measure, openapi, scans, slots, sms, tokens};
use crate::app::App;
use crate::pages::{
    assets, centre, demo, district, error::write_errors, frame::remember_language, gate, hall, help, login, office, practice, public,
    switch,
};

/// The largest body: a file of the field.
const BODY: usize = 8 * 1024 * 1024;

/// Every address.
pub fn routes(app: Arc<App>) -> Router {
    let pages = Router::new()
        .route("/t/{link}", get(public::token::token))
        .route("/t/{link}/change", get(public::token::change_form).post(public::token::change))
        .route("/t/{link}/cancel", get(public::token::cancel_form).post(public::token::cancel))
        .route("/t/{link}/turn", get(hall::position))
        .route("/t/{link}/wrong", get(public::dose::wrong_form).post(public::dose::wrong))
        .route("/t/{link}/dose/{number}", get(public::dose::slip))
        .route("/T/{code}", get(public::token::scanned))
        .route("/V/{code}", get(public::dose::check))
        .route("/find", get(public::token::find).post(public::token::look_up))
        .route("/tls", get(public::tls::steps))
        .route("/tls/baari-ca.crt", get(public::tls::certificate))
        .route("/login", get(login::form).post(login::submit))
        .route("/logout", post(login::leave))
        .route("/switch", get(switch::form).post(switch::submit))
        .route("/pin", post(switch::pin))
        .route("/password", get(login::password_form).post(login::password))
        .route("/office", get(office::counter::counter))
        .route("/office/alone", get(office::alone::shell))
        .route("/office/alone/slip/{paper}", get(office::alone::slip))
        .route("/office/alone/kept.json", get(office::alone::kept))
        .route("/office/sw.js", get(office::alone::worker))
        .route("/office/people", post(office::advice::people))
        .route("/office/advice", post(office::advice::advice))
        .route("/office/tokens", post(office::counter::issue))
        .route("/office/tokens/{number}", get(office::token::token))
        .route("/office/tokens/{number}/reschedule", post(office::token::reschedule))
        .route("/office/tokens/{number}/cancel", post(office::token::cancel))
        .route("/office/tokens/{number}/undo", post(office::token::undo))
        .route("/office/tokens/{number}/uncancel", post(office::token::uncancel))
        .route("/office/tokens/{number}/mend", get(office::mend::form).post(office::mend::submit))
        .route("/office/people/{person}/mend", get(office::mend::person_form).post(office::mend::submit_person))
        .route("/office/register", get(office::register::register))
        .route("/office/late", get(office::late::late))
        .route("/office/late/{centre}", post(office::late::say))
        .route("/office/waiting", get(office::waiting::list).post(office::waiting::put))
        .route("/office/waiting/{id}/remove", post(office::waiting::remove))
        .route("/office/turned-back", get(office::turned_back::turned_back))
        .route("/office/list", get(office::day_list::day_list).post(office::day_list::key_in))
        .route("/office/enquiry", get(office::enquiry::desk).post(office::enquiry::ask))
        .route("/office/slips", get(office::slip::slips))
        .route("/centre/hall", get(hall::counter).post(hall::call))
        .route("/centre/{code}/display", get(hall::display))
        .route("/centre/{code}/calls", get(hall::events))
        .route("/clips/{district}/{word}", get(hall::clip))
        .route("/office/printer", get(office::slip::printer).post(office::slip::set_printer))
        .route("/office/printer/test", get(office::slip::test_print))
        .route("/office/messages", get(office::messages::messages))
        .route("/office/messages/calls", get(office::messages::calls))
        .route("/office/messages/{id}/again", post(office::messages::again))
        .route("/office/messages/{id}/told", post(office::messages::was_told))
        .route("/district", get(district::day::day))
        .route("/district/language", get(district::language::language).post(district::language::set))
        .route("/district/language/texts", post(district::language::texts))
        .route("/district/language/texts.csv", get(district::language::download))
        .route("/district/language/file", post(district::language::upload))
        .route("/district/language/clips", post(district::language::clips))
        .route("/district/links", get(district::links::links))
        .route("/district/links/{file}", get(district::links::file))
        .route("/district/planning", get(district::planning::planning))
        .route("/district/scans", get(district::scans::scans))
        .route("/district/given", get(district::given::given))
        .route("/district/doses", get(district::doses::doses))
        .route("/district/doses/{file}", get(district::doses::file))
        .route("/district/messages", get(district::messages::messages).post(district::messages::settings))
        .route("/district/messages/{template}", get(district::messages::message).post(district::messages::save))
        .route("/district/objections", get(district::objections::list))
        .route("/district/objections/{number}", post(district::objections::reply))
        .route("/district/sessions/{session}/stop", get(district::stop::form).post(district::stop::stop))
        .route("/district/sessions/{session}/fewer", get(district::fewer::form).post(district::fewer::save))
        .route("/district/moves/{id}", get(district::moves::progress))
        .route("/district/moves/{id}/{file}", get(district::moves::unplaced))
        .route("/district/moves/{id}/notice", get(district::moves::notice))
        .route("/district/moves/{id}/calls", get(district::moves::calls))
        .route("/district/import", get(district::import::form).post(district::import::submit))
        .route("/district/import/template/{name}", get(district::import::template))
        .route("/district/gates", get(district::gates::gates).post(district::gates::prepare))
        .route("/district/gates/{gate}/rename", post(district::gates::rename))
        .route("/district/gates/{gate}/revoke", post(district::gates::revoke))
        .route("/district/gates/{gate}/move", post(district::gates::move_to))
        .route("/district/gates/{gate}/held", post(district::gates::held))
        .route("/district/lanes", post(district::gates::lane))
        .route("/district/lanes/policy", post(district::gates::policy))
        .route("/district/desks", get(district::desks::desks))
        .route("/district/desks/{desk}", post(district::desks::decide))
        .route("/district/desks/tasks/{task}", post(district::desks::settle))
        .route("/district/field/{kind}", get(district::field::list).post(district::field::save))
        .route("/district/field/{kind}/new", get(district::field::new))
        .route("/district/field/{kind}/edit", get(district::field::edit))
        .route("/district/sessions", get(district::sessions::sessions).post(district::sessions::save))
        .route("/district/sessions/new", get(district::sessions::new))
        .route("/district/sessions/{session}", get(district::sessions::session))
        .route("/district/sessions/{session}/window", get(district::window::form).post(district::window::open))
        .route("/district/copy", get(district::days::copy_form).post(district::days::copy))
        .route("/district/holidays", get(district::holidays::holidays).post(district::holidays::change))
        .route("/district/close", get(district::days::close_form).post(district::days::close))
        .route("/district/import/camp", get(district::camp::form).post(district::camp::submit))
        .route("/district/import/camp/piece", post(district::camp::piece))
        .route("/district/import/camp/template.csv", get(district::camp::template))
        .route("/district/import/{import}", get(district::history::import))
        .route("/district/import/{import}/undo", get(district::history::undo_form).post(district::history::undo))
        .route("/district/users", get(district::users::users))
        .route("/district/users/{user}", get(district::users::user))
        .route("/district/users/{user}/reset", post(district::users::reset))
        .route("/district/users/{user}/close", post(district::users::close))
        .route("/district/users/{user}/end", post(district::users::end))
        .route("/district/keys/{key}/revoke", post(district::users::revoke))
        .route("/district/journal", get(district::journal::journal))
        .route("/district/journal.csv", get(district::journal::file))
        .route("/district/closings", get(district::closings::closings))
        .route("/district/closings/hour", post(district::closings::set_hour))
        .route("/district/closings/{file}", get(district::closings::file))
        .route("/district/month", get(district::month::month))
        .route("/district/month/{file}", get(district::month::file))
        .route("/district/alarms", get(district::alarms::alarms))
        .route("/district/alarms/{id}", post(district::alarms::settle))
        .route("/district/sessions/{session}/window/undo", post(district::window::undo_extended))
        .route("/district/charge/{kind}/{id}/{number}", post(district::charge::charge))
        .route("/district/conflicts", get(district::conflicts::conflicts))
        .route("/district/conflicts/{scan}", post(district::conflicts::settle))
        .route("/district/backlog", get(centre::backlog::backlog))
        .route("/district/backlog/roll", get(centre::backlog::roll))
        .route("/district/backlog/permission", post(centre::backlog::permit))
        .route("/centre", get(centre::desk::desk))
        .route("/centre/alone", get(centre::alone::shell))
        .route("/centre/alone/kept.json", get(centre::alone::kept))
        .route("/centre/sw.js", get(centre::alone::worker))
        .route("/centre/rooms", get(centre::rooms::rooms))
        .route("/centre/doses", post(centre::desk::record))
        .route("/centre/standby", get(centre::standby::standby).post(centre::standby::call))
        .route("/centre/forms", get(centre::forms::forms).post(centre::forms::make))
        .route("/centre/forms/{pack}", get(centre::forms::pack))
        .route("/centre/forms/{pack}/print", get(centre::forms::print))
        .route("/centre/forms/{pack}/hand", post(centre::forms::hand))
        .route("/centre/forms/{pack}/assign", post(centre::forms::assigned))
        .route("/centre/forms/{pack}/count", post(centre::forms::count))
        .route("/centre/forms/{pack}/strike", post(centre::forms::strike))
        .route("/centre/forms/{pack}/file", get(centre::forms_file::template).post(centre::forms_file::submit))
        .route("/centre/forms/{pack}/key", get(centre::key_form::form).post(centre::key_form::key))
        .route("/centre/no-dose", post(centre::desk::no_dose))
        .route("/centre/left", post(centre::rooms::left))
        .route("/centre/vials", post(centre::desk::open))
        .route("/centre/vials/{vial}/{how}", post(centre::desk::close))
        .route("/centre/doses/{dose}", get(centre::record::record))
        .route("/centre/doses/{dose}/correct", post(centre::record::correct))
        .route("/centre/doses/{dose}/withdraw", post(centre::record::withdraw))
        .route("/centre/doses/{dose}/events", post(centre::record::event))
        .route("/centre/opening", get(centre::opening::opening).post(centre::opening::say))
        .route("/centre/closing", get(centre::closing::closing).post(centre::closing::close))
        .route("/centre/closing/vials", post(centre::closing::count))
        .route("/centre/closing/left", post(centre::closing::left))
        .route("/centre/closing/reopen", post(centre::closing::reopen))
        .route("/centre/closing/people", get(centre::closing_people::people))
        .route("/centre/events", get(centre::events::events))
        .route("/centre/events/{event}/report", post(centre::events::report))
        .route("/centre/backlog", get(centre::backlog::backlog))
        .route("/centre/backlog/roll", get(centre::backlog::roll))
        .route("/district/portal", get(district::portal::portal))
        .route("/district/portal/again", post(district::portal::again))
        .route("/district/portal/differences", get(district::differences::differences).post(district::differences::again))
        .route("/district/portal/differences/compare", post(district::differences::compare))
        .route("/district/portal/differences/asked", post(district::differences::asked))
        .route("/district/portal/chosen", post(district::portal::mend_chosen))
        .route("/district/portal/{dose}", get(district::portal::mend_form).post(district::portal::mend))
        .route("/gate", get(gate::shell))
        .route("/help/{reader}", get(help::help))
        .route("/gate/help", get(help::at_the_gate))
        .route("/gate/kept.json", get(gate::kept))
        .route("/gate/sw.js", get(gate::worker))
        .route("/gate/manifest.webmanifest", get(gate::manifest))
        .route("/api", get(openapi::reference))
        .route("/api/openapi.json", get(openapi::document))
        .route("/static/{hash}/{*name}", get(assets::asset))
        .route("/.well-known/jwks.json", get(jwks))
        .merge(if app.core.is_practice() { Router::new() } else { practice::routes() })
        .merge(if app.demo.is_some() { demo::routes() } else { Router::new() })
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn(remember_language));
    let everybody = Router::new()
        .route("/", get(public::places::slots))
        .route("/c/{code}", get(public::places::centre))
        .route("/offices", get(public::offices::offices));
    let api = Router::new()
        .route("/api/v1/slots", get(slots::list))
        .route("/api/v1/tokens", post(tokens::issue))
        .route("/api/v1/tokens/{number}", get(tokens::token))
        .route("/api/v1/tokens/{number}/reschedule", post(tokens::reschedule))
        .route("/api/v1/tokens/{number}/cancel", post(tokens::cancel))
        .route("/api/v1/scans", post(scans::record))
        .route("/api/v1/scans/batch", post(scans::record_batch))
        .route("/api/v1/doses", post(doses::record))
        .route("/api/v1/doses/batch", post(doses::record_batch))
        // A centre's whole day, often over a thin line.
        .route("/api/centre/sync", post(centre_api::sync).layer(CompressionLayer::new().gzip(true)))
        .route("/api/desk/ask", post(desk_api::ask))
        .route("/api/desk/sync", post(desk_api::sync))
        .route("/api/gate/enrol", post(gate_api::enrol))
        .route("/api/gate/sync", post(gate_api::sync))
        .route("/api/gate/ask", post(gate_api::ask))
        .route("/api/gate/new-slot", post(gate_api::new_slot))
        .route("/sms/{id}/{code}", get(sms::report).post(sms::report))
        .route("/healthz", get(|| async { "running\n" }))
        .route("/readyz", get(ready));
    let mut all = pages.merge(api).fallback(|| async { crate::error::Error::NotFound });
    if app.demo.is_some() {
        all = all.layer(from_fn_with_state(Arc::clone(&app), demo::cut_link));
    }
    let all = all
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(DefaultBodyLimit::max(BODY))
        // What everybody reads comes from memory and needs none of the above.
        .merge(everybody)
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(Arc::clone(&app), write_errors))
        .layer(from_fn_with_state(Arc::new(Policies::new()), secure));
    if app.core.is_practice() {
        return all.with_state(app);
    }
    // Practice is behind everything that counts.
    all.layer(from_fn(measure)).layer(from_fn_with_state(Arc::clone(&app), practice::switch)).with_state(app)
}

/// The listener of its own for `/metrics`.
pub fn metrics_routes() -> Router {
    Router::new().route("/metrics", get(|| async { crate::app::metrics().render() }))
}

/// The listener of its own without TLS, for phones that do not trust the server yet. Whatever they ask for, they get the steps.
pub fn help_routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/tls", get(public::tls::steps))
        .route("/tls/baari-ca.crt", get(public::tls::certificate))
        .fallback(|| async { Redirect::temporary("/tls") })
        .layer(from_fn_with_state(Arc::new(Policies::new()), secure))
        .with_state(app)
}

async fn jwks(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=300")], axum::Json(app.core.keys().jwks()))
}

/// Whether it can work: the database answers.
async fn ready(State(app): State<Arc<App>>) -> crate::error::Result<&'static str> {
    app.core.write().await?.commit().await?;
    Ok("ready\n")
}

/// What browsers may do on our pages.
struct Policies {
    pages: HeaderValue,
    gate: HeaderValue,
}

impl Policies {
    fn new() -> Self {
        let style = assets::base_css_hash();
        let pages = format!(
            "default-src 'none'; style-src 'self' 'sha256-{style}'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
             frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
        );
        let gate = "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; media-src 'self' blob:; \
                    connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        let value = |text: &str| HeaderValue::from_str(text).expect("a valid header");
        Self { pages: value(&pages), gate: value(gate) }
    }
}

/// Headers of every answer. Tokens' pages and addresses are told to nobody.
async fn secure(State(policies): State<Arc<Policies>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_gate = path == "/gate";
    let is_token = path.starts_with("/t/") || path.starts_with("/T/") || path.starts_with("/V/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if html {
        headers.insert(header::CONTENT_SECURITY_POLICY, if is_gate { policies.gate.clone() } else { policies.pages.clone() });
    }
    if is_token {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    }
    response
}
