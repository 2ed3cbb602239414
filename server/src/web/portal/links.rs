//! Links and coupon codes: the builder as a form on the server (A3).

use actix_web::{HttpRequest, HttpResponse};
use domain::{money::Currency, time::UtcTime};
use storage::{
    DbConn, StorageError,
    affiliates::Affiliate,
    coupons::coupons_of,
    link_names::link_names_of,
    postbacks::Owner,
    programs::{program_by_id, program_version_at},
};

use crate::{
    error::AppError,
    web::{
        auth::PortalAffiliate,
        display::sentence,
        forms::Fields,
        view::{
            admin::programs::summary,
            form::{Field, Pair},
            portal::{
                Section,
                links::{LinksPage, ProgramLink, builder::tracking_link, qr::qr_code},
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

/// `GET {base}/links`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (shop, affiliate) = (who.shop.id, who.affiliate.id);
    let (own, currency, now) = (who.affiliate.clone(), who.currency(), who.app.clock.now());
    let (coupons, seen_names, program) = who
        .app
        .storage
        .read(move |conn| {
            let coupons = coupons_of(conn, shop, affiliate, COUPONS_MAX)?;
            let names = link_names_of(conn, shop, Owner::Affiliate(affiliate))?;
            Ok::<_, StorageError>((coupons, names, program_of(conn, &own, currency, now)?))
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

    let program = program.map(|(name, commission)| ProgramLink {
        link: tracking_link(&shop_url, "", &[(CODE_PARAMETER, &who.affiliate.code)])
            .unwrap_or_default(),
        name,
        commission,
    });
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let page = LinksPage {
        frame: who.frame(Section::Links, None),
        program,
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
        shop_url: shop_url.clone(),
        seen_names: seen_names.into_iter().collect(),
        link,
        coupons: coupons.into_iter().map(|coupon| coupon.code).collect(),
    };
    who.show(page)
}

/// The affiliate's program in a word, and what a sale earns in it; none of one without rules.
fn program_of(
    conn: &mut DbConn,
    affiliate: &Affiliate,
    currency: Currency,
    now: UtcTime,
) -> Result<Option<(String, String)>, StorageError> {
    let (shop, id) = (affiliate.shop_id, affiliate.program_id);
    let program = program_by_id(conn, shop, id)?;
    let version = program_version_at(conn, shop, id, now)?;
    Ok(program.zip(version).map(|(program, version)| {
        let commission = summary(&version.rules.0, currency).into_iter().next();
        (program.name, commission.map(|fact| fact.value).unwrap_or_default())
    }))
}
