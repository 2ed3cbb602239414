//! Adding and changing an affiliate.

use askama::Template;

use crate::{
    flows::save_affiliate::Seen,
    web::view::{
        admin::{Frame, Section},
        form::{Choice, Field},
    },
};

/// `{base}/affiliates/new` and `{base}/affiliates/{id}/edit`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/affiliate_editor.html")]
pub struct AffiliateEditorPage {
    /// Chrome.
    pub frame: Frame,
    /// Our id; none for a new one.
    pub id: Option<String>,
    /// The shop's currency.
    pub currency: String,
    /// The form.
    pub form: AffiliateForm,
}

/// Every field of an affiliate.
#[derive(Debug, Clone, Default)]
pub struct AffiliateForm {
    /// Name.
    pub name: Field,
    /// E-mail.
    pub email: Field,
    /// The code of its links.
    pub code: Field,
    /// The program chosen.
    pub program: Field,
    /// Programs to choose from.
    pub programs: Vec<Choice>,
    /// Discount codes, with commas.
    pub coupons: Field,
    /// Code of who recruited it.
    pub upline: Field,
    /// Its customer account in the shop.
    pub shopify_customer_id: Field,
    /// `paypal`, `wise`, `other` or empty.
    pub payout_method: Field,
    /// Where to.
    pub payout_address: Field,
    /// Paid in another currency.
    pub payout_currency: Field,
    /// At this rate.
    pub payout_rate: Field,
    /// The merchant's notes.
    pub notes: Field,
    /// The merchant's labels.
    pub tags: Field,
    /// What the affiliate changes itself, as this page shows it first.
    pub seen: Seen,
}

impl AffiliateForm {
    /// What was refused, with the id of its field and as they follow each other in the form.
    fn problems(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("name", &self.name),
            ("email", &self.email),
            ("program", &self.program),
            ("code", &self.code),
            ("coupons", &self.coupons),
            ("upline", &self.upline),
            ("shopify_customer_id", &self.shopify_customer_id),
            ("payout_method", &self.payout_method),
            ("payout_address", &self.payout_address),
            ("payout_currency", &self.payout_currency),
            ("payout_rate", &self.payout_rate),
            ("notes", &self.notes),
            ("tags", &self.tags),
        ];
        fields.into_iter().filter_map(|(id, field)| Some((id, field.error.as_deref()?))).collect()
    }

    /// Shows a refused form what has changed since it was opened: what the merchant did not touch follows,
    /// what was typed stays, and the next try is about what is shown now.
    pub fn show_what_is_newer(&mut self, now: &Seen) {
        let is_touched = self.payout_method.value != self.seen.payout_method
            || self.payout_address.value != self.seen.payout_address;
        if !is_touched {
            self.payout_method.value.clone_from(&now.payout_method);
            self.payout_address.value.clone_from(&now.payout_address);
        }
        if self.name.value == self.seen.name {
            self.name.value.clone_from(&now.name);
        }
        self.seen = now.clone();
    }

    /// The field of a name; the affiliate's name for what has none of its own.
    pub fn field_mut(&mut self, name: &str) -> &mut Field {
        match name {
            "email" => &mut self.email,
            "code" => &mut self.code,
            "program" => &mut self.program,
            "coupons" => &mut self.coupons,
            "upline" => &mut self.upline,
            "shopify_customer_id" => &mut self.shopify_customer_id,
            "payout_method" => &mut self.payout_method,
            "payout_address" => &mut self.payout_address,
            "payout_currency" => &mut self.payout_currency,
            "payout_rate" => &mut self.payout_rate,
            "notes" => &mut self.notes,
            "tags" => &mut self.tags,
            _ => &mut self.name,
        }
    }
}
