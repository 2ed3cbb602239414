//! Settings about what merchants pay: a key to the Partner API, and the plan that is paid by sales.

use domain::{ids::ShopifyId, money::BasisPoints};
use secrecy::SecretString;

use super::SettingsError;
use crate::admin_api::PartnerKey;

/// The plan of the older Billing API: a share of the sales with a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePlan {
    /// The share.
    pub rate: BasisPoints,
    /// The most in 30 days, in the shop's currency.
    pub cap: String,
}

/// A key to the Partner API needs all three, or none.
pub(super) fn partner(
    organisation: Option<String>,
    token: Option<String>,
    app_id: Option<String>,
) -> Result<Option<PartnerKey>, SettingsError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    match (given(organisation), given(token), given(app_id)) {
        (None, None, None) => Ok(None),
        (Some(organisation), Some(token), Some(app_id)) => {
            let app_id = app_id.parse().map(ShopifyId);
            let app_id = app_id.map_err(|_no_number| bad("SHOPIFY_APP_ID is no number"))?;
            if !organisation.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad("SHOPIFY_PARTNER_ORGANISATION is no number"));
            }
            Ok(Some(PartnerKey { organisation, app_id, token: SecretString::from(token) }))
        }
        _ => Err(bad(
            "SHOPIFY_PARTNER_ORGANISATION, SHOPIFY_PARTNER_TOKEN and SHOPIFY_APP_ID go together",
        )),
    }
}

/// A plan by sales needs a share and a cap, or neither.
pub(super) fn usage_plan(
    percent: Option<String>,
    cap: Option<String>,
) -> Result<Option<UsagePlan>, SettingsError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    match (given(percent), given(cap)) {
        (None, None) => Ok(None),
        (Some(percent), Some(cap)) => {
            let rate = BasisPoints::parse_percent(&percent).ok();
            let rate = rate.filter(|rate| (1..=BasisPoints::WHOLE).contains(&rate.0));
            let rate = rate.ok_or_else(|| bad("SHOPIFY_USAGE_PERCENT is no percentage"))?;
            Ok(Some(UsagePlan { rate, cap }))
        }
        _ => Err(bad("SHOPIFY_USAGE_PERCENT and SHOPIFY_USAGE_CAP go together")),
    }
}

fn bad(text: &str) -> SettingsError {
    SettingsError::BadBilling(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn half_a_setting_is_refused() {
        assert!(partner(None, None, None).unwrap().is_none());
        assert!(partner(text("12"), text("prtapi_1"), None).is_err());
        assert!(partner(text("12"), text("prtapi_1"), text("app")).is_err());
        let key = partner(text("12"), text("prtapi_1"), text("34")).unwrap().unwrap();
        assert_eq!(key.app_id, ShopifyId(34));
        assert!(!format!("{key:?}").contains("prtapi_1"));
        assert!(usage_plan(text("1.5"), None).is_err());
        assert!(usage_plan(text("150"), text("200")).is_err());
        assert_eq!(usage_plan(text("1.5"), text("200")).unwrap().unwrap().rate, BasisPoints(150));
    }
}
