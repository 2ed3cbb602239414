//! What is known of an order does not depend on how it was told: 10,000 histories.

use domain::order::OrderState;
use proptest::prelude::*;

use super::{cases, history::histories, message::Message};

/// Everything known after these messages.
fn known<'a>(messages: impl IntoIterator<Item = &'a Message>) -> OrderState {
    let mut state = OrderState::default();
    messages.into_iter().for_each(|message| message.apply(&mut state));
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn any_order_of_arrival_and_any_repeats_end_in_one_state(history in histories()) {
        let in_order = known(&history.messages);
        prop_assert_eq!(&known(history.as_it_arrives()), &in_order);
        prop_assert_eq!(&known(history.messages.iter().rev()), &in_order);
        prop_assert_eq!(&known(history.as_it_arrives().chain(&history.messages)), &in_order);
    }
}
