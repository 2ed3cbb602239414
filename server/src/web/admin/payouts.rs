//! What is due and the rounds of payouts. One round is in `batch`, its files in `files`, results that
//! come back in `results`.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    ids::{AffiliateId, PayoutBatchId, ShopId},
    ledger::payout_due,
    money::{Currency, Money},
    payout::PayoutMethod,
    plan::Feature,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    ledger::Balance,
    payouts::{PayoutBatch, PayoutSum, balances_due, payout_batch_page, payout_sums},
    profiles::{Profile, profiles_of},
};

use crate::{
    error::AppError,
    flows::{
        pay_out::{DraftError, Refunds, draft_payouts, minimum_minor, refunds_of_all},
        shop_book::{ShopBook, ShopBooks},
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, batch_badge, money, payout_method_words},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                payouts::{BatchRow, DueGroup, DueRow, PayoutsPage},
            },
            form::Field,
            parts::{Notice, Pager, Person, Tone},
        },
    },
};

pub mod batch;
mod files;
mod results;

const PER_PAGE: usize = 20;
/// Balances read at a time.
const BATCH: i64 = 500;
/// Affiliates of one method that are shown.
const SHOWN_MAX: usize = 100;
/// Longest note, as PayPal takes it.
const NOTE_MAX: usize = 400;

struct Known {
    groups: BTreeMap<String, Group>,
    batches: Vec<PayoutBatch>,
    sums: Vec<PayoutSum>,
}

/// What is due by one method.
#[derive(Default)]
struct Group {
    rows: Vec<DueRow>,
    total_minor: i64,
    count: usize,
}

/// `GET {base}/payouts`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "nothing" => Some((Tone::Warning, "Nothing is due by this method.")),
        "thrown_away" => Some((Tone::Good, "The draft is thrown away.")),
        _ => None,
    };
    let notice = text.map(|(tone, text)| Notice { tone, text: text.to_owned() });
    let query = Fields::of_query(&request);
    let before = query.value("before").parse().ok();
    let (id, books, now) = (shop.shop.id, shop.app.books.clone(), shop.app.clock.now());
    let known = shop.app.storage.read(move |conn| read(conn, &books, id, before, now)).await?;
    let has_more = known.batches.len() > PER_PAGE;
    let older = known.batches.get(PER_PAGE - 1).filter(|_| has_more).map(|last| last.number);
    let page = PayoutsPage {
        frame: shop.frame(Section::Payouts, notice),
        due: groups(known.groups, shop.currency()),
        note: Field { value: default_note(&shop.zone, now), ..Field::default() },
        batches: known
            .batches
            .iter()
            .take(PER_PAGE)
            .map(|batch| batch_row(batch, &known.sums, &shop.zone))
            .collect(),
        pager: Pager {
            newer: query.given("before").map(|_| format!("{ADMIN_BASE}/payouts")),
            older: older.map(|number| format!("{ADMIN_BASE}/payouts?before={number}")),
        },
    };
    shop.show(page)
}

/// `POST {base}/payouts` with `method` and `note`.
///
/// # Errors
/// [`AppError`].
pub async fn draft(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let method = PayoutMethod::parse(sent.value("method"))
        .ok_or_else(|| AppError::BadRequest("There is no such method.".to_owned()))?;
    if method == PayoutMethod::StoreCredit
        && let Some(paywall) = shop.paywall(Feature::StoreCredit).await?
    {
        return Ok(paywall);
    }
    let note: String = sent.value("note").chars().take(NOTE_MAX).collect();
    let (act, books) = (shop.act(), shop.app.books.clone());
    let drafted =
        shop.app.storage.write(move |tx| draft_payouts(tx, &books, act, method, &note)).await;
    match drafted {
        Ok(batch) => Ok(see_other(&format!("{ADMIN_BASE}/payouts/{}?done=drafted", batch.number))),
        Err(DraftError::NothingDue) => Ok(see_other(&format!("{ADMIN_BASE}/payouts?done=nothing"))),
        Err(DraftError::Storage(error)) => Err(error.into()),
    }
}

/// `Commission 2026-03`: the month in the shop's zone.
fn default_note(zone: &Zone, now: UtcTime) -> String {
    format!("Commission {}", zone.month(now))
}

fn read(
    conn: &mut DbConn,
    books: &ShopBooks,
    shop: ShopId,
    before: Option<i64>,
    now: UtcTime,
) -> Result<Known, StorageError> {
    let book = books.of(conn, shop)?;
    let mut due = Due { book: &book, now, groups: BTreeMap::new(), accounts: HashMap::new() };
    let mut after: Option<AffiliateId> = None;
    loop {
        let balances = balances_due(conn, shop, after, BATCH)?;
        let Some(last) = balances.last() else { break };
        after = Some(last.affiliate_id);
        let ids: Vec<AffiliateId> = balances.iter().map(|one| one.affiliate_id).collect();
        let people = affiliates_by_ids(conn, shop, &ids)?;
        let profiles = profiles_of(conn, shop, &ids)?;
        let refunds = refunds_of_all(conn, &book, &ids, now)?;
        for balance in &balances {
            let Some(affiliate) = people.get(&balance.affiliate_id) else { continue };
            let refunds = refunds.get(&affiliate.id).copied().unwrap_or_default();
            due.add(balance, affiliate, profiles.get(&affiliate.id), refunds);
        }
    }
    let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let batches = payout_batch_page(conn, shop, before, limit)?;
    let ids: Vec<PayoutBatchId> = batches.iter().map(|batch| batch.id).collect();
    Ok(Known { groups: due.groups, sums: payout_sums(conn, shop, &ids)?, batches })
}

/// What is due, gathered by method.
struct Due<'a> {
    book: &'a ShopBook,
    now: UtcTime,
    groups: BTreeMap<String, Group>,
    /// Who is paid to an account, by method and address.
    accounts: HashMap<(String, String), String>,
}

impl Due<'_> {
    fn add(
        &mut self,
        balance: &Balance,
        affiliate: &Affiliate,
        profile: Option<&Profile>,
        refunds: Refunds,
    ) {
        let method = profile.and_then(|known| known.payout_method.clone()).unwrap_or_default();
        let minimum = minimum_minor(self.book, affiliate.program_id, self.now);
        let due = payout_due(balance.payable_minor, minimum);
        let has_method = !method.is_empty();
        let now_minor = if has_method && !refunds.is_held { due.amount_minor } else { 0 };
        let twin = self.twin(&method, affiliate, profile);
        let remark = if balance.payable_minor < 0 {
            "owes: netted with the next commissions".to_owned()
        } else if due.amount_minor == 0 {
            "below the minimum: carried".to_owned()
        } else if refunds.is_held {
            let Refunds { orders, refunded, .. } = refunds;
            format!("waits for you: {refunded} of {orders} orders were refunded")
        } else if !has_method {
            "has not said how it is paid".to_owned()
        } else if let Some(name) = twin {
            format!("the same account as {name}")
        } else {
            affiliate.payout_currency.map_or_else(String::new, |paid_in| match paid_in {
                same if same == balance.currency => String::new(),
                other => format!("paid in {other}"),
            })
        };
        let group = self.groups.entry(method).or_default();
        group.count += 1;
        group.total_minor = group.total_minor.saturating_add(now_minor);
        if group.rows.len() >= SHOWN_MAX {
            return;
        }
        let amount = |minor: i64| money(minor, balance.currency);
        group.rows.push(DueRow {
            affiliate: Person { id: affiliate.id.to_string(), name: affiliate.name.clone() },
            payable: amount(balance.payable_minor),
            minimum: if minimum > 0 { amount(minimum) } else { "none".to_owned() },
            now: amount(now_minor),
            remark,
        });
    }

    /// Who else is paid to this account: one person behind two names, perhaps.
    fn twin(
        &mut self,
        method: &str,
        affiliate: &Affiliate,
        profile: Option<&Profile>,
    ) -> Option<String> {
        let address = profile?.payout_address.trim().to_lowercase();
        if address.is_empty() {
            return None;
        }
        let key = (method.to_owned(), address);
        let known = self.accounts.get(&key).cloned();
        if known.is_none() {
            self.accounts.insert(key, affiliate.name.clone());
        }
        known
    }
}

fn groups(known: BTreeMap<String, Group>, currency: Currency) -> Vec<DueGroup> {
    known
        .into_iter()
        .map(|(method, group)| DueGroup {
            title: payout_method_words(&method),
            total: Money::new(group.total_minor, currency).to_string(),
            has_due: group.total_minor > 0 && !method.is_empty(),
            is_cut: group.count > group.rows.len(),
            rows: group.rows,
            method,
        })
        .collect()
}

fn batch_row(batch: &PayoutBatch, sums: &[PayoutSum], zone: &Zone) -> BatchRow {
    let own = || sums.iter().filter(|sum| sum.batch_id == batch.id);
    let amounts: Vec<String> =
        own().map(|sum| money(sum.payout_amount_minor, sum.payout_currency)).collect();
    BatchRow {
        payments: own().fold(0_i64, |count, sum| count.saturating_add(sum.payments)).to_string(),
        sum: if amounts.is_empty() { "nothing".to_owned() } else { amounts.join(" + ") },
        number: batch.number.to_string(),
        method: payout_method_words(batch.method.as_str()),
        status: batch_badge(batch.state),
        at: zone.day(batch.created_at),
        note: batch.note.clone(),
    }
}
