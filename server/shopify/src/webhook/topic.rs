//! Topics we subscribe to, and their names. Not here: what a topic leads to (flows).

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal)+) => {
        /// What a delivery is about.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Topic {
            $($(#[$doc])* $variant,)+
            /// A topic that we did not ask for: answered with 200, recorded, nothing done.
            Other(String),
        }

        impl Topic {
            /// All that we subscribe to.
            pub const KNOWN: &[Self] = &[$(Self::$variant),+];

            /// Reads the topic header.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                match text {
                    $($name => Self::$variant,)+
                    _ => Self::Other(text.to_owned()),
                }
            }

            /// The name as Shopify writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other(text) => text,
                }
            }
        }
    };
}

topics! {
    /// An order was made; the body is the whole order.
    OrdersCreate = "orders/create"
    /// An order changed in any way; the body is the whole order.
    OrdersUpdated = "orders/updated"
    /// A payment arrived; the body is the whole order.
    OrdersPaid = "orders/paid"
    /// An order was cancelled; the body is the whole order.
    OrdersCancelled = "orders/cancelled"
    /// Everything was shipped; the body is the whole order.
    OrdersFulfilled = "orders/fulfilled"
    /// Something was shipped; the body is the whole order.
    OrdersPartiallyFulfilled = "orders/partially_fulfilled"
    /// An order was edited; the body has no amounts.
    OrdersEdited = "orders/edited"
    /// An order was deleted.
    OrdersDelete = "orders/delete"
    /// A refund was made.
    RefundsCreate = "refunds/create"
    /// A payment or refund transaction ended, well or not.
    OrderTransactionsCreate = "order_transactions/create"
    /// A buyer disputed a payment.
    DisputesCreate = "disputes/create"
    /// A dispute went on or ended.
    DisputesUpdate = "disputes/update"
    /// The app was removed; its token is dead.
    AppUninstalled = "app/uninstalled"
    /// The merchant granted or withdrew scopes.
    AppScopesUpdate = "app/scopes_update"
    /// The merchant's charge for this app changed.
    AppSubscriptionsUpdate = "app_subscriptions/update"
    /// A usage charge comes near the cap that the merchant agreed to.
    AppSubscriptionsApproachingCappedAmount = "app_subscriptions/approaching_capped_amount"
    /// Name, currency or time zone of the shop changed.
    ShopUpdate = "shop/update"
    /// A buyer asks for their data (mandatory).
    CustomersDataRequest = "customers/data_request"
    /// A buyer's data must go (mandatory).
    CustomersRedact = "customers/redact"
    /// A shop's data must go, 48 hours after it removed us (mandatory).
    ShopRedact = "shop/redact"
}

impl Topic {
    /// The body is a whole order: all such topics are taken in the same way.
    #[must_use]
    pub const fn carries_order(&self) -> bool {
        matches!(
            self,
            Self::OrdersCreate
                | Self::OrdersUpdated
                | Self::OrdersPaid
                | Self::OrdersCancelled
                | Self::OrdersFulfilled
                | Self::OrdersPartiallyFulfilled
        )
    }
}
