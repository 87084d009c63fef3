//! What every page needs: the language, who is there, and the demo's strip.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::cookie::CookieJar;

use crate::actions::log_in::{LOGIN_SECONDS, User, user};
use crate::app::App;
use crate::board::Board;
use crate::domain::moment::Moment;
use crate::domain::place::Role;
use crate::error::Error;
use crate::i18n::help::Reader;
use crate::i18n::{Lang, Text};

/// The cookie that holds a log-in.
pub const LOGIN: &str = "baari_login";

/// The cookie that holds the language.
const LANG: &str = "baari_lang";

/// The frame around a page.
#[derive(Clone)]
pub struct Frame {
    /// Its language.
    pub lang: Lang,
    /// Its strings.
    pub t: &'static Text,
    /// The address without a language, for the language switch.
    here: String,
    /// Who is logged in.
    pub user: Option<User>,
    /// Whether this is the demo.
    pub demo: bool,
    /// Whether this is practice.
    pub practice: bool,
    /// The field, as everybody reads it.
    pub board: Arc<Board>,
    /// The time.
    pub now: Moment,
}

impl Frame {
    /// A frame for a page that is the same for everybody.
    pub fn public(app: &App, lang: Lang, here: String) -> Self {
        Self {
            lang,
            t: lang.text(),
            here,
            user: None,
            demo: app.demo.is_some(),
            practice: app.core.is_practice(),
            board: app.core.board(),
            now: app.core.clock.now(),
        }
    }

    /// The address of this page, without a language.
    pub fn here(&self) -> &str {
        &self.here
    }

    /// Whether this page is the one at an address.
    pub fn is_here(&self, path: &str) -> bool {
        self.here.split('?').next() == Some(path)
    }

    /// The same page in the other language.
    pub fn switch(&self) -> String {
        let sign = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{sign}lang={}", self.here, self.lang.other())
    }

    /// A link that keeps the language: pages that are the same for everybody know no cookies.
    pub fn href(&self, path: &str) -> String {
        match self.lang {
            Lang::Hi => path.to_owned(),
            Lang::En => format!("{path}{}lang=en", if path.contains('?') { '&' } else { '?' }),
        }
    }

    /// What a form says about an error that the person can mend; any other error stays one.
    pub fn tell(&self, error: Error) -> Result<String, Error> {
        match error {
            Error::Refused(refusal) => Ok(self.lang.refusal(&refusal)),
            Error::Invalid(faults) => Ok(faults.first().map_or("", |(_, fault)| self.lang.fault(*fault)).to_owned()),
            error => Err(error),
        }
    }

    /// The address of a file that the program carries.
    pub fn asset(&self, name: &str) -> String {
        super::assets::address(name)
    }

    /// The style of every page, inline on public pages.
    pub fn base_css(&self) -> &'static str {
        super::assets::BASE_CSS
    }

    /// Whether somebody with this role is logged in.
    pub fn is_officer(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.actor.role.is_officer())
    }

    /// Whether somebody is logged in who answers for what happens at a centre's gates.
    pub fn runs_gates(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.actor.role.runs_gates())
    }

    /// Whether somebody who issues tokens is logged in.
    pub fn is_issuer(&self) -> bool {
        self.user.as_ref().is_some_and(|user| matches!(user.actor.role, Role::Clerk | Role::Operator))
    }

    /// Whether somebody who works inside a centre is logged in.
    pub fn is_operator(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.actor.role == Role::Operator)
    }

    /// Whether this browser keeps a centre's page for when there is no link.
    pub fn keeps_centre(&self) -> bool {
        self.is_operator() && !self.practice && !self.must_change()
    }

    /// Whether the one-time password has still to be changed.
    pub fn must_change(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.must_change)
    }

    /// Whose page of help F1 opens.
    pub fn help_for(&self, user: &User) -> Reader {
        super::help::reader_for(user.actor.role)
    }

    /// `मंगल 30 मार्च, सुबह 11:07`
    pub fn clock(&self) -> String {
        format!("{}, {}", self.lang.short_day(self.now.day()), self.lang.time(self.now))
    }
}

/// The language that an address asks for.
pub fn lang_of(query: Option<&str>) -> Option<Lang> {
    query?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(|lang| lang.parse().ok())
}

/// The language that was chosen once, in this browser.
pub fn chosen_lang(headers: &axum::http::HeaderMap) -> Option<Lang> {
    CookieJar::from_headers(headers).get(LANG).and_then(|cookie| cookie.value().parse().ok())
}

/// The address without the language.
pub fn without_lang(path: &str, query: Option<&str>) -> String {
    let rest: Vec<_> = query.unwrap_or("").split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

impl FromRequestParts<Arc<App>> for Frame {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let jar = CookieJar::from_headers(&parts.headers);
        let lang = lang_of(parts.uri.query()).or_else(|| chosen_lang(&parts.headers)).unwrap_or(Lang::Hi);
        let mut frame = Self::public(app, lang, without_lang(parts.uri.path(), parts.uri.query()));
        if let Some(secret) = jar.get(LOGIN) {
            frame.user = user(&app.core, secret.value()).await?;
        }
        Ok(frame)
    }
}

/// Whether an address is a path of our own, and nothing that a browser takes for another host.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control)
}

/// The secret in the log-in cookie.
pub fn login_secret(headers: &axum::http::HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(LOGIN).map(|cookie| cookie.value().to_owned())
}

/// The `Set-Cookie` of a new log-in; an empty secret takes it away.
pub fn login_cookie(app: &App, secret: &str) -> String {
    let secure = if app.core.public_url.starts_with("https:") { "; Secure" } else { "" };
    let seconds = if secret.is_empty() { 0 } else { LOGIN_SECONDS };
    format!("{LOGIN}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// Remembers a language that was asked for, on pages that are not the same for everybody. A script that fetches pages to keep them, in both
/// languages, asks for nobody: browsers tell by a header what is opened for somebody to read.
pub async fn remember_language(request: Request, next: Next) -> Response {
    let is_opened = request.headers().get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let asked = lang_of(request.uri().query()).filter(|_| is_opened);
    let has_cookies = request.headers().contains_key(COOKIE);
    let mut response = next.run(request).await;
    if let (Some(lang), true) = (asked, has_cookies || !response.headers().contains_key("etag")) {
        let cookie = format!("{LANG}={lang}; Path=/; Max-Age=31536000; SameSite=Lax");
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// Somebody of staff. A handler that takes this is protected, and what it may see comes with it.
pub struct Staff(pub User);

/// A district or state officer.
pub struct Officer(pub User);

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let frame = Frame::from_request_parts(parts, app).await?;
        let user = frame.user.ok_or(Error::LoggedOut)?;
        // Whoever was given a password by somebody else changes it before anything else.
        if user.must_change && parts.uri.path() != "/password" { Err(Error::PasswordDue) } else { Ok(Self(user)) }
    }
}

impl FromRequestParts<Arc<App>> for Officer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Staff(user) = Staff::from_request_parts(parts, app).await?;
        if user.actor.role.is_officer() { Ok(Self(user)) } else { Err(Error::Forbidden) }
    }
}

/// What somebody logs in on: browser and system in a few words, as they call themselves.
pub struct Device(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let told = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
        // The order counts: nearly all of them call themselves Safari and Chrome too.
        let first = |names: &[(&'static str, &'static str)]| names.iter().find(|(mark, _)| told.contains(mark)).map(|(_, name)| *name);
        let browsers =
            [("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("Chrom", "Chrome")];
        let browser = first(&browsers).or_else(|| first(&[("Safari", "Safari")]));
        let systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS")];
        let system = first(&systems).or_else(|| first(&[("Mac OS", "Mac"), ("Linux", "Linux")]));
        let told_briefly = || told.chars().filter(|c| !c.is_control()).take(40).collect();
        Ok(Self(match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser}, {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => told_briefly(),
        }))
    }
}

/// The visitor's address, for rate limits.
pub struct Address(pub std::net::IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let info = parts.extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
        Ok(Self(info.map_or(std::net::IpAddr::from([127, 0, 0, 1]), |info| info.0.ip())))
    }
}
