//! The discounts of the demo's shop, as Shopify would keep them: two that are the merchant's own, and those
//! that the app makes. Lost with the process; of kept data the app still knows which it made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{
    affiliate::fold_code,
    ids::ShopId,
    money::{BasisPoints, Money},
};
use storage::{
    DbConn, StorageError,
    programs::program_list,
    shop_codes::{CodeState, DiscountState, program_discount, shop_codes_in_state},
};

use super::payloads::CURRENCY;

/// Codes that the merchant made; only the first belongs to an affiliate.
pub(super) const OWN_CODES: [(&str, i64); 2] = [(super::seed::ANNA_COUPON, 10), ("WELCOME5", 5)];

/// Programs and codes of kept data that are looked at.
const KNOWN_MAX: i64 = 1_000;

/// What a buyer saves.
pub(super) use shopify::admin::discounts::Saving;

/// A code that a buyer has entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coupon {
    /// As it is written in the shop.
    pub(super) code: String,
    /// What it saves.
    pub(super) saving: Saving,
}

/// All discounts.
#[derive(Debug)]
pub(super) struct Discounts(Mutex<Vec<Discount>>);

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Discount {
    /// Its global id.
    pub(super) id: String,
    /// Its name in the merchant's list.
    pub(super) title: String,
    /// What its codes save.
    pub(super) saving: Saving,
    /// As they were written.
    pub(super) codes: Vec<String>,
}

impl Discounts {
    /// The merchant's own, and those that the app made in kept data.
    pub(super) fn of_shop(conn: &mut DbConn, shop: ShopId) -> Result<Self, StorageError> {
        let own = OWN_CODES.into_iter().zip(1_u64..).map(|((code, percent), number)| Discount {
            id: format!("gid://shopify/DiscountCodeNode/{number}"),
            title: code.to_owned(),
            saving: Saving::Percent(BasisPoints(percent * 100)),
            codes: vec![code.to_owned()],
        });
        let mut all: Vec<Discount> = own.collect();
        for program in program_list(conn, shop, KNOWN_MAX)? {
            let known = program_discount(conn, shop, program.id)?;
            let Some(known) = known.filter(|one| one.state == DiscountState::Active) else {
                continue;
            };
            let amount =
                known.amount_minor.map(|minor| Saving::Amount(Money::new(minor, CURRENCY)));
            let saving = known.percent_bps.map(|points| Saving::Percent(BasisPoints(points)));
            if let (Some(id), Some(saving)) = (known.discount_gid, saving.or(amount)) {
                let state = CodeState::Live;
                let codes = shop_codes_in_state(conn, shop, program.id, state, KNOWN_MAX)?;
                let codes = codes.into_iter().map(|code| code.code).collect();
                all.push(Discount { id, title: known.title, saving, codes });
            }
        }
        Ok(Self(Mutex::new(all)))
    }

    /// The code that a visitor typed, as Shopify finds it.
    pub(super) fn coupon(&self, typed: &str) -> Option<Coupon> {
        let (discount, code) = self.find(typed)?;
        Some(Coupon { code, saving: discount.saving })
    }

    /// The discount that has a code, and the code as it was written.
    pub(super) fn find(&self, typed: &str) -> Option<(Discount, String)> {
        let wanted = fold_code(typed);
        self.lock().iter().find_map(|discount| {
            let code = discount.codes.iter().find(|code| fold_code(code) == wanted)?;
            Some((discount.clone(), code.clone()))
        })
    }

    /// A discount by its global id.
    pub(super) fn by_id(&self, id: &str) -> Option<Discount> {
        self.lock().iter().find(|discount| discount.id == id).cloned()
    }

    /// A new discount with one code; false when another one has it.
    pub(super) fn make(&self, discount: Discount) -> bool {
        let is_taken = discount.codes.iter().any(|code| self.find(code).is_some());
        if !is_taken {
            self.lock().push(discount);
        }
        !is_taken
    }

    /// Adds codes to a discount; those that are there already stay whose they are.
    pub(super) fn add_codes(&self, id: &str, codes: Vec<String>) {
        for code in codes {
            if self.find(&code).is_none()
                && let Some(discount) = self.lock().iter_mut().find(|one| one.id == id)
            {
                discount.codes.push(code);
            }
        }
    }

    /// Takes codes off a discount.
    pub(super) fn drop_codes(&self, id: &str, codes: &[String]) {
        if let Some(discount) = self.lock().iter_mut().find(|one| one.id == id) {
            discount.codes.retain(|code| !codes.contains(&fold_code(code)));
        }
    }

    /// Ends a discount with all its codes.
    pub(super) fn end(&self, id: &str) {
        self.lock().retain(|discount| discount.id != id);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Discount>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use storage::Storage;

    use super::*;

    /// As a demo starts.
    pub(in crate::demo) fn fresh() -> Discounts {
        let storage = Storage::in_memory().unwrap();
        storage.migrate().unwrap();
        storage.read_blocking(|conn| Discounts::of_shop(conn, ShopId(1))).unwrap()
    }

    #[test]
    fn codes_are_found_as_shopify_finds_them_and_unknown_ones_are_not() {
        let discounts = fresh();
        let found = discounts.coupon(" welcome5 ").unwrap();
        assert_eq!(found.code, "WELCOME5");
        assert_eq!(found.saving, Saving::Percent(BasisPoints(500)));
        assert_eq!(discounts.coupon("ANNA11"), None);
    }

    #[test]
    fn a_code_is_made_once_and_goes_with_its_discount() {
        let discounts = fresh();
        let made = |id: &str, code: &str| Discount {
            id: id.to_owned(),
            title: id.to_owned(),
            saving: Saving::Amount(Money::new(500, CURRENCY)),
            codes: vec![code.to_owned()],
        };
        assert!(discounts.make(made("a", "BOB5")));
        assert!(!discounts.make(made("b", "bob5")), "taken");
        discounts.add_codes("a", vec!["EVE5".to_owned(), "anna10".to_owned()]);
        assert_eq!(discounts.find("anna10").unwrap().0.codes, ["ANNA10"], "not moved");
        assert_eq!(discounts.by_id("a").unwrap().codes, ["BOB5", "EVE5"]);
        discounts.drop_codes("a", &[fold_code("EVE5")]);
        assert_eq!(discounts.coupon("EVE5"), None);
        discounts.end("a");
        assert_eq!(discounts.coupon("BOB5"), None);
    }
}
