//! The zone offices and their phones, from the board.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::Response;

use super::places::{Where, parse, public};
use crate::app::App;
use crate::error::Result;
use crate::i18n::Lang;
use crate::pages::frame::{Frame, lang_of, without_lang};
use crate::pages::render;
use crate::storage::field::{District, Zone};

#[derive(Template)]
#[template(path = "public/offices.html")]
struct OfficesPage<'a> {
    f: Frame,
    districts: Vec<&'a District>,
    district: Option<&'a District>,
    zones: Vec<&'a Zone>,
}

impl OfficesPage<'_> {
    fn is_here(&self, district: &District) -> bool {
        self.district.is_some_and(|here| here.id == district.id)
    }
}

/// One district's zone offices.
pub async fn offices(State(app): State<Arc<App>>, request: Request) -> Result<Response> {
    let board = app.core.board();
    let query = request.uri().query();
    let page = board.page(&format!("/offices?{}", query.unwrap_or("")), || {
        let Query(asked) = parse::<Where>(query)?;
        let f = Frame::public(&app, lang_of(query).unwrap_or(Lang::Hi), without_lang("/offices", query));
        let count = |district: &District| board.field.zones.iter().filter(|zone| zone.district_id == district.id).count();
        let districts: Vec<_> = board.field.districts.iter().filter(|district| count(district) > 0).collect();
        let largest = || districts.iter().max_by_key(|district| count(district));
        let district = districts.iter().find(|district| district.code == asked.district).or_else(largest).copied();
        let zones = board.field.zones.iter().filter(|zone| Some(zone.district_id) == district.map(|district| district.id)).collect();
        render(&OfficesPage { f, districts, district, zones })
    })?;
    Ok(public(&page, request.headers()))
}
