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
    /// The *Postback URL* integration: off means no field in the portal and no request for anything
    /// (U1).
    pub postbacks_enabled: bool,
    /// The *Facebook pixel* integration, apart from the other (U9).
    pub facebook_pixel_enabled: bool,
    /// What affiliates' pixels may be told while it is on.
    pub pixels: PixelRules,
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            attribution: AttributionSettings::default(),
            fraud: FraudSettings::default(),
            postbacks_enabled: true,
            facebook_pixel_enabled: false,
            pixels: PixelRules::default(),
        }
    }
}
