//! What the theme extension reads: a metafield of the app's own installation, which only the app can
//! write and every page of the theme has at hand (`app.metafields.tributary.storefront`).

use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusals;
use crate::graphql::{Operation, UserErrors};

/// Asks for the installation's global id.
#[derive(Debug, Clone, Copy)]
pub struct ReadInstallation;

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    current_app_installation: Installation,
}

#[derive(Debug, Deserialize)]
struct Installation {
    id: String,
}

impl Operation for ReadInstallation {
    const NAME: &'static str = "ReadInstallation";
    const TEXT: &'static str = "query ReadInstallation { currentAppInstallation { id } }";
    const IS_REPEATABLE: bool = true;
    type Data = Installed;
    type Output = String;

    fn variables(&self) -> Value {
        json!({})
    }

    fn read(&self, data: Installed) -> Result<String, UserErrors> {
        Ok(data.current_app_installation.id)
    }
}

/// Writes the metafield.
#[derive(Debug, Clone)]
pub struct TellStorefront {
    /// The installation's global id.
    pub installation: String,
    /// What the embed reads.
    pub settings: Value,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    metafields_set: Refusals,
}

impl Operation for TellStorefront {
    const NAME: &'static str = "TellStorefront";
    const TEXT: &'static str = "mutation TellStorefront($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    userErrors { code field message }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Told;
    type Output = ();

    fn variables(&self) -> Value {
        json!({"metafields": [{
            "ownerId": self.installation,
            "namespace": "tributary",
            "key": "storefront",
            "type": "json",
            "value": self.settings.to_string(),
        }]})
    }

    fn read(&self, data: Told) -> Result<(), UserErrors> {
        data.metafields_set.check()
    }
}
