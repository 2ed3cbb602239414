//! A shop's settings: what the merchant chooses for the whole store.

use serde::{Deserialize, Serialize};

use crate::{attribution::AttributionSettings, fraud::FraudSettings, pixel::PixelRules};

/// The settings document of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopSettings {
    /// Who is credited.
    pub attribution: AttributionSettings,
    /// What is done about suspicious orders.
    pub fraud: FraudSettings,
    /// The list of first steps is put away, for good.
    pub is_setup_hidden: bool,
    /// The *Postback URL* integration: off means no field in the portal and no request for anything
    /// (U1).
    pub postbacks_enabled: bool,
    /// The *Facebook pixel* integration, apart from the other (U9).
    pub facebook_pixel_enabled: bool,
    /// What affiliates' postbacks may do while theirs is on.
    pub postbacks: PostbackRules,
    /// What affiliates' pixels may be told while it is on.
    pub pixels: PixelRules,
}

/// The merchant's rules for affiliates' postbacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostbackRules {
    /// A new URL is called only when the merchant has looked at it (C9).
    pub approval_required: bool,
    /// `{customer_hash}` may be sent.
    pub customer_hash_allowed: bool,
    /// Goals are a condition of postbacks (P5). Off, what postbacks say about goals is ignored, and
    /// kept for when they are on again (P14, P15).
    pub goals_enabled: bool,
}

impl Default for PostbackRules {
    fn default() -> Self {
        Self { approval_required: false, customer_hash_allowed: false, goals_enabled: true }
    }
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            attribution: AttributionSettings::default(),
            fraud: FraudSettings::default(),
            is_setup_hidden: false,
            postbacks_enabled: true,
            facebook_pixel_enabled: false,
            postbacks: PostbackRules::default(),
            pixels: PixelRules::default(),
        }
    }
}
