//! Rounds of payments in a life, their files and their return.

use domain::{
    conversion::{Change, Conversion, pay, payment_returned},
    ledger::{Balance, EntryKind},
    money::{Currency, Money},
    payout::{
        PayableEntry, PaymentDue, PayoutMethod,
        export::{ExportRow, WiseTemplate, files},
        payments_due,
    },
};

use super::{LEVELS_MAX, Life, Paid};

/// How each account is paid.
const METHODS: [PayoutMethod; 1 + LEVELS_MAX] =
    [PayoutMethod::Paypal, PayoutMethod::Wise, PayoutMethod::Other];

impl Life {
    /// The entries of an account that may be paid now.
    fn unpaid(&self, account: usize) -> Vec<PayableEntry> {
        let own = self.entries.iter().filter(|one| one.account == account && one.payment.is_none());
        own.filter(|one| one.order.is_none_or(|order| !self.waits(order, account)))
            .map(|one| one.entry)
            .collect()
    }

    fn waits(&self, order: usize, account: usize) -> bool {
        let known = self.orders[order].conversions[account].as_ref().expect("it has an entry");
        let place = Balance::of_conversion(known);
        place.payable_minor == 0
            && place.pending_minor == known.booked_minor()
            && !known.status.is_approved()
            && ["recorded", "pending", "on_hold"].contains(&known.status.as_str())
    }

    pub(super) fn pay_everybody(&mut self) {
        let least = self.rules.minimum_payout.as_deref().unwrap_or("0");
        let least = Money::parse(least, self.currency).expect("an amount").minor;
        for (account, method) in METHODS.into_iter().enumerate() {
            let unpaid = self.unpaid(account);
            let sum: i64 = unpaid.iter().map(|entry| entry.amount_minor).sum();
            // Something that was paid is on hold: the product pays nothing then, either.
            if sum != self.balances[account].payable_minor {
                continue;
            }
            for due in payments_due(&unpaid, least) {
                check_file(method, &due, &unpaid, self.currency);
                let payment = self.payments.len();
                let paid = Balance::of_entry(EntryKind::Payout, -due.amount_minor);
                self.balances[account] = self.balances[account].plus(paid);
                for one in self.entries.iter_mut().filter(|one| due.entries.contains(&one.entry.id))
                {
                    one.payment = Some(payment);
                }
                self.payments.push(Paid { account, due, has_come_back: false });
                self.move_paid(payment, |known| pay(known).ok());
            }
        }
    }

    pub(super) fn return_a_payment(&mut self) {
        let open = self.payments.iter().rposition(|one| !one.has_come_back);
        let Some(payment) = open else { return };
        let (account, minor) =
            (self.payments[payment].account, self.payments[payment].due.amount_minor);
        self.move_paid(payment, |known| payment_returned(known).ok());
        self.payments[payment].has_come_back = true;
        self.entries
            .iter_mut()
            .filter(|one| one.payment == Some(payment))
            .for_each(|one| one.payment = None);
        let back = Balance::of_entry(EntryKind::Payout, minor);
        self.balances[account] = self.balances[account].plus(back);
    }

    fn move_paid(&mut self, payment: usize, how: impl Fn(&Conversion) -> Option<Change>) {
        let account = self.payments[payment].account;
        let of_it = self.entries.iter().filter(|one| one.payment == Some(payment));
        let mut orders: Vec<usize> = of_it.filter_map(|one| one.order).collect();
        orders.dedup();
        for order in orders {
            let known = self.orders[order].conversions[account].as_ref();
            if let Some(change) = known.and_then(&how) {
                self.book(order, account, change);
            }
        }
    }
}

/// The file of a payment holds its entries' sum to the cent.
fn check_file(
    method: PayoutMethod,
    due: &PaymentDue,
    unpaid: &[PayableEntry],
    shop_currency: Currency,
) {
    let row = ExportRow {
        name: "Anna".to_owned(),
        address: "anna@example.com".to_owned(),
        amount: Money::new(due.payout_amount_minor, due.payout_currency),
        affiliate_number: 1_001,
        note: "Commission".to_owned(),
        idempotency_key: "po-1".to_owned(),
    };
    let form = || WiseTemplate::parse("recipientEmail,amount,targetCurrency").expect("a form");
    let made = files(method, std::slice::from_ref(&row), shop_currency, |_| Some(form()));
    let [file] = made.as_slice() else { panic!("one payment, one file: {made:?}") };
    let line = file.content.lines().last().expect("a line");
    let amount = match method {
        PayoutMethod::Paypal | PayoutMethod::Wise => line.split(',').nth(1),
        PayoutMethod::Other | PayoutMethod::StoreCredit => line.split(',').nth(3),
    };
    let written = Money::parse(amount.expect("an amount"), due.payout_currency);
    let of_entries: i64 = unpaid
        .iter()
        .filter(|entry| due.entries.contains(&entry.id))
        .map(|entry| entry.payout_amount_minor)
        .sum();
    assert_eq!(written.expect("an amount").minor, of_entries);
    assert_eq!(file.total_minor, of_entries);
}
