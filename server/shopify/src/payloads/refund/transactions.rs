//! The money transactions of a refund: whether it happened, and its size where nothing else tells.

use domain::{money::Currency, order::RefundSettlement};

use super::RefundJson;
use crate::payloads::{
    error::{At as _, PayloadError, Required as _},
    events::TransactionStatus,
    json::{self, json_object},
};

json_object! {
    /// `transactions[]`.
    TransactionJson { kind, status, amount, currency }
}

impl RefundJson<'_> {
    /// No money transactions: nothing to wait for. One that succeeded: it happened. Otherwise it
    /// waits for whatever has not failed.
    pub(super) fn settlement(&self) -> Result<RefundSettlement, PayloadError> {
        let statuses = self.money(|transaction| Ok(transaction.status()))?;
        let mut open = statuses.iter().filter(|status| !status.is_failed());
        Ok(if statuses.is_empty() || statuses.contains(&TransactionStatus::Success) {
            RefundSettlement::Settled
        } else if open.next().is_some() {
            RefundSettlement::Pending
        } else {
            RefundSettlement::Failed
        })
    }

    /// The money of an amount-only refund without adjustments, which nothing but the transactions
    /// tells. They are in the buyer's currency, so only those in the shop's own count. While the
    /// refund is pending, this is what it will be.
    pub(super) fn money_moved(
        &self,
        settlement: RefundSettlement,
        currency: Currency,
    ) -> Result<i64, PayloadError> {
        let amounts = self.money(|transaction| {
            let counts = match settlement {
                RefundSettlement::Settled => transaction.status() == TransactionStatus::Success,
                RefundSettlement::Pending | RefundSettlement::Failed => {
                    !transaction.status().is_failed()
                }
            };
            if !counts || transaction.currency.currency().at("currency")? != Some(currency) {
                return Ok(0);
            }
            transaction.amount.minor(currency).required().at("amount")
        })?;
        let not_goods = [
            self.total_duties_set.shop_minor(currency).at("total_duties_set")?,
            self.total_additional_fees_set.shop_minor(currency).at("total_additional_fees_set")?,
        ];
        let not_goods = json::sum(not_goods.into_iter().flatten()).at("total_duties_set")?;
        let moved = json::sum(amounts).at("transactions")?;
        Ok(moved.saturating_sub(not_goods).max(0))
    }

    /// Looks at each transaction that gives money back.
    fn money<T>(
        &self,
        look: impl Fn(&TransactionJson<'_>) -> Result<T, PayloadError>,
    ) -> Result<Vec<T>, PayloadError> {
        let looks = self
            .transactions
            .objects(|transaction: TransactionJson<'_>| {
                let kind = transaction.kind.text();
                let gives_back = kind.is_none_or(|kind| kind == "refund");
                gives_back.then(|| look(&transaction)).transpose()
            })
            .at("transactions")?;
        Ok(looks.into_iter().flatten().collect())
    }
}

impl TransactionJson<'_> {
    fn status(&self) -> TransactionStatus {
        TransactionStatus::parse(self.status.text().as_deref().unwrap_or_default())
    }
}
