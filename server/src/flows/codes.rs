//! Discount codes for affiliates, made in Shopify: each program may have one discount there, and its
//! affiliates codes on it. A code credits from the moment it is asked for; buyers can use it as soon as
//! Shopify has made it. Not here: asking Shopify (`shopify_work::codes`).
//!
//! Repeat-safe by (shop, code): a code belongs to one affiliate.

use domain::{
    affiliate::{AffiliateStatus, fold_code},
    commission::FieldError,
    ids::{AffiliateId, ProgramId},
    money::{BasisPoints, Currency, Money},
};
use storage::{
    StorageError, TxError, WriteTx,
    activity::Subject,
    affiliates::{Affiliate, affiliate_by_id, affiliate_to_change},
    coupons::{Coupon, coupon_delete, coupon_insert, coupons_by_codes},
    programs::program_by_id,
    shop_codes::{
        CodeState, DiscountState, ProgramDiscount, ShopCode, program_discount,
        program_discount_save, program_discount_to_change, shop_code_unwant, shop_code_want,
        shop_codes_of,
    },
    shopify_tasks::{TaskKind, task_add},
};

use super::record_activity::Act;

/// Most codes of one affiliate.
pub const CODES_MAX: i64 = 50;
/// Longest code, as Shopify allows it.
const LENGTH_MAX: usize = 255;
/// Endings that are tried until a code is free.
const ENDINGS_MAX: u32 = 100;

/// What a program's discount should be, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiscountDraft {
    /// `percent` or `amount`.
    pub kind: String,
    /// How much.
    pub value: String,
    /// Only once for each customer.
    pub once_per_customer: bool,
    /// Whoever is approved gets a code.
    pub is_automatic: bool,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A mistake, with its field.
    #[error("{}: {}", .0.field, .0.message)]
    Refused(FieldError),
    /// The program has no discount that codes could be on.
    #[error("the program has no discount")]
    NoDiscount,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl TxError for CodeError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) | Self::NoDiscount => None,
        }
    }
}

fn refused(field: &str, message: impl Into<String>) -> CodeError {
    CodeError::Refused(FieldError { field: field.to_owned(), message: message.into() })
}

/// Sets what the discount of a program is. While one runs at Shopify only who gets a code can be
/// changed: buyers were promised the rest.
///
/// # Errors
/// [`CodeError`]; not found for another shop's program.
pub fn save_discount(
    tx: &mut WriteTx<'_>,
    act: Act,
    program: ProgramId,
    currency: Currency,
    draft: &DiscountDraft,
) -> Result<(), CodeError> {
    let row = program_by_id(tx, act.shop, program)?.ok_or(StorageError::NotFound)?;
    let known = program_discount_to_change(tx, act.shop, program)?;
    if let Some(running) = known.filter(|known| known.state != DiscountState::Ended) {
        let changed =
            ProgramDiscount { is_automatic: draft.is_automatic, updated_at: act.now, ..running };
        return Ok(program_discount_save(tx, &changed)?);
    }
    let (percent_bps, amount_minor) = saving(draft, currency)?;
    let discount = ProgramDiscount {
        program_id: program,
        shop_id: act.shop,
        percent_bps,
        amount_minor,
        once_per_customer: draft.once_per_customer,
        is_automatic: draft.is_automatic,
        // The moment makes it another one than the last, which is stopped under the same name.
        title: format!("{}, affiliates ({})", row.name, act.now.unix_seconds()),
        discount_gid: None,
        state: DiscountState::Active,
        error: None,
        updated_at: act.now,
    };
    program_discount_save(tx, &discount)?;
    let words = format!("Discount codes were set up for {}.", row.name);
    Ok(act.note(tx, Subject::Program, row.number, words)?)
}

fn saving(
    draft: &DiscountDraft,
    currency: Currency,
) -> Result<(Option<i64>, Option<i64>), CodeError> {
    if draft.kind == "amount" {
        let amount = Money::parse(&draft.value, currency).ok().filter(|money| money.minor > 0);
        let amount = amount.ok_or_else(|| refused("value", "enter an amount, such as 5.00"))?;
        return Ok((None, Some(amount.minor)));
    }
    let percent = BasisPoints::parse_percent(&draft.value).ok();
    let percent = percent.filter(|points| (1..=BasisPoints::WHOLE).contains(&points.0));
    let percent = percent.ok_or_else(|| refused("value", "enter a percentage, such as 10"))?;
    Ok((Some(percent.0), None))
}

/// Stops the discount of a program at Shopify, with all its codes. They go on crediting orders.
///
/// # Errors
/// [`CodeError::NoDiscount`] without a running one.
pub fn stop_discount(tx: &mut WriteTx<'_>, act: Act, program: ProgramId) -> Result<(), CodeError> {
    let known = program_discount_to_change(tx, act.shop, program)?;
    let known = known.filter(|known| known.state == DiscountState::Active);
    let known = known.ok_or(CodeError::NoDiscount)?;
    let ending = ProgramDiscount {
        state: DiscountState::Ending,
        is_automatic: false,
        updated_at: act.now,
        ..known
    };
    program_discount_save(tx, &ending)?;
    Ok(task_add(tx, act.shop, TaskKind::SyncCodes, &program.to_string(), act.now)?)
}

/// Gives an affiliate a code of the merchant's choice on its program's discount.
///
/// # Errors
/// [`CodeError`]; not found for another shop's affiliate.
pub fn give_code(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
    code: &str,
) -> Result<(), CodeError> {
    // Of two that are given at once the second is counted with the first.
    let who = affiliate_to_change(tx, act.shop, affiliate)?;
    let discount = program_discount(tx, act.shop, who.program_id)?;
    if discount.is_none_or(|known| known.state != DiscountState::Active) {
        return Err(CodeError::NoDiscount);
    }
    let code = code.trim();
    if code.is_empty() || code.chars().any(|letter| letter == ',' || letter.is_whitespace()) {
        return Err(refused("code", "enter a code without spaces and commas, such as ANNA10"));
    }
    if code.chars().count() > LENGTH_MAX {
        return Err(refused("code", format!("at most {LENGTH_MAX} characters")));
    }
    let count = shop_codes_of(tx, act.shop, affiliate, CODES_MAX)?.len();
    if i64::try_from(count).is_ok_and(|count| count >= CODES_MAX) {
        return Err(refused("code", format!("at most {CODES_MAX} codes for one affiliate")));
    }
    match want(tx, act, &who, code) {
        Err(StorageError::Conflict(_)) => Err(refused("code", "another affiliate has this code")),
        wanted => Ok(wanted?),
    }
}

/// The code that an affiliate gets on approval, where its program gives one: its own, with what it
/// saves. Nothing when it has one already.
///
/// # Errors
/// [`StorageError`].
pub fn code_on_approval(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
    status: AffiliateStatus,
) -> Result<(), StorageError> {
    if status != AffiliateStatus::Active {
        return Ok(());
    }
    let who = affiliate_by_id(tx, act.shop, affiliate)?.ok_or(StorageError::NotFound)?;
    let discount = program_discount(tx, act.shop, who.program_id)?;
    let discount =
        discount.filter(|known| known.is_automatic && known.state == DiscountState::Active);
    let Some(discount) = discount else { return Ok(()) };
    if !shop_codes_of(tx, act.shop, affiliate, 1)?.is_empty() {
        return Ok(());
    }
    let saving = discount.percent_bps.map_or_else(String::new, |points| (points / 100).to_string());
    let stem = format!("{}{saving}", who.code.to_uppercase());
    for number in 1..=ENDINGS_MAX {
        let code = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        if coupons_by_codes(tx, act.shop, &[fold_code(&code)])?.is_empty() {
            return want(tx, act, &who, &code);
        }
    }
    Ok(())
}

/// Takes a code away: from the affiliate at once, from Shopify as soon as the workers come to it.
///
/// # Errors
/// [`StorageError::NotFound`] when the affiliate does not have it.
pub fn take_code(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
    code: &str,
) -> Result<(), StorageError> {
    let folded = fold_code(code);
    let known = shop_codes_of(tx, act.shop, affiliate, CODES_MAX.saturating_mul(2))?;
    let known = known.into_iter().find(|known| known.code_folded == folded);
    let known = known.ok_or(StorageError::NotFound)?;
    match coupon_delete(tx, act.shop, affiliate, &folded) {
        // Taken away in the editor before.
        Ok(()) | Err(StorageError::NotFound) => {}
        Err(error) => return Err(error),
    }
    act.note(tx, Subject::Affiliate, affiliate.0, format!("Code {} was taken away.", known.code))?;
    stop_at_shopify(tx, act, affiliate, &folded)
}

/// Buyers cannot use a code any more that the affiliate does not have, if it is one that we made.
///
/// # Errors
/// [`StorageError`].
pub(super) fn stop_at_shopify(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
    code_folded: &str,
) -> Result<(), StorageError> {
    let known = shop_codes_of(tx, act.shop, affiliate, CODES_MAX.saturating_mul(2))?;
    let Some(known) = known.into_iter().find(|known| known.code_folded == code_folded) else {
        return Ok(());
    };
    shop_code_unwant(tx, act.shop, code_folded)?;
    task_add(tx, act.shop, TaskKind::SyncCodes, &known.program_id.to_string(), act.now)
}

/// The code credits its affiliate, and Shopify is asked to make it.
fn want(tx: &mut WriteTx<'_>, act: Act, who: &Affiliate, code: &str) -> Result<(), StorageError> {
    let code_folded = fold_code(code);
    let owner = coupons_by_codes(tx, act.shop, std::slice::from_ref(&code_folded))?;
    match owner.first() {
        Some((_, owner)) if *owner == who.id => {}
        Some(_) => return Err(StorageError::Conflict(format!("code {code}"))),
        None => {
            let coupon = Coupon {
                shop_id: act.shop,
                code_folded: code_folded.clone(),
                code: code.to_owned(),
                affiliate_id: who.id,
            };
            coupon_insert(tx, &coupon)?;
        }
    }
    let wanted = ShopCode {
        shop_id: act.shop,
        code_folded,
        code: code.to_owned(),
        affiliate_id: who.id,
        program_id: who.program_id,
        state: CodeState::Wanted,
        error: None,
        created_at: act.now,
    };
    shop_code_want(tx, &wanted)?;
    act.note(tx, Subject::Affiliate, who.id.0, format!("Code {code} was given."))?;
    task_add(tx, act.shop, TaskKind::SyncCodes, &who.program_id.to_string(), act.now)
}
