//! One line of an order, as a test describes it.

/// One line of an order.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(super) title: String,
    pub(super) product: u64,
    pub(super) quantity: i64,
    pub(super) removed: i64,
    pub(super) price: String,
    pub(super) discount: String,
    pub(super) tax: String,
    pub(super) gift_card: bool,
    pub(super) tip: bool,
    pub(super) selling_plan: Option<u64>,
}

/// A line of `quantity` units at `price` each. Line `A` is product 632910392, `B` the next, and so on.
pub(crate) fn line(title: &str, quantity: i64, price: &str) -> Line {
    let letter = title.bytes().next().unwrap_or(b'A');
    Line {
        title: title.to_owned(),
        product: 632_910_392 + u64::from(letter.saturating_sub(b'A')),
        quantity,
        removed: 0,
        price: price.to_owned(),
        discount: "0".to_owned(),
        tax: "0".to_owned(),
        gift_card: false,
        tip: false,
        selling_plan: None,
    }
}

impl Line {
    /// The sum of the line's discount allocations.
    pub(crate) fn discount(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.discount);
        self
    }

    /// The tax of the whole line: inside the price when the order's taxes are included.
    pub(crate) fn tax(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.tax);
        self
    }

    /// A gift card that is bought.
    pub(crate) fn gift_card(mut self) -> Self {
        self.gift_card = true;
        self
    }

    /// A tip, as checkout writes it.
    pub(crate) fn tip(mut self) -> Self {
        self.tip = true;
        self
    }

    /// Bought on a subscription.
    pub(crate) fn selling_plan(mut self, id: u64) -> Self {
        self.selling_plan = Some(id);
        self
    }
}
