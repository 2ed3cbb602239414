//! The worked example beside the editor: an order that the merchant can change, and what it earns by
//! the rules on the page, computed by the same function that settles real orders.

use domain::{
    attribution::Method,
    commission::{
        Commission, CommissionContext, FieldError, RuleError, commission_of, upline_shares,
    },
    ids::ShopifyId,
    money::{Currency, Money, allocate},
    order::{OrderLine, OrderSnapshot, OrderState, PaymentStatus},
    program::{CustomerKind, ProgramRules},
    time::UtcTime,
};

use super::form::{field, id_of, word};
use crate::web::{
    display::{reason_words, sentence, sentence_start},
    forms::Fields,
    view::{
        admin::programs::editor::{Example, ExampleLine, ExampleResult, SampleForm},
        form::{Row, RowShape, Rows},
    },
};

/// A line of the order.
const LINES: RowShape = RowShape {
    list: "sample",
    cells: &["quantity", "price", "product"],
    typed: &["quantity", "price", "product"],
};
/// An instant for the order: the example reads no clock.
const SAMPLE_TIME: UtcTime = UtcTime::from_micros(1_767_225_600_000_000);

/// The reference order: two things, a discount of 10 %, shipping and tax.
pub(in crate::web) fn sample(currency: Currency) -> SampleForm {
    let amount = |whole: i64| {
        let minor = whole.saturating_mul(10_i64.pow(currency.digits()));
        Money::new(minor, currency).decimal()
    };
    let line = |quantity: &str, price: i64| {
        Row::of([("quantity", quantity), ("price", &amount(price)), ("product", "")])
    };
    SampleForm {
        lines: Rows::new(LINES, vec![line("2", 30), line("1", 40)]),
        discount: field(&amount(10)),
        shipping: field(&amount(10)),
        tax: field(&amount(8)),
        taxes_included: false,
        coupon: field(""),
        affiliate: field(""),
        customer: field("new"),
        sales: field(""),
        charge: field(""),
    }
}

/// The order as it was sent.
pub(super) fn sample_of_sent(sent: &Fields) -> SampleForm {
    let same = |name: &str| field(sent.value(name));
    SampleForm {
        lines: sent.table(LINES),
        discount: same("sample_discount"),
        shipping: same("sample_shipping"),
        tax: same("sample_tax"),
        taxes_included: sent.is_on("sample_taxes_included"),
        coupon: same("sample_coupon"),
        affiliate: same("sample_affiliate"),
        customer: same("sample_customer"),
        sales: same("sample_sales"),
        charge: same("sample_charge"),
    }
}

/// What the order earns by these rules. `mistakes` of the form itself are told instead.
pub(in crate::web) fn example(
    rules: &ProgramRules,
    sample: &SampleForm,
    currency: Currency,
    mistakes: &[FieldError],
) -> Example {
    let told = |errors: &[FieldError]| {
        let text = |error: &FieldError| sentence(&error.message);
        Example { errors: errors.iter().map(text).collect(), result: None }
    };
    if !mistakes.is_empty() {
        return told(mistakes);
    }
    let (order, context) = match (Reader { currency, problem: None }).order(sample) {
        Ok(read) => read,
        Err(problem) => return Example { errors: vec![problem], result: None },
    };
    match computed(rules, &order, &context) {
        Ok(result) => Example { errors: Vec::new(), result: Some(result) },
        Err(RuleError::Rules(errors)) => told(&errors),
        Err(error) => Example { errors: vec![sentence(&error.to_string())], result: None },
    }
}

fn computed(
    rules: &ProgramRules,
    order: &OrderState,
    context: &CommissionContext,
) -> Result<ExampleResult, RuleError> {
    let commission = commission_of(order, rules, context)?;
    let shares = upline_shares(&rules.levels, &commission)?;
    let levels = shares.iter().zip(1..);
    Ok(ExampleResult {
        lines: lines(order, &commission),
        sales: commission.sales.to_string(),
        commission: commission.total.to_string(),
        remark: remark(&commission),
        levels: levels
            .map(|(share, number)| (format!("Upline level {number}"), share.to_string()))
            .collect(),
    })
}

fn lines(order: &OrderState, commission: &Commission) -> Vec<ExampleLine> {
    let bought = order.snapshot.as_ref().map_or(&[][..], |snapshot| &snapshot.lines);
    let title = |id: Option<ShopifyId>| {
        let found = id.and_then(|id| bought.iter().find(|line| line.id == id));
        found.map_or_else(|| "Shipping".to_owned(), |line| line.title.clone())
    };
    let line = |line: &domain::commission::LineCommission| ExampleLine {
        title: title(line.line_item_id),
        base: line.base.to_string(),
        rate: line.rate.clone(),
        commission: line.commission.to_string(),
        why: sentence_start(&line.why),
    };
    commission.lines.iter().map(line).collect()
}

fn remark(commission: &Commission) -> Option<String> {
    if let Some(reason) = &commission.zero_reason {
        let why = reason_words(&reason.to_string());
        return Some(sentence(&format!("nothing is earned: {}", why.to_lowercase())));
    }
    let uncapped = commission.uncapped?;
    Some(format!("The most per order holds: without it, {uncapped} would be earned."))
}

/// Reads the sample and remembers the first thing that cannot be read.
struct Reader {
    currency: Currency,
    problem: Option<String>,
}

impl Reader {
    fn order(mut self, sample: &SampleForm) -> Result<(OrderState, CommissionContext), String> {
        let charge = self.count("the number of the charge", &sample.charge.value);
        let mut lines = self.lines(&sample.lines, charge.is_some());
        let gross: Vec<i64> =
            lines.iter().map(|line| line.quantity.saturating_mul(line.unit_price_minor)).collect();
        let whole = gross.iter().fold(0_i64, |sum, one| sum.saturating_add(*one));
        let discount = self.amount("the discount", &sample.discount.value).min(whole);
        let tax = self.amount("the tax", &sample.tax.value);
        let discounts = allocate(discount, &gross);
        let net: Vec<i64> = gross.iter().zip(&discounts).map(|(all, off)| all - off).collect();
        for ((line, off), tax) in lines.iter_mut().zip(&discounts).zip(allocate(tax, &net)) {
            (line.discount_minor, line.tax_minor) = (*off, tax);
        }
        let shipping = self.amount("shipping", &sample.shipping.value);
        let sales = self.amount("the sales so far", &sample.sales.value);
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        if lines.is_empty() {
            return Err("Give the order at least one line.".to_owned());
        }
        let mut order = OrderState::default();
        order.apply_snapshot(self.snapshot(lines, shipping, sample.taxes_included));
        let coupon = Some(sample.coupon.value.clone()).filter(|code| !code.is_empty());
        let affiliate = Some(sample.affiliate.value.clone()).filter(|code| !code.is_empty());
        let context = CommissionContext {
            method: if coupon.is_some() { Method::Coupon } else { Method::Link },
            coupon,
            affiliate_names: affiliate.into_iter().collect(),
            customer: word(&sample.customer.value).unwrap_or(CustomerKind::New),
            charge_number: charge,
            approved_sales_minor: sales,
        };
        Ok((order, context))
    }

    fn lines(&mut self, rows: &Rows, is_subscription: bool) -> Vec<OrderLine> {
        let mut lines = Vec::new();
        for (row, id) in rows.filled().zip(1..) {
            let quantity = self.count("the quantity", row.get("quantity")).unwrap_or(1);
            let price = self.amount("the price", row.get("price"));
            lines.push(OrderLine {
                id: ShopifyId(id),
                product_id: id_of(row.get("product")),
                variant_id: None,
                title: format!("{quantity} × {}", Money::new(price, self.currency).decimal()),
                quantity,
                current_quantity: None,
                unit_price_minor: price,
                discount_minor: 0,
                tax_minor: 0,
                gift_card: false,
                tip: false,
                subscription: is_subscription,
            });
        }
        lines
    }

    fn snapshot(
        &self,
        lines: Vec<OrderLine>,
        shipping_minor: i64,
        taxes_included: bool,
    ) -> OrderSnapshot {
        OrderSnapshot {
            updated_at: SAMPLE_TIME,
            triggered_at: SAMPLE_TIME,
            shopify_order_id: ShopifyId(1),
            name: "#1001".to_owned(),
            ordered_at: SAMPLE_TIME,
            currency: self.currency,
            taxes_included,
            test: false,
            cancelled_at: None,
            payment: PaymentStatus::Paid,
            fulfilled: true,
            discount_codes: Vec::new(),
            customer_id: None,
            email_fingerprint: None,
            has_disposable_email: false,
            attribution_tokens: Vec::new(),
            landing_site: None,
            referring_host: None,
            source_name: None,
            lines,
            shipping_minor,
            shipping_tax_minor: 0,
            total_minor: 0,
            refunds: Vec::new(),
            tells_subscriptions: true,
        }
    }

    fn amount(&mut self, what: &str, text: &str) -> i64 {
        if text.is_empty() {
            return 0;
        }
        match Money::parse(text, self.currency) {
            // Far below the limits of 64 bits, so that a quantity cannot leave them.
            Ok(money) if (0..=1_000_000_000_000).contains(&money.minor) => money.minor,
            Ok(_) | Err(_) => {
                self.refuse(format!("In the example, {what} is no amount: “{text}”."));
                0
            }
        }
    }

    fn count(&mut self, what: &str, text: &str) -> Option<i64> {
        if text.is_empty() {
            return None;
        }
        let count = text.parse().ok().filter(|count| (1..=100_000).contains(count));
        if count.is_none() {
            self.refuse(format!("In the example, {what} is no number: “{text}”."));
        }
        count
    }

    fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earned(json: &str, change: impl FnOnce(&mut SampleForm)) -> Example {
        let rules = serde_json::from_str(json).unwrap();
        let mut form = sample(Currency::USD);
        change(&mut form);
        example(&rules, &form, Currency::USD, &[])
    }

    #[test]
    fn g01_the_example_begins_with_the_reference_order() {
        let json = r#"{"key":"x","commission":{"type":"percent","value":"10"},"levels":[{"percent":"10"}]}"#;
        let shown = earned(json, |_| {}).result.unwrap();
        assert_eq!((shown.sales.as_str(), shown.commission.as_str()), ("90.00 USD", "9.00 USD"));
        let lines: Vec<(&str, &str)> =
            shown.lines.iter().map(|line| (line.base.as_str(), line.commission.as_str())).collect();
        assert_eq!(lines, [("54.00 USD", "5.40 USD"), ("36.00 USD", "3.60 USD")]);
        assert_eq!(shown.levels, [("Upline level 1".to_owned(), "0.90 USD".to_owned())]);
    }

    #[test]
    fn the_example_knows_coupons_customers_sales_and_charges() {
        let json = r#"{"key":"x","commission":{"type":"percent","value":"10"},
            "rates":[{"match":{"coupon":"VIP"},"commission":{"type":"percent","value":"20"}}],
            "recurring":{"steps":[{"charges":1,"commission":{"type":"percent","value":"50"}}],"max_charges":2}}"#;
        let total = |change: fn(&mut SampleForm)| earned(json, change).result.unwrap().commission;
        assert_eq!(total(|_| {}), "9.00 USD");
        assert_eq!(total(|form| form.coupon = field("VIP")), "18.00 USD");
        assert_eq!(total(|form| form.charge = field("1")), "45.00 USD");
        let ended = earned(json, |form| form.charge = field("3")).result.unwrap();
        assert_eq!(ended.commission, "0.00 USD");
        assert!(ended.remark.unwrap().starts_with("Nothing is earned"));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_nothing_is_computed() {
        let json = r#"{"key":"x","commission":{"type":"percent","value":"110"}}"#;
        assert_eq!(earned(json, |_| {}).errors.len(), 1);
        let fine = r#"{"key":"x","commission":{"type":"percent","value":"10"}}"#;
        let shown = earned(fine, |form| form.shipping = field("a lot"));
        assert_eq!(shown.errors, ["In the example, shipping is no amount: “a lot”."]);
        let empty = earned(fine, |form| form.lines = Rows::new(LINES, vec![]));
        assert_eq!(empty.errors, ["Give the order at least one line."]);
    }
}
