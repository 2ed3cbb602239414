//! Sales that never were in Shopify: a merchant enters one for an affiliate, and takes it back, whole
//! or in part. From then on it is an order like any other: the same attribution record, rules, ledger
//! and postbacks. Repeat-safe: its ids come from the form that it was entered with, so a form that is
//! sent twice is one sale, and one refund.

use domain::{
    affiliate::{AffiliateStatus, fold_code},
    commission::FieldError,
    conversion::PayoutRate,
    ids::{OrderId, ShopifyId},
    money::{Currency, Money},
    order::{OrderLine, OrderSnapshot, PaymentStatus, Refund, RefundLine, RefundSettlement},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates::{Affiliate, affiliate_by_code},
    firings::Firing,
    orders::{order_by_id, order_by_shopify_id},
};

use super::{
    order_news::{News, OrderNews},
    record_activity::Act,
    settle_orders::Settler,
    shop_book::ShopBooks,
};
use crate::secrets::mac;

/// Longest name of a sale, such as the number of an invoice.
pub const NAME_CHARS_MAX: usize = 60;
/// Longest note.
pub const NOTE_CHARS_MAX: usize = 500;
/// Largest sale, in minor units: far from where sums would overflow.
const AMOUNT_MAX: i64 = 1_000_000_000_000;
/// `source_name` of such orders, beside Shopify's `web` and `pos`.
const SOURCE: &str = "by_hand";
/// What the only line is called.
const LINE_TITLE: &str = "Sale entered by hand";

/// A sale as the merchant enters it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaleDraft {
    /// Code of the affiliate who brought it.
    pub code: String,
    /// What the buyer paid, without tax and shipping.
    pub amount: String,
    /// In this currency; empty for the shop's.
    pub currency: String,
    /// Units of the shop's currency for one of it.
    pub rate: String,
    /// When it was made; none where the date cannot be read.
    pub at: Option<UtcTime>,
    /// What the merchant calls it.
    pub name: String,
    /// For the merchant only.
    pub note: String,
    /// Made with the form.
    pub request: String,
}

/// What is taken back of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakeBack {
    /// How much, in the shop's currency; empty for all that is left.
    pub amount: String,
    /// For the merchant only.
    pub note: String,
    /// Made with the form.
    pub request: String,
}

/// Why nothing was entered.
#[derive(Debug, thiserror::Error)]
pub enum SaleError {
    /// Mistakes, each with its field.
    #[error("the sale has mistakes")]
    Refused(Vec<FieldError>),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SaleError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

/// Enters a sale and credits it to its affiliate.
///
/// # Errors
/// [`SaleError`].
pub fn record_sale(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    settler: &Settler,
    act: Act,
    draft: &SaleDraft,
) -> Result<(OrderId, Vec<Firing>), SaleError> {
    let id = id_of("sale", &draft.request);
    if let Some(known) = order_by_shopify_id(tx, act.shop, id)? {
        return Ok((known.id, Vec::new()));
    }
    let currency = books.of(tx, act.shop)?.currency();
    let owner = affiliate_by_code(tx, act.shop, &fold_code(&draft.code))?;
    let sale = Sale::read(draft, currency, owner, act.now)?;
    let news = OrderNews { order: id, what: News::Snapshot(Box::new(sale.snapshot(id, currency))) };
    let mut firings = settler.settle_fetched(tx, act.shop, news, act.now)?;
    firings.extend(settler.assign(tx, act.shop, id, sale.affiliate.id, act.now)?);
    let order = order_by_shopify_id(tx, act.shop, id)?.ok_or(StorageError::NotFound)?;
    act.note(tx, Subject::Order, order.id.0, sale.words(draft))?;
    Ok((order.id, firings))
}

/// Takes a sale back: all that is left of it, or an amount.
///
/// # Errors
/// [`SaleError`]; [`StorageError::NotFound`] for another shop's order, and for one of Shopify's, which
/// is refunded there.
pub fn take_sale_back(
    tx: &mut WriteTx<'_>,
    settler: &Settler,
    act: Act,
    order: OrderId,
    wanted: &TakeBack,
) -> Result<Vec<Firing>, SaleError> {
    let known = order_by_id(tx, act.shop, order)?.ok_or(StorageError::NotFound)?;
    let Some(line) = known
        .state
        .0
        .snapshot
        .as_ref()
        .filter(|_| known.shopify_order_id.is_by_hand())
        .and_then(|snapshot| snapshot.lines.first())
    else {
        return Err(StorageError::NotFound.into());
    };
    let id = id_of("refund", &wanted.request);
    let refunds = &known.state.0.refunds;
    if refunds.contains_key(&id.0) {
        return Ok(Vec::new());
    }
    let back: i64 = refunds.values().flat_map(|one| &one.lines).map(|one| one.subtotal_minor).sum();
    let left = line.unit_price_minor - back;
    let amount = amount_back(&wanted.amount, left, known.currency)?;
    let is_all = amount == left;
    let refund = Refund {
        id,
        created_at: act.now,
        settlement: RefundSettlement::Settled,
        lines: vec![RefundLine {
            line_id: line.id,
            // Without its unit the line goes on with what is left of its price.
            quantity: i64::from(is_all),
            subtotal_minor: amount,
            tax_minor: 0,
        }],
        beyond_items_minor: 0,
        beyond_items_tax_minor: 0,
        kept_minor: 0,
        shipping_minor: 0,
        shipping_tax_minor: 0,
    };
    let news = OrderNews { order: known.shopify_order_id, what: News::Refund(refund) };
    let firings = settler.settle_fetched(tx, act.shop, news, act.now)?;
    let amount = Money::new(amount, known.currency);
    let what = if is_all { format!("The rest, {amount},") } else { amount.to_string() };
    act.note(
        tx,
        Subject::Order,
        order.0,
        with_note(&format!("{what} was taken back"), &wanted.note),
    )?;
    Ok(firings)
}

fn amount_back(text: &str, left: i64, currency: Currency) -> Result<i64, SaleError> {
    let refuse = |message: String| {
        let field = "amount".to_owned();
        SaleError::Refused(vec![FieldError { field, message }])
    };
    if left <= 0 {
        return Err(refuse("nothing is left of this sale".to_owned()));
    }
    if text.trim().is_empty() {
        return Ok(left);
    }
    let amount = Money::parse(text.trim(), currency).map_err(|error| refuse(error.to_string()))?;
    match amount.minor {
        minor if minor <= 0 => Err(refuse("enter how much goes back".to_owned())),
        minor if minor > left => {
            let left = Money::new(left, currency);
            Err(refuse(format!("only {left} is left of this sale")))
        }
        minor => Ok(minor),
    }
}

/// An id that the same form always gives.
fn id_of(what: &str, request: &str) -> ShopifyId {
    let [a, b, c, d, e, f, g, h, ..] = mac(what.as_bytes(), &[request.as_bytes()]);
    ShopifyId::by_hand(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

fn with_note(words: &str, note: &str) -> String {
    match note.trim() {
        "" => format!("{words}."),
        note => format!("{words}: {note}"),
    }
}

/// A sale that can be entered.
struct Sale {
    affiliate: Affiliate,
    /// In the shop's currency.
    amount: Money,
    at: UtcTime,
    name: String,
}

impl Sale {
    /// Reads a draft; every mistake is told at once.
    fn read(
        draft: &SaleDraft,
        currency: Currency,
        owner: Option<Affiliate>,
        now: UtcTime,
    ) -> Result<Self, SaleError> {
        let mut errors = Vec::new();
        let mut refuse = |field: &str, message: String| {
            errors.push(FieldError { field: field.to_owned(), message });
        };
        let affiliate = match owner {
            Some(owner) if is_active(&owner) => Some(owner),
            Some(owner) => {
                refuse("code", format!("{} is not active", owner.name));
                None
            }
            None => {
                refuse("code", format!("no affiliate has the code “{}”", draft.code.trim()));
                None
            }
        };
        let amount = match amount_of(draft, currency) {
            Ok(amount) => Some(amount),
            Err((field, message)) => {
                refuse(field, message);
                None
            }
        };
        let at = draft.at.filter(|at| *at <= now);
        if at.is_none() {
            refuse("date", "enter the day of the sale, today at the latest".to_owned());
        }
        let name = draft.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            refuse("name", format!("a name has 1 to {NAME_CHARS_MAX} characters"));
        }
        if draft.note.chars().count() > NOTE_CHARS_MAX {
            refuse("note", format!("at most {NOTE_CHARS_MAX} characters"));
        }
        match (affiliate, amount, at) {
            (Some(affiliate), Some(amount), Some(at)) if errors.is_empty() => {
                Ok(Self { affiliate, amount, at, name })
            }
            _ => Err(SaleError::Refused(errors)),
        }
    }

    /// The order as the rules see it: one line of the shop's goods, paid and handed over when it was
    /// made, so that a hold counts from then.
    fn snapshot(&self, id: ShopifyId, currency: Currency) -> OrderSnapshot {
        let line = OrderLine {
            id,
            product_id: None,
            variant_id: None,
            title: LINE_TITLE.to_owned(),
            quantity: 1,
            current_quantity: None,
            unit_price_minor: self.amount.minor,
            discount_minor: 0,
            tax_minor: 0,
            gift_card: false,
            tip: false,
            subscription: false,
        };
        OrderSnapshot {
            updated_at: self.at,
            triggered_at: self.at,
            shopify_order_id: id,
            name: self.name.clone(),
            ordered_at: self.at,
            currency,
            taxes_included: false,
            test: false,
            cancelled_at: None,
            payment: PaymentStatus::Paid,
            fulfilled: true,
            discount_codes: Vec::new(),
            customer_id: None,
            has_disposable_email: false,
            email_fingerprint: None,
            attribution_tokens: Vec::new(),
            landing_site: None,
            referring_host: None,
            source_name: Some(SOURCE.to_owned()),
            lines: vec![line],
            shipping_minor: 0,
            shipping_tax_minor: 0,
            total_minor: self.amount.minor,
            tells_subscriptions: true,
            refunds: Vec::new(),
        }
    }

    fn words(&self, draft: &SaleDraft) -> String {
        let (name, amount) = (&self.affiliate.name, self.amount);
        let paid = match draft.currency.trim() {
            "" => String::new(),
            other if other.eq_ignore_ascii_case(amount.currency.as_str()) => String::new(),
            other => format!(
                " ({} {} at {})",
                draft.amount.trim(),
                other.to_uppercase(),
                draft.rate.trim()
            ),
        };
        with_note(&format!("A sale of {amount}{paid} was entered by hand for {name}"), &draft.note)
    }
}

fn is_active(affiliate: &Affiliate) -> bool {
    AffiliateStatus::parse(&affiliate.status).is_some_and(AffiliateStatus::may_earn)
}

/// The amount in the shop's currency; what is wrong with which field, otherwise.
fn amount_of(draft: &SaleDraft, currency: Currency) -> Result<Money, (&'static str, String)> {
    let paid_in = match draft.currency.trim() {
        "" => currency,
        text => Currency::parse(text)
            .map_err(|_bad| ("currency", "enter three letters, such as EUR".to_owned()))?,
    };
    let paid = Money::parse(draft.amount.trim(), paid_in)
        .map_err(|error| ("amount", error.to_string()))?;
    let amount = if paid_in == currency {
        paid
    } else {
        let rate = PayoutRate::parse(draft.rate.trim()).map_err(|_bad| {
            ("rate", format!("say how many {currency} one {paid_in} is, such as 1.08"))
        })?;
        Money::new(rate.convert(paid.minor, paid_in, currency), currency)
    };
    match amount.minor {
        minor if minor <= 0 => Err(("amount", "enter what the buyer paid".to_owned())),
        minor if minor > AMOUNT_MAX => {
            Err(("amount", "that is more than can be entered".to_owned()))
        }
        _ => Ok(amount),
    }
}
