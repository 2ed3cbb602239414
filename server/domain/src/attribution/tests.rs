//! Golden cases of who is credited, and what follows from the same rules.

use super::*;

mod clicks;
mod methods;

const ANNA: AffiliateId = AffiliateId(1);
const BOB: AffiliateId = AffiliateId(2);
const CARA: AffiliateId = AffiliateId(3);

fn day(number: i64) -> UtcTime {
    UtcTime::parse("2026-03-01T12:00:00Z").unwrap().plus_days(number)
}

/// A shop with Anna, Bob and Cara, and one order to decide about.
struct Scene {
    settings: AttributionSettings,
    affiliates: HashMap<AffiliateId, AffiliateFacts>,
    evidence: Evidence<'static>,
}

fn scene(ordered_at: UtcTime) -> Scene {
    let facts = |id| AffiliateFacts {
        id,
        status: AffiliateStatus::Active,
        email_fingerprint: Some(format!("hash of {id}")),
        shopify_customer_id: Some(ShopifyId(id.0.unsigned_abs())),
        window_days: None,
    };
    static NOBODY: std::sync::LazyLock<HashMap<AffiliateId, AffiliateFacts>> =
        std::sync::LazyLock::new(HashMap::new);
    Scene {
        settings: AttributionSettings::default(),
        affiliates: [ANNA, BOB, CARA].map(|id| (id, facts(id))).into(),
        evidence: Evidence {
            ordered_at,
            customer_id: None,
            email_fingerprint: Some("hash of the buyer".to_owned()),
            coupons: Vec::new(),
            touches: Vec::new(),
            customer_binding: None,
            product_bindings: Vec::new(),
            manual: None,
            affiliates: &NOBODY,
        },
    }
}

impl Scene {
    fn click(mut self, affiliate: AffiliateId, at: UtcTime) -> Self {
        let click = ClickId(i64::try_from(self.evidence.touches.len()).unwrap() + 1);
        self.evidence.touches.push(Touch { click, affiliate, at });
        self
    }

    fn coupon(mut self, code: &str, affiliate: AffiliateId) -> Self {
        self.evidence.coupons.push((code.to_owned(), affiliate));
        self
    }

    fn status(mut self, affiliate: AffiliateId, status: AffiliateStatus) -> Self {
        self.affiliates.get_mut(&affiliate).unwrap().status = status;
        self
    }

    fn model(mut self, model: ClickModel) -> Self {
        self.settings.click_model = model;
        self
    }

    fn with(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    fn decide(&self) -> Decision {
        let evidence = Evidence { affiliates: &self.affiliates, ..self.evidence.clone() };
        decide(&self.settings, &evidence)
    }
}

/// The one who is credited, and how.
fn winner(decision: &Decision) -> Option<(AffiliateId, Method)> {
    match decision.credits.as_slice() {
        [credit] => Some((credit.affiliate, credit.method)),
        _ => None,
    }
}

fn lost(decision: &Decision) -> Vec<(AffiliateId, Method, &str)> {
    decision
        .candidates
        .iter()
        .map(|candidate| (candidate.affiliate, candidate.method, candidate.lost.as_str()))
        .collect()
}

/// What keeps the order from everybody, and who would have had it.
fn refused(decision: &Decision) -> (Option<Reason>, Option<AffiliateId>) {
    assert!(decision.credits.is_empty());
    (decision.reason.clone(), decision.disqualified.as_ref().map(|out| out.affiliate))
}

fn buyer_is(scene: Scene, affiliate: AffiliateId) -> Scene {
    scene.with(|scene| {
        scene.evidence.email_fingerprint = Some(format!("hash of {affiliate}"));
    })
}

fn linear(ordered_at: UtcTime) -> Scene {
    scene(ordered_at).model(ClickModel::Linear)
}
