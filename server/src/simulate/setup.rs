//! Puts the scenario's shop, programs, affiliates and postbacks into the database.

use domain::{
    affiliate::{AffiliateStatus, Code, fold_code},
    attribution::AttributionSettings,
    commission::check_rules,
    ids::{AffiliateId, PostbackId, ProgramId, ShopifyId},
    money::Currency,
    postback::{CheckContext, PostbackSettings, Scope, Selection, parse_document},
    program::ProgramRules,
    shop::ShopSettings,
    time::UtcTime,
};
use serde_json::Value;
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    bindings::{self, CustomerBinding, ProductBinding},
    coupons::{self, Coupon},
    postbacks::{self, Postback},
    programs, shops,
};

use super::{
    SimulateError, World, malformed,
    scenario::{Scenario, ScenarioAffiliate, ScenarioPostback},
};
use crate::flows::{
    save_postback::credentials_place,
    set_upline::{UplineError, set_upline},
    welcome_shop::new_shop,
};

/// Builds everything that is there before the first event.
pub(super) fn build(world: &mut World, scenario: &Scenario) -> Result<(), SimulateError> {
    world.now = scenario.events.first().map_or(UtcTime::default(), |event| event.at);
    insert_shop(world, scenario)?;
    for (index, rules) in scenario.programs.iter().enumerate() {
        check_program(&format!("programs[{index}]"), rules, scenario.shop.currency)?;
        insert_program(world, rules)?;
    }
    for (index, affiliate) in scenario.affiliates.iter().enumerate() {
        insert_affiliate(world, &format!("affiliates[{index}]"), affiliate)?;
    }
    for (index, affiliate) in scenario.affiliates.iter().enumerate() {
        link_upline(world, &format!("affiliates[{index}].upline"), affiliate)?;
    }
    for (index, postback) in scenario.postbacks.iter().enumerate() {
        insert_postback(world, &format!("postbacks[{index}]"), postback)?;
    }
    Ok(())
}

/// Refuses rules that the editor would refuse.
pub(super) fn check_program(
    field: &str,
    rules: &ProgramRules,
    currency: Currency,
) -> Result<(), SimulateError> {
    check_rules(rules, currency).map_err(|errors| {
        let first = errors.first();
        let path = first.map_or(String::new(), |error| format!("{field}.{}", error.field));
        malformed(path, first.map_or("not valid", |error| error.message.as_str()))
    })
}

fn insert_shop(world: &mut World, scenario: &Scenario) -> Result<(), SimulateError> {
    let shop = &scenario.shop;
    if jiff::tz::TimeZone::get(&shop.timezone).is_err() {
        return Err(malformed("shop.timezone", format!("unknown zone {:?}", shop.timezone)));
    }
    let attribution = AttributionSettings::default();
    let settings = ShopSettings {
        attribution: AttributionSettings {
            click_model: shop.click_model,
            precedence: shop.precedence.clone().unwrap_or(attribution.precedence),
            window_days: shop.window_days.unwrap_or(attribution.window_days),
        },
        fraud: shop.fraud.clone(),
        is_setup_hidden: false,
        postbacks_enabled: shop.postbacks_enabled,
        facebook_pixel_enabled: shop.facebook_pixel_enabled,
        ..ShopSettings::default()
    };
    let now = world.now;
    world.shop = world.storage.write_blocking(|tx| {
        let mut row = new_shop(tx, &shop.domain, now)?;
        row.currency = Some(shop.currency);
        row.timezone.clone_from(&shop.timezone);
        row.settings = serde_json::to_string(&settings)
            .map_err(|error| StorageError::Other(error.to_string()))?;
        Ok::<_, StorageError>(shops::shop_insert_if_absent(tx, &row)?.id)
    })?;
    Ok(())
}

fn insert_program(world: &mut World, rules: &ProgramRules) -> Result<(), SimulateError> {
    let (shop, now) = (world.shop, world.now);
    let name = if rules.name.is_empty() { &rules.key } else { &rules.name };
    let id = world.storage.write_blocking(|tx| {
        let program = programs::program_insert(tx, shop, name, now)?;
        // In force from the beginning of time: an order may be older than the first event.
        programs::program_version_insert(
            tx,
            shop,
            program.id,
            UtcTime::from_micros(0),
            rules.clone(),
        )?;
        Ok::<_, StorageError>(program.id)
    })?;
    world.programs.0.push((rules.key.clone(), id));
    Ok(())
}

fn insert_affiliate(
    world: &mut World,
    field: &str,
    given: &ScenarioAffiliate,
) -> Result<(), SimulateError> {
    let program_id = program_of(world, field, given)?;
    let code = given.code.as_deref().unwrap_or(&given.key);
    let code = Code::parse(code).map_err(|error| malformed(format!("{field}.code"), error))?;
    let email = given.email.clone().unwrap_or_default();
    let (shop_id, now) = (world.shop, world.now);
    let row = Affiliate {
        id: AffiliateId(0),
        shop_id,
        program_id,
        number: 0,
        name: given.key.clone(),
        email_fingerprint: world.fingerprints.email(&email).unwrap_or_default(),
        email,
        code_folded: code.folded(),
        code: code.as_str().to_owned(),
        status: given.status.unwrap_or(AffiliateStatus::Active).as_str().to_owned(),
        shopify_customer_id: given.shopify_customer_id.map(ShopifyId),
        upline_id: None,
        payout_currency: given.payout_currency,
        payout_rate: given.payout_rate.as_ref().map(super::scenario::DecimalText::text),
        password_hash: None,
        created_at: now,
    };
    let id = world.storage.write_blocking(|tx| {
        let id = AffiliateId(tx.next_id(now));
        let row = affiliates::affiliate_insert(tx, Affiliate { id, ..row.clone() })?;
        bind(tx, &row, given, now)?;
        Ok::<_, StorageError>(row.id)
    })?;
    world.affiliates.0.push((given.key.clone(), id));
    Ok(())
}

fn program_of(
    world: &World,
    field: &str,
    given: &ScenarioAffiliate,
) -> Result<ProgramId, SimulateError> {
    match &given.program {
        Some(key) => world
            .programs
            .id(key)
            .ok_or_else(|| malformed(format!("{field}.program"), format!("no program {key:?}"))),
        None => world
            .programs
            .0
            .first()
            .map(|(_, id)| *id)
            .ok_or_else(|| malformed("programs", "at least one program is needed")),
    }
}

/// Coupons, products and customers that belong to an affiliate; known ones stay.
fn bind(
    tx: &mut WriteTx<'_>,
    affiliate: &Affiliate,
    given: &ScenarioAffiliate,
    now: UtcTime,
) -> Result<(), StorageError> {
    let (shop_id, affiliate_id) = (affiliate.shop_id, affiliate.id);
    for code in &given.coupons {
        let code_folded = fold_code(code);
        let owners = coupons::coupons_by_codes(tx, shop_id, std::slice::from_ref(&code_folded))?;
        if owners.iter().all(|(_, owner)| *owner != affiliate_id) {
            let coupon = Coupon { shop_id, code_folded, code: code.clone(), affiliate_id };
            coupons::coupon_insert(tx, &coupon)?;
        }
    }
    for product in &given.products {
        let product_id = ShopifyId(*product);
        bindings::product_binding_insert(
            tx,
            &ProductBinding { shop_id, product_id, affiliate_id },
        )?;
    }
    for customer in &given.customers {
        let customer_id = ShopifyId(*customer);
        let binding = CustomerBinding { shop_id, customer_id, affiliate_id, bound_at: now };
        bindings::customer_binding_insert_if_absent(tx, &binding)?;
    }
    Ok(())
}

fn link_upline(world: &World, field: &str, given: &ScenarioAffiliate) -> Result<(), SimulateError> {
    let Some(key) = &given.upline else { return Ok(()) };
    let upline = world
        .affiliates
        .id(key)
        .ok_or_else(|| malformed(field, format!("no affiliate {key:?}")))?;
    let affiliate = world.affiliates.id(&given.key).unwrap_or(AffiliateId(0));
    let shop = world.shop;
    let set = world.storage.write_blocking(|tx| set_upline(tx, shop, affiliate, Some(upline)));
    set.map_err(|error| match error {
        UplineError::Loop => malformed(field, UplineError::Loop),
        UplineError::Storage(error) => error.into(),
    })
}

fn change_affiliate(
    world: &World,
    field: &str,
    key: &str,
    change: impl Fn(&mut Affiliate),
) -> Result<(), SimulateError> {
    let id = world
        .affiliates
        .id(key)
        .ok_or_else(|| malformed(field, format!("no affiliate {key:?}")))?;
    let shop = world.shop;
    world.storage.write_blocking(|tx| {
        let mut row = affiliates::affiliate_by_id(tx, shop, id)?.ok_or(StorageError::NotFound)?;
        change(&mut row);
        affiliates::affiliate_update(tx, &row)?;
        affiliates::affiliate_set_status(tx, shop, id, &row.status)
    })?;
    Ok(())
}

/// The event `set_affiliate`: only the given fields change.
pub(super) fn set_affiliate(
    world: &mut World,
    field: &str,
    given: &ScenarioAffiliate,
) -> Result<(), SimulateError> {
    if world.affiliates.id(&given.key).is_none() {
        return insert_affiliate(world, field, given);
    }
    let program = match &given.program {
        Some(_) => Some(program_of(world, field, given)?),
        None => None,
    };
    let fingerprint = given.email.as_deref().and_then(|email| world.fingerprints.email(email));
    change_affiliate(world, field, &given.key, |row| {
        if let Some(program) = program {
            row.program_id = program;
        }
        if let Some(email) = &given.email {
            row.email.clone_from(email);
            row.email_fingerprint = fingerprint.clone().unwrap_or_default();
        }
        if let Some(status) = given.status {
            status.as_str().clone_into(&mut row.status);
        }
        row.payout_currency = given.payout_currency.or(row.payout_currency);
        if let Some(rate) = &given.payout_rate {
            row.payout_rate = Some(rate.text());
        }
        row.shopify_customer_id =
            given.shopify_customer_id.map(ShopifyId).or(row.shopify_customer_id);
    })?;
    link_upline(world, &format!("{field}.upline"), given)?;
    let (shop, now) = (world.shop, world.now);
    let id = world.affiliates.id(&given.key).unwrap_or(AffiliateId(0));
    world.storage.write_blocking(|tx| {
        let row = affiliates::affiliate_by_id(tx, shop, id)?.ok_or(StorageError::NotFound)?;
        bind(tx, &row, given, now)
    })?;
    Ok(())
}

fn insert_postback(
    world: &mut World,
    field: &str,
    given: &ScenarioPostback,
) -> Result<(), SimulateError> {
    let owner = match (&given.owner.affiliate, given.owner.merchant) {
        (Some(key), false) => Some(world.affiliates.id(key).ok_or_else(|| {
            malformed(format!("{field}.owner.affiliate"), format!("no affiliate {key:?}"))
        })?),
        (None, true) => None,
        _ => return Err(malformed(format!("{field}.owner"), "an affiliate or the merchant")),
    };
    let mut document = given.settings.clone();
    if let Some(scope) = &given.scope {
        document.insert("scope".to_owned(), scope.clone());
    }
    if let Some(auth) = &given.auth {
        document.insert("auth".to_owned(), auth.clone());
    }
    let refuse = |errors: Vec<domain::postback::FieldError>| {
        let first = errors.first();
        let path = first.map_or(String::new(), |error| format!("{field}.{}", error.field));
        malformed(path, first.map_or("not valid", |error| error.message.as_str()))
    };
    let document = parse_document::<String, String>(Value::Object(document)).map_err(refuse)?;
    document.settings.check(&CheckContext::default()).map_err(refuse)?;
    let settings = with_ids(world, field, document.settings)?;
    let (shop_id, now, key) = (world.shop, world.now, &world.master_key);
    let id = world.storage.write_blocking(|tx| {
        let id = PostbackId(tx.next_id(now));
        let credentials = match &document.credentials {
            Some(credentials) => {
                let plain = serde_json::to_vec(credentials)
                    .map_err(|error| StorageError::Other(error.to_string()))?;
                Some(key.encrypt(&credentials_place(id), &plain)?)
            }
            None => None,
        };
        let row = Postback {
            id,
            shop_id,
            affiliate_id: owner,
            name: settings.name.clone(),
            settings: serde_json::to_string(&settings)
                .map_err(|error| StorageError::Other(error.to_string()))?,
            credentials,
            author: "scenario".to_owned(),
            approved_url: None,
            paused_at: None,
            pause_reason: None,
            backlog_since: None,
            failures_in_row: 0,
            failing_since: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        postbacks::postback_insert(tx, &row)?;
        Ok::<_, SimulateError>(id)
    })?;
    world.postbacks.0.push((given.key.clone(), id));
    Ok(())
}

/// The same document with ids for the scenario's keys.
fn with_ids(
    world: &World,
    field: &str,
    given: PostbackSettings<String, String>,
) -> Result<PostbackSettings, SimulateError> {
    let programs = ids(&given.scope.programs, |key| {
        world.programs.id(key).ok_or_else(|| {
            malformed(format!("{field}.scope.programs"), format!("no program {key:?}"))
        })
    })?;
    let affiliates = ids(&given.scope.affiliates, |key| {
        world.affiliates.id(key).ok_or_else(|| {
            malformed(format!("{field}.scope.affiliates"), format!("no affiliate {key:?}"))
        })
    })?;
    Ok(given.with_scope(Scope { programs, affiliates }))
}

fn ids<T>(
    keys: &Selection<String>,
    id: impl Fn(&String) -> Result<T, SimulateError>,
) -> Result<Selection<T>, SimulateError> {
    Ok(match keys {
        Selection::All => Selection::All,
        Selection::Only(keys) => Selection::Only(keys.iter().map(&id).collect::<Result<_, _>>()?),
        Selection::Except(keys) => {
            Selection::Except(keys.iter().map(&id).collect::<Result<_, _>>()?)
        }
    })
}
