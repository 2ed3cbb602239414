//! What the rules are told in `money` is what `shopify::payloads` reads from the webhooks that go
//! through the whole product: both properties play the same histories.

use domain::order::OrderSnapshot;
use proptest::prelude::*;
use shopify::{fingerprint::Fingerprinter, payloads};

use super::{history::histories, message::Message};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn payloads_say_what_the_rules_are_told(history in histories()) {
        let fingerprints = Fingerprinter::new(b"any key").expect("a key");
        for message in &history.messages {
            let body = message.webhook(history.order.id).1.to_string();
            match message {
                Message::Order { snapshot, .. } => {
                    let time = snapshot.triggered_at;
                    let read =
                        payloads::order_snapshot(body.as_bytes(), time, &fingerprints, "__rf")
                            .expect("an order");
                    // The rules need no buyer here; the payload has one.
                    prop_assert!(read.email_fingerprint.is_some());
                    let read = OrderSnapshot { email_fingerprint: None, ..read };
                    prop_assert_eq!(&read, &**snapshot);
                }
                Message::Refund { domain, .. } => {
                    let currency = history.order.snapshot().currency;
                    let (order, read, named) =
                        payloads::refund(body.as_bytes(), currency).expect("a refund");
                    prop_assert_eq!(order.0, history.order.id);
                    prop_assert_eq!(&read, &**domain);
                    prop_assert_eq!(named, Some(currency));
                }
            }
        }
    }
}
