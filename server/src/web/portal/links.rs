//! Links and coupon codes: the builder as a form on the server (A3).

use actix_web::{HttpRequest, HttpResponse};
use storage::{StorageError, clicks::link_param_names_of, coupons::coupons_of};

use crate::{
    error::AppError,
    web::{
        auth::PortalAffiliate,
        display::sentence,
        forms::Fields,
        view::{
            form::{Field, Pair},
            portal::{
                Section,
                links::{LinksPage, builder::tracking_link, qr::qr_code},
            },
        },
    },
};

/// The parameter that carries an affiliate's code in links of ours.
pub const CODE_PARAMETER: &str = "ref";
const SUBS: [&str; 5] = ["sub1", "sub2", "sub3", "sub4", "sub5"];
/// Free parameters that are read.
const EXTRA_MAX: usize = 20;
const COUPONS_MAX: i64 = 200;
/// Newest clicks whose parameters are listed.
const CLICKS_LOOKED_AT: i64 = 500;

/// `GET {base}/links`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (shop, affiliate) = (who.shop.id, who.affiliate.id);
    let (coupons, seen_names) = who
        .app
        .storage
        .read(move |conn| {
            let coupons = coupons_of(conn, shop, affiliate, COUPONS_MAX)?;
            let names = link_param_names_of(conn, shop, affiliate, CLICKS_LOOKED_AT)?;
            Ok::<_, StorageError>((coupons, names))
        })
        .await?;
    let query = Fields::of_query(&request);
    let mut extra: Vec<(String, String)> = query.rows("name", "value");
    extra.truncate(EXTRA_MAX);

    let mut parameters = vec![(CODE_PARAMETER, who.affiliate.code.as_str())];
    parameters.push(("affclickid", query.value("affclickid")));
    parameters.extend(SUBS.map(|name| (name, query.value(name))));
    parameters.extend(extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let shop_url = format!("https://{}", who.shop.domain);
    let asked = tracking_link(&shop_url, query.value("page"), &parameters);
    let error = asked.as_ref().err().map(|refused| sentence(&refused.to_string()));
    let link =
        asked.or_else(|_refused| tracking_link(&shop_url, "", &parameters)).unwrap_or_default();

    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let page = LinksPage {
        frame: who.frame(Section::Links, None),
        shop_url,
        code_parameter: CODE_PARAMETER.to_owned(),
        code: who.affiliate.code.clone(),
        page: Field { error, ..field("page") },
        click_id: field("affclickid"),
        subs: SUBS.iter().map(|name| field(name)).collect(),
        extra: extra
            .into_iter()
            .chain([(String::new(), String::new())])
            .map(|(name, value)| Pair { name, value, error: None })
            .collect(),
        qr: qr_code(&link),
        seen_names: seen_names.into_iter().collect(),
        link,
        coupons: coupons.into_iter().map(|coupon| coupon.code).collect(),
    };
    who.show(page)
}
