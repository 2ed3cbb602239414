//! What is done about suspicious orders (domain rules 3.7, N19), and the heads of the ledger's chain
//! for the merchant to keep (N11).

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes};
use domain::fraud::{Consequence, FraudSettings};
use storage::{
    DbConn, StorageError,
    ledger::{ledger_daily_heads_of, ledger_head},
};

use crate::{
    error::AppError,
    flows::{change_fraud_rules::change_fraud_rules, verify_ledger::day_text},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                protection::{Detail, DetailKind, Ledger, LedgerDay, ProtectionPage, Rule},
            },
            form::Field,
            parts::{Notice, Tone},
        },
    },
};

/// Days shown on the page; the file has all of them.
const DAYS_SHOWN: i64 = 14;
/// Days in the file: fifty years.
const DAYS_MAX: i64 = 18_263;
/// Words of one list.
const WORDS_MAX: usize = 100;
/// Length of one word.
const WORD_CHARS_MAX: usize = 100;

/// `GET {base}/protection`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let saved = Fields::of_query(&request).value("done") == "saved";
    let notice = saved.then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    show(&shop, notice, shown_form(&form_of(&shop.settings.fraud), &[])).await
}

/// `POST {base}/protection`.
///
/// # Errors
/// [`AppError`].
pub async fn save(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    match settings_of(&fields) {
        Ok(settings) => {
            let act = shop.act();
            shop.app.storage.write(move |tx| change_fraud_rules(tx, act, &settings)).await?;
            Ok(see_other(&format!("{ADMIN_BASE}/protection?done=saved")))
        }
        Err(errors) => {
            let text = "Nothing was saved: look at the marked fields.".to_owned();
            let form = shown_form(&fields, &errors);
            show(&shop, Some(Notice { tone: Tone::Bad, text }), form).await
        }
    }
}

/// `GET {base}/ledger-heads.csv`: day, number of entries, hash of the last one.
///
/// # Errors
/// [`AppError`].
pub async fn heads(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let id = shop.shop.id;
    let days = shop.app.storage.read(move |conn| days(conn, id, DAYS_MAX)).await?;
    let mut text = "day,entries,hash\n".to_owned();
    for LedgerDay { day, entries, hash } in days {
        text.push_str(&format!("{day},{entries},{hash}\n"));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"ledger-heads.csv\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

async fn show(
    shop: &AdminShop,
    notice: Option<Notice>,
    Form { rules, codes, refunds }: Form,
) -> Result<HttpResponse, AppError> {
    let id = shop.shop.id;
    let ledger = shop
        .app
        .storage
        .read(move |conn| {
            let Some(head) = ledger_head(conn, id)? else { return Ok(None) };
            let days = days(conn, id, DAYS_SHOWN)?;
            let (entries, hash) = (head.entries.to_string(), head.hash.to_string());
            Ok::<_, StorageError>(Some(Ledger { entries, hash, days }))
        })
        .await?;
    shop.show(ProtectionPage {
        frame: shop.frame(Section::Settings, notice),
        rules,
        codes,
        refunds,
        ledger,
    })
}

fn days(
    conn: &mut DbConn,
    shop: domain::ids::ShopId,
    limit: i64,
) -> Result<Vec<LedgerDay>, StorageError> {
    let heads = ledger_daily_heads_of(conn, shop, limit)?;
    let shown = heads.into_iter().map(|head| LedgerDay {
        day: day_text(head.day),
        entries: head.entries.to_string(),
        hash: head.hash.to_string(),
    });
    Ok(shown.collect())
}

/// Fields and what is wrong with them.
type Errors = Vec<(&'static str, String)>;

fn settings_of(fields: &Fields) -> Result<FraudSettings, Errors> {
    let mut errors = Errors::new();
    let rule = |name: &'static str| match fields.value(name) {
        "credit" => Consequence::Credit,
        "reject" => Consequence::Reject,
        // What is no choice of ours is the careful one.
        _ => Consequence::Hold,
    };
    let mut settings = FraudSettings {
        paid_traffic: rule("paid_traffic"),
        social_traffic: rule("social_traffic"),
        banned_referrer: rule("banned_referrer"),
        disposable_email: rule("disposable_email"),
        sibling: rule("sibling"),
        velocity: rule("velocity"),
        late_click: rule("late_click"),
        other_network: rule("other_network"),
        ..FraudSettings::default()
    };
    settings.paid_parameters = words(fields, "paid_parameters", &mut errors);
    settings.social_parameters = words(fields, "social_parameters", &mut errors);
    settings.banned_hosts = words(fields, "banned_hosts", &mut errors);
    settings.network_parameters = words(fields, "network_parameters", &mut errors);
    settings.velocity_orders = number(fields, "velocity_orders", 10_000, &mut errors);
    settings.velocity_minutes = number(fields, "velocity_minutes", 10_080, &mut errors);
    settings.late_click_seconds = number(fields, "late_click_seconds", 86_400, &mut errors);
    settings.coupon_sites = words(fields, "coupon_sites", &mut errors);
    settings.late_code_seconds = number(fields, "late_code_seconds", 86_400, &mut errors);
    settings.refund_rate_percent = match fields.value("refund_rate_percent") {
        "0" => 0,
        _ => number(fields, "refund_rate_percent", 100, &mut errors),
    };
    settings.refund_rate_orders = number(fields, "refund_rate_orders", 10_000, &mut errors);
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

fn words(fields: &Fields, name: &'static str, errors: &mut Errors) -> Vec<String> {
    let words: Vec<String> = fields
        .value(name)
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.len() > WORDS_MAX || words.iter().any(|word| word.chars().count() > WORD_CHARS_MAX) {
        errors.push((name, format!("At most {WORDS_MAX} words of {WORD_CHARS_MAX} characters.")));
    }
    words
}

fn number(fields: &Fields, name: &'static str, most: i64, errors: &mut Errors) -> i64 {
    match fields.value(name).parse() {
        Ok(number) if (1..=most).contains(&number) => number,
        _ => {
            errors.push((name, format!("A whole number from 1 to {most}.")));
            1
        }
    }
}

/// The settings as the form would send them.
fn form_of(settings: &FraudSettings) -> Fields {
    let rule = |consequence| match consequence {
        Consequence::Credit => "credit",
        Consequence::Hold => "hold",
        Consequence::Reject => "reject",
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("paid_traffic", rule(settings.paid_traffic))
        .append_pair("paid_parameters", &settings.paid_parameters.join(", "))
        .append_pair("social_traffic", rule(settings.social_traffic))
        .append_pair("social_parameters", &settings.social_parameters.join(", "))
        .append_pair("banned_referrer", rule(settings.banned_referrer))
        .append_pair("banned_hosts", &settings.banned_hosts.join(", "))
        .append_pair("disposable_email", rule(settings.disposable_email))
        .append_pair("sibling", rule(settings.sibling))
        .append_pair("velocity", rule(settings.velocity))
        .append_pair("velocity_orders", &settings.velocity_orders.to_string())
        .append_pair("velocity_minutes", &settings.velocity_minutes.to_string())
        .append_pair("late_click", rule(settings.late_click))
        .append_pair("late_click_seconds", &settings.late_click_seconds.to_string())
        .append_pair("coupon_sites", &settings.coupon_sites.join(", "))
        .append_pair("late_code_seconds", &settings.late_code_seconds.to_string())
        .append_pair("refund_rate_percent", &settings.refund_rate_percent.to_string())
        .append_pair("refund_rate_orders", &settings.refund_rate_orders.to_string())
        .append_pair("other_network", rule(settings.other_network))
        .append_pair("network_parameters", &settings.network_parameters.join(", "));
    Fields::read(query.finish().as_bytes())
}

/// The form as the page shows it.
struct Form {
    rules: Vec<Rule>,
    /// What the coupon meter needs to know.
    codes: Vec<Detail>,
    /// What is needed to know about refunds.
    refunds: Vec<Detail>,
}

fn shown_form(fields: &Fields, errors: &[(&'static str, String)]) -> Form {
    let field = |name: &str| Field {
        value: fields.value(name).to_owned(),
        error: errors.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone()),
        warning: None,
    };
    let detail = |name: &'static str, label: &'static str, kind: DetailKind| Detail {
        name,
        label,
        kind,
        field: field(name),
    };
    let rule = |name: &'static str, label: &'static str, hint: &'static str, details| Rule {
        name,
        label,
        hint,
        consequence: field(name),
        details,
    };
    let codes = vec![
        detail("coupon_sites", "Coupon sites", DetailKind::Sites),
        detail("late_code_seconds", "Last moment: seconds after another link", DetailKind::Number),
    ];
    let refunds = vec![
        detail("refund_rate_percent", "Percent of the orders; 0: never", DetailKind::Number),
        detail("refund_rate_orders", "Of at least so many orders", DetailKind::Number),
    ];
    let rules = vec![
        rule(
            "paid_traffic",
            "Paid advertising",
            "The affiliate's link was opened with one of these parameters, which only advertisements add: the affiliate bids against you, perhaps on your own name.",
            vec![detail("paid_parameters", "Parameters", DetailKind::Words)],
        ),
        rule(
            "social_traffic",
            "Links on social networks",
            "The affiliate's link was opened with one of these parameters. The networks add them to advertisements and to every post alike: holding these holds ordinary posts of your affiliates too.",
            vec![detail("social_parameters", "Parameters", DetailKind::Words)],
        ),
        rule(
            "banned_referrer",
            "Pages you do not want",
            "The visit came from one of these sites.",
            vec![detail("banned_hosts", "Sites", DetailKind::Sites)],
        ),
        rule(
            "disposable_email",
            "Throw-away e-mail address",
            "The buyer's address is of a provider of throw-away addresses.",
            vec![],
        ),
        rule(
            "sibling",
            "Another affiliate buys",
            "The buyer is an affiliate of yours, but not the one who is credited.",
            vec![],
        ),
        rule(
            "velocity",
            "Many orders at once",
            "More orders of one affiliate than these in a short time.",
            vec![
                detail("velocity_orders", "Orders that are fine", DetailKind::Number),
                detail("velocity_minutes", "Within so many minutes", DetailKind::Number),
            ],
        ),
        rule(
            "late_click",
            "A click just before the order",
            "The affiliate's first click came when the cart was ready to be paid for.",
            vec![detail("late_click_seconds", "Seconds before the order", DetailKind::Number)],
        ),
        rule(
            "other_network",
            "Another affiliate network",
            "The visit began on a page with another network's click id: you may be paying twice.",
            vec![detail("network_parameters", "Parameters", DetailKind::Words)],
        ),
    ];
    Form { rules, codes, refunds }
}
