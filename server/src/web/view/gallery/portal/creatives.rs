//! The shop's banners, and none.

use super::{super::*, frame};
use crate::web::view::portal::{
    Section,
    creatives::{Banner, CreativesPage},
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let page = |banners| CreativesPage { frame: frame(Section::Creatives), banners };
    let banner = |id: &str, name: &str, preview: Option<&str>| {
        Banner {
        id: id.to_owned(),
        name: name.to_owned(),
        size: "728 × 90".to_owned(),
        preview: preview.map(str::to_owned),
        width: 728,
        height: 90,
        snippet: "<a href=\"https://shop.example/tea?ref=ANNA&amp;banner=1\"><img src=\"https://app.example/banners/1\" width=\"728\" height=\"90\" alt=\"Tea\"></a>".to_owned(),
        impressions: "1,204".to_owned(),
        clicks: "31".to_owned(),
    }
    };
    let some = vec![banner("1", HOSTILE, Some("/banners/1")), banner("2", "Linked", None)];
    vec![("portal-creatives", shown(page(some))), ("portal-creatives-empty", shown(page(vec![])))]
}
