//! What each plan of the app brings: the one table of it. Plans themselves are defined in the app's
//! listing at Shopify and sold on Shopify's page; here they are recognised by their names. A gate
//! stands only where something new is begun: what runs goes on running, whatever is paid.

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plan {
    /// Nothing is paid.
    Free,
    /// The smaller one.
    Growth,
    /// Everything.
    Professional,
}

/// What not every plan brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// More than one program.
    MorePrograms,
    /// Affiliates' own Facebook pixels on the shop (U9).
    FacebookPixels,
    /// Discount codes that are made in Shopify.
    ShopCodes,
    /// The merchant's own postbacks, to a CRM (I12).
    OwnPostbacks,
    /// Payouts by store credit.
    StoreCredit,
}

impl Feature {
    /// All, as the page about plans lists them.
    pub const ALL: [Self; 5] = [
        Self::MorePrograms,
        Self::FacebookPixels,
        Self::ShopCodes,
        Self::OwnPostbacks,
        Self::StoreCredit,
    ];

    /// The smallest plan that brings it.
    #[must_use]
    pub const fn plan(self) -> Plan {
        match self {
            Self::MorePrograms | Self::FacebookPixels | Self::ShopCodes => Plan::Growth,
            Self::OwnPostbacks | Self::StoreCredit => Plan::Professional,
        }
    }

    /// The stable name, for addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MorePrograms => "programs",
            Self::FacebookPixels => "pixels",
            Self::ShopCodes => "codes",
            Self::OwnPostbacks => "postbacks",
            Self::StoreCredit => "store-credit",
        }
    }

    /// The inverse of [`Feature::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == text)
    }
}

impl Plan {
    /// All, smallest first.
    pub const ALL: [Self; 3] = [Self::Free, Self::Growth, Self::Professional];

    /// Its name in the listing.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Growth => "Growth",
            Self::Professional => "Professional",
        }
    }

    /// The plan that is paid under a name. One that this table does not know was made for somebody in
    /// particular: it brings everything, because whoever pays must not be shut out by a name.
    ///
    /// ```
    /// # use domain::plan::Plan;
    /// assert_eq!(Plan::paid("Growth yearly"), Plan::Growth);
    /// assert_eq!(Plan::paid("growth-yearly"), Plan::Growth);
    /// assert_eq!(Plan::paid("Agency deal"), Plan::Professional);
    /// assert_eq!(Plan::paid("Free"), Plan::Free);
    /// ```
    #[must_use]
    pub fn paid(name: &str) -> Self {
        // A handle has hyphens where a name has spaces.
        let first = name.split([' ', '-', '_']).next().unwrap_or_default();
        let known = Self::ALL.into_iter().find(|plan| plan.name().eq_ignore_ascii_case(first));
        known.unwrap_or(Self::Professional)
    }

    /// Whether it brings a feature.
    #[must_use]
    pub fn brings(self, feature: Feature) -> bool {
        self >= feature.plan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_plan_brings_all_that_a_smaller_one_brings() {
        for feature in Feature::ALL {
            assert_eq!(Feature::parse(feature.as_str()), Some(feature));
            for pair in Plan::ALL.windows(2) {
                assert!(!pair[0].brings(feature) || pair[1].brings(feature), "{feature:?}");
            }
            assert!(!Plan::Free.brings(feature) && Plan::Professional.brings(feature));
        }
        assert!(
            Plan::Growth.brings(Feature::ShopCodes) && !Plan::Growth.brings(Feature::StoreCredit)
        );
    }
}
