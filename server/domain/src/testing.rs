//! Orders, refunds and rules for the tests of this crate, with amounts as people write them. The
//! reference order of the golden cases (domain rules 3.9) is [`r`].

use crate::{
    attribution::{Method, Share},
    commission::{Commission, CommissionContext, commission_of},
    conversion::{Change, Conversion, EntryDraft, Facts, Occurrence, PayoutTerms, settle},
    ids::ShopifyId,
    money::{Currency, Money},
    order::{
        OrderLine, OrderSnapshot, OrderState, PaymentStatus, Refund, RefundLine, RefundSettlement,
    },
    program::ProgramRules,
    reason::Reason,
    time::UtcTime,
};

/// Line A of the reference order.
pub(crate) const A: u64 = 1;
/// Line B of the reference order.
pub(crate) const B: u64 = 2;

pub(crate) fn time(text: &str) -> UtcTime {
    UtcTime::parse(text).unwrap()
}

/// When the reference order is placed and paid; later snapshots come on later days.
pub(crate) fn day(number: i64) -> UtcTime {
    time("2026-03-01T12:00:00Z").plus_days(number)
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// Builds an order's pictures.
#[derive(Debug, Clone)]
pub(crate) struct Order(pub(crate) OrderSnapshot);

/// R: USD, tax excluded; A 2 × 30.00, B 1 × 40.00; 10 % off; shipping 10.00; tax 8.00; paid.
pub(crate) fn r() -> Order {
    let order = order("USD").line(A, 2, "30.00").line(B, 1, "40.00");
    let order = order.discount(A, "6.00").discount(B, "4.00").tax(A, "4.80").tax(B, "3.20");
    order.shipping("10.00", "0.00")
}

/// A paid order without lines.
pub(crate) fn order(code: &str) -> Order {
    Order(OrderSnapshot {
        has_disposable_email: false,
        tells_subscriptions: true,
        updated_at: day(0),
        triggered_at: day(0),
        shopify_order_id: ShopifyId(450_789_469),
        name: "#1001".to_owned(),
        ordered_at: day(0),
        currency: currency(code),
        taxes_included: false,
        test: false,
        cancelled_at: None,
        payment: PaymentStatus::Paid,
        fulfilled: false,
        discount_codes: Vec::new(),
        customer_id: None,
        email_fingerprint: None,
        attribution_tokens: Vec::new(),
        landing_site: None,
        referring_host: None,
        source_name: Some("web".to_owned()),
        lines: Vec::new(),
        shipping_minor: 0,
        shipping_tax_minor: 0,
        total_minor: 0,
        refunds: Vec::new(),
    })
}

/// One line of `amount` that was paid.
pub(crate) fn order_of(code: &str, amount: &str) -> Order {
    order(code).line(A, 1, amount)
}

impl Order {
    pub(crate) fn minor(&self, amount: &str) -> i64 {
        Money::parse(amount, self.0.currency).unwrap().minor
    }

    /// Adds a line; its product has the line's id times 100, its variant the id times 1000.
    pub(crate) fn line(mut self, id: u64, quantity: i64, price: &str) -> Self {
        let unit_price_minor = self.minor(price);
        self.0.lines.push(OrderLine {
            id: ShopifyId(id),
            product_id: Some(ShopifyId(id * 100)),
            variant_id: Some(ShopifyId(id * 1_000)),
            title: format!("line {id}"),
            quantity,
            current_quantity: Some(quantity),
            unit_price_minor,
            discount_minor: 0,
            tax_minor: 0,
            gift_card: false,
            tip: false,
            subscription: false,
        });
        self
    }

    pub(crate) fn edit_line(mut self, id: u64, edit: impl FnOnce(&mut OrderLine)) -> Self {
        edit(self.0.lines.iter_mut().find(|line| line.id.0 == id).unwrap());
        self
    }

    pub(crate) fn discount(self, id: u64, amount: &str) -> Self {
        let minor = self.minor(amount);
        self.edit_line(id, |line| line.discount_minor = minor)
    }

    pub(crate) fn tax(self, id: u64, amount: &str) -> Self {
        let minor = self.minor(amount);
        self.edit_line(id, |line| line.tax_minor = minor)
    }

    /// Prices contain tax.
    pub(crate) fn taxes_included(mut self) -> Self {
        self.0.taxes_included = true;
        self
    }

    pub(crate) fn shipping(mut self, net: &str, tax: &str) -> Self {
        self.0.shipping_minor = self.minor(net);
        self.0.shipping_tax_minor = self.minor(tax);
        self
    }

    /// What Shopify calls `current_quantity`.
    pub(crate) fn current(self, id: u64, quantity: i64) -> Self {
        self.edit_line(id, |line| line.current_quantity = Some(quantity))
    }

    pub(crate) fn payment(mut self, payment: PaymentStatus) -> Self {
        self.0.payment = payment;
        self
    }

    pub(crate) fn cancelled(mut self) -> Self {
        self.0.cancelled_at = Some(self.0.updated_at);
        self
    }

    pub(crate) fn with(mut self, edit: impl FnOnce(&mut OrderSnapshot)) -> Self {
        edit(&mut self.0);
        self
    }

    pub(crate) fn listing(mut self, refund: &Refund) -> Self {
        self.0.refunds.push(refund.clone());
        self
    }

    /// The picture as of a later day.
    pub(crate) fn at(mut self, at: UtcTime) -> Self {
        (self.0.updated_at, self.0.triggered_at) = (at, at);
        self
    }

    pub(crate) fn state(&self) -> OrderState {
        let mut state = OrderState::default();
        state.apply_snapshot(self.0.clone());
        state
    }

    /// The order with these refunds.
    pub(crate) fn after(&self, refunds: &[Refund]) -> OrderState {
        let mut state = self.state();
        for refund in refunds {
            state.apply_refund(refund.clone());
        }
        state
    }
}

/// A settled refund of nothing, made the day after the order.
pub(crate) fn refund(id: u64) -> Refund {
    Refund {
        id: ShopifyId(id),
        created_at: day(1),
        settlement: RefundSettlement::Settled,
        lines: Vec::new(),
        beyond_items_minor: 0,
        beyond_items_tax_minor: 0,
        kept_minor: 0,
        shipping_minor: 0,
        shipping_tax_minor: 0,
    }
}

impl Refund {
    pub(crate) fn item(mut self, line: u64, quantity: i64, subtotal_minor: i64) -> Self {
        let line_id = ShopifyId(line);
        self.lines.push(RefundLine { line_id, quantity, subtotal_minor, tax_minor: 0 });
        self
    }

    pub(crate) fn item_with_tax(
        self,
        line: u64,
        quantity: i64,
        (subtotal_minor, tax_minor): (i64, i64),
    ) -> Self {
        let mut refund = self.item(line, quantity, subtotal_minor);
        refund.lines.last_mut().unwrap().tax_minor = tax_minor;
        refund
    }

    /// Money without items.
    pub(crate) fn money(mut self, minor: i64) -> Self {
        self.beyond_items_minor = minor;
        self
    }

    /// Tax of that money.
    pub(crate) fn money_tax(mut self, minor: i64) -> Self {
        self.beyond_items_tax_minor = minor;
        self
    }

    pub(crate) fn kept(mut self, minor: i64) -> Self {
        self.kept_minor = minor;
        self
    }

    pub(crate) fn shipping(mut self, minor: i64) -> Self {
        self.shipping_minor = minor;
        self
    }

    pub(crate) fn settled(mut self, settlement: RefundSettlement) -> Self {
        self.settlement = settlement;
        self
    }

    pub(crate) fn on(mut self, at: UtcTime) -> Self {
        self.created_at = at;
        self
    }
}

/// One unit of A, all of A and all of R, as Shopify refunds them.
pub(crate) fn one_a(id: u64) -> Refund {
    refund(id).item(A, 1, 2_700)
}

pub(crate) fn all_of_r(id: u64) -> Refund {
    refund(id).item(A, 2, 5_400).item(B, 1, 3_600)
}

/// The usual program (10 %) with these fields changed or added.
pub(crate) fn rules(changes: serde_json::Value) -> ProgramRules {
    let mut document = serde_json::json!({
        "key": "main",
        "commission": {"type": "percent", "value": "10"},
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    serde_json::from_value(document).unwrap()
}

pub(crate) fn plain() -> ProgramRules {
    rules(serde_json::json!({}))
}

/// Anna, by link, from a new customer.
pub(crate) fn context() -> CommissionContext {
    CommissionContext::bare(Method::Link, vec!["ANNA".to_owned(), "anna".to_owned()])
}

/// What an order earns.
pub(crate) fn earns(order: &OrderState, rules: &ProgramRules) -> Commission {
    commission_of(order, rules, &context()).unwrap()
}

/// The commission as text.
pub(crate) fn total(order: &OrderState, rules: &ProgramRules) -> String {
    earns(order, rules).total.decimal()
}

/// Plays an order's events against one conversion and keeps what came of them.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) order: OrderState,
    pub(crate) rules: ProgramRules,
    pub(crate) context: CommissionContext,
    pub(crate) share: Share,
    pub(crate) payout: PayoutTerms,
    pub(crate) disqualified: Option<Reason>,
    pub(crate) conversion: Option<Conversion>,
    pub(crate) entries: Vec<EntryDraft>,
    pub(crate) occurrences: Vec<Occurrence>,
}

impl Book {
    pub(crate) fn new(rules: ProgramRules) -> Self {
        Self {
            order: OrderState::default(),
            rules,
            context: context(),
            share: Share::WHOLE,
            payout: PayoutTerms::same(Currency::USD),
            disqualified: None,
            conversion: None,
            entries: Vec::new(),
            occurrences: Vec::new(),
        }
    }

    /// R, paid, under the usual program.
    pub(crate) fn of_r() -> Self {
        let mut book = Self::new(plain());
        book.picture(&r());
        book
    }

    pub(crate) fn picture(&mut self, order: &Order) -> &mut Self {
        self.order.apply_snapshot(order.0.clone());
        self.settle()
    }

    pub(crate) fn refund(&mut self, refund: Refund) -> &mut Self {
        self.order.apply_refund(refund);
        self.settle()
    }

    /// Settles the order as it is; nothing happens while only refunds have arrived.
    pub(crate) fn settle(&mut self) -> &mut Self {
        if self.order.snapshot.is_none() {
            return self;
        }
        let commission = commission_of(&self.order, &self.rules, &self.context).unwrap();
        let facts = Facts {
            order: &self.order,
            commission: &commission.share(self.share),
            rules: &self.rules,
            disqualified: self.disqualified.as_ref(),
            hold: None,
            payout: &self.payout,
        };
        if let Some(change) = settle(self.conversion.as_ref(), &facts) {
            self.take(change);
        }
        self
    }

    pub(crate) fn take(&mut self, change: Change) -> &mut Self {
        let version = self.conversion.as_ref().map_or(0, |conversion| conversion.version);
        assert_eq!(change.conversion.version, version + 1, "every change has its number");
        self.conversion = Some(change.conversion);
        self.entries.extend(change.entry);
        self.occurrences.extend(change.occurrence);
        self
    }

    pub(crate) fn conversion(&self) -> &Conversion {
        self.conversion.as_ref().unwrap()
    }

    /// The amounts of all entries, in minor units.
    pub(crate) fn amounts(&self) -> Vec<i64> {
        self.entries.iter().map(|entry| entry.amount_minor).collect()
    }

    /// Status and reason, as `reversed/refunded`.
    pub(crate) fn standing(&self) -> String {
        let conversion = self.conversion();
        let status = conversion.status.as_str();
        conversion.reason.as_ref().map_or(status.to_owned(), |reason| format!("{status}/{reason}"))
    }
}
