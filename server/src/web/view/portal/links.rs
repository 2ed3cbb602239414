//! Links and coupon codes. The builder works as a form on the server; the script does the same in
//! the page at once (A3). Not here: how a link's parameters are read (`storefront-wasm`).

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::{Field, Pair};

pub mod builder;
pub mod qr;

/// A QR code, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCode {
    /// Modules on a side, the quiet zone included.
    pub side: i32,
    /// One square per dark module.
    pub path: String,
}

/// The link of one program.
#[derive(Debug, Clone)]
pub struct ProgramLink {
    /// The program.
    pub name: String,
    /// `10% of sales`.
    pub commission: String,
    /// To the front page of the shop.
    pub link: String,
}

/// `{base}/links`; the builder is a GET form with `page`, `affclickid`, `sub1`…`sub5`, and `name`
/// and `value` for free parameters.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/links.html")]
pub struct LinksPage {
    /// Chrome.
    pub frame: Frame,
    /// The shop's own address, `https://shop.example`: every link stays there.
    pub shop_url: String,
    /// Parameter that carries the code, `ref`.
    pub code_parameter: String,
    /// The affiliate's code.
    pub code: String,
    /// The program that the affiliate is in, with its link (A2).
    pub program: Option<ProgramLink>,
    /// What the affiliate pasted.
    pub page: Field,
    /// The affiliate's own click id, usually a macro of its traffic source.
    pub click_id: Field,
    /// `sub1` to `sub5`, in order.
    pub subs: Vec<Field>,
    /// Free parameters, with a blank row to fill in.
    pub extra: Vec<Pair>,
    /// The finished link, by [`builder::tracking_link`].
    pub link: String,
    /// The link as a QR code: the path of an SVG picture and the length of its sides.
    pub qr: Option<QrCode>,
    /// Names of parameters that this affiliate's links have really carried, for postbacks.
    pub seen_names: Vec<String>,
    /// Discount codes that credit the affiliate.
    pub coupons: Vec<String>,
}
