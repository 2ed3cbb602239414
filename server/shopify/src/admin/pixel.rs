//! The web pixel of the app in a shop: there is one, and its settings are what it runs with.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusals;
use crate::graphql::{Operation, UserErrors};

/// A connected pixel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebPixel {
    /// Its global id.
    pub id: String,
    /// The settings, as JSON text.
    #[serde(default)]
    pub settings: Option<String>,
}

/// Reads the app's own pixel.
#[derive(Debug, Clone, Copy)]
pub struct ReadPixel;

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Read {
    web_pixel: Option<WebPixel>,
}

impl Operation for ReadPixel {
    const NAME: &'static str = "ReadPixel";
    const TEXT: &'static str = "query ReadPixel { webPixel { id settings } }";
    const IS_REPEATABLE: bool = true;
    type Data = Read;
    type Output = Option<WebPixel>;

    fn variables(&self) -> Value {
        json!({})
    }

    fn read(&self, data: Read) -> Result<Option<WebPixel>, UserErrors> {
        Ok(data.web_pixel)
    }
}

/// Connects the pixel, or changes its settings.
#[derive(Debug, Clone)]
pub struct CreatePixel {
    /// The settings; their fields are those of the extension's manifest.
    pub settings: Value,
}

/// Changes the settings of the connected pixel.
#[derive(Debug, Clone)]
pub struct UpdatePixel {
    /// Its global id.
    pub id: String,
    /// The settings.
    pub settings: Value,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    web_pixel_create: PixelJson,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    web_pixel_update: PixelJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PixelJson {
    web_pixel: Option<WebPixel>,
    #[serde(flatten)]
    refusals: Refusals,
}

impl PixelJson {
    fn pixel(self) -> Result<WebPixel, UserErrors> {
        self.refusals.check()?;
        self.web_pixel.ok_or_else(|| UserErrors::nothing_came("the pixel"))
    }
}

impl Operation for CreatePixel {
    const NAME: &'static str = "CreatePixel";
    const TEXT: &'static str = "mutation CreatePixel($settings: JSON!) {
  webPixelCreate(webPixel: {settings: $settings}) {
    webPixel { id settings }
    userErrors { code field message }
  }
}";
    // A repeat is refused with TAKEN.
    const IS_REPEATABLE: bool = true;
    type Data = Created;
    type Output = WebPixel;

    fn variables(&self) -> Value {
        json!({"settings": self.settings.to_string()})
    }

    fn read(&self, data: Created) -> Result<WebPixel, UserErrors> {
        data.web_pixel_create.pixel()
    }
}

impl Operation for UpdatePixel {
    const NAME: &'static str = "UpdatePixel";
    const TEXT: &'static str = "mutation UpdatePixel($id: ID!, $settings: JSON!) {
  webPixelUpdate(id: $id, webPixel: {settings: $settings}) {
    webPixel { id settings }
    userErrors { code field message }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Updated;
    type Output = WebPixel;

    fn variables(&self) -> Value {
        json!({"id": self.id, "settings": self.settings.to_string()})
    }

    fn read(&self, data: Updated) -> Result<WebPixel, UserErrors> {
        data.web_pixel_update.pixel()
    }
}
