//! Ten thousand forgeries each of a webhook, a proxy request, an admin link and a session token.

use domain::time::UtcTime;
use shopify::{
    app_proxy::{sign_proxy_query, verify_proxy},
    query_hmac::{sign_query, verify_query},
    session_token::{SessionTokenVerifier, mint_session_token},
    shop_domain::ShopDomain,
    webhook::{sign_webhook, verify_webhook},
};

use crate::fixtures::{secrets, synthetic};

const FORGERIES: usize = 10_000;
const NOW: UtcTime = UtcTime::from_micros(1_700_000_000_000_000);

/// Small, seeded and good enough to pick bytes (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }

    /// One byte changed, dropped or added.
    fn forge(&mut self, original: &[u8]) -> Vec<u8> {
        let mut forged = original.to_vec();
        let place = self.below(forged.len());
        match self.below(4) {
            0 => drop(forged.remove(place)),
            1 => forged.insert(place, original[self.below(original.len())]),
            2 => forged[place] ^= 1 << self.below(8),
            _ => forged[place] = original[self.below(original.len())],
        }
        forged
    }

    /// As [`Dice::forge`], still text.
    fn forge_text(&mut self, original: &str) -> String {
        String::from_utf8_lossy(&self.forge(original.as_bytes())).into_owned()
    }
}

#[test]
fn no_forged_webhook_is_accepted() {
    let (_, body) = synthetic("refund_shipping_only").remove(0);
    let secrets = secrets("hush");
    let digest = sign_webhook(&body, &secrets);
    assert!(verify_webhook(&body, &digest, &secrets).is_ok());
    let mut dice = Dice(1);
    for round in 0..FORGERIES {
        let (body, digest) = if round % 2 == 0 {
            (dice.forge(&body), digest.clone())
        } else {
            (body.clone(), dice.forge_text(&digest))
        };
        let is_forged = digest != sign_webhook(&body, &secrets);
        assert!(!is_forged || verify_webhook(&body, &digest, &secrets).is_err(), "{digest}");
    }
}

#[test]
fn no_forged_proxy_request_is_accepted() {
    let secrets = secrets("hush");
    let query = "ref=jane%20doe&sub1=zone-42&shop=some-shop.myshopify.com\
                 &path_prefix=%2Fapps%2Faff&timestamp=1700000000&logged_in_customer_id=7";
    let signed = sign_proxy_query(query, &secrets);
    let original = verify_proxy(&signed, &secrets, NOW).unwrap();
    let mut dice = Dice(2);
    let mut accepted = 0;
    for _ in 0..FORGERIES {
        // Another spelling of the same escape says the same thing, so it may pass.
        if let Ok(request) = verify_proxy(&dice.forge_text(&signed), &secrets, NOW) {
            assert_eq!(request, original);
            accepted += 1;
        }
    }
    assert!(accepted < FORGERIES / 20, "{accepted} of them changed nothing");
}

#[test]
fn no_forged_admin_link_is_accepted() {
    let secrets = secrets("hush");
    let query = "code=abc&host=YWRtaW4&note=jane%20doe&shop=some-shop.myshopify.com&timestamp=17";
    let signed = sign_query(query, &secrets);
    let decoded = |query: &str| -> Vec<(String, String)> {
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    };
    let original = decoded(&signed);
    let mut dice = Dice(3);
    for _ in 0..FORGERIES {
        let forged = dice.forge_text(&signed);
        if verify_query(&forged, &secrets).is_ok() {
            assert_eq!(decoded(&forged), original);
        }
    }
}

#[test]
fn no_forged_session_token_is_accepted() {
    let secrets = secrets("hush");
    let shop = ShopDomain::parse("some-shop.myshopify.com").unwrap();
    let token = mint_session_token(&secrets, "app", &shop, "42", NOW).unwrap();
    let verifier = SessionTokenVerifier::new("app", &secrets);
    assert_eq!(verifier.verify(&token, NOW).unwrap().shop, shop);
    let mut dice = Dice(4);
    for _ in 0..FORGERIES {
        let forged = dice.forge_text(&token);
        assert!(forged == token || verifier.verify(&forged, NOW).is_err(), "{forged}");
    }
}
