//! A shop's rules in memory: settings, every program version, every live postback. Read once and
//! kept until the shop's revision in the database says that somebody changed something, so settling
//! an order costs one small look-up instead of three tables.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use domain::{
    goal::GoalKind,
    ids::{AffiliateId, PostbackId, ProgramId, ShopId},
    money::Currency,
    postback::PostbackSettings,
    program::ProgramRules,
    shop::ShopSettings,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, goals,
    postbacks::{self, Postback},
    programs, shops,
    signing::{self, SigningSecret},
};

use super::{
    change_settings::read_settings,
    order_facts::{needs_collections, needs_customer},
    save_postback::read_postback,
    sign_request::SigningKeys,
};
use crate::secrets::{MasterKey, SecretError};

/// Versions and postbacks read for one shop at most; a shop with more is told so in the log.
const ROWS_MAX: i64 = 100_000;

/// One shop's rules.
#[derive(Debug)]
pub struct ShopBook {
    /// The shop.
    pub shop: ShopId,
    /// `x.myshopify.com`.
    pub domain: String,
    currency: Option<Currency>,
    /// IANA time zone.
    pub timezone: String,
    /// The merchant's choices.
    pub settings: ShopSettings,
    revision: i64,
    programs: HashMap<ProgramId, BookProgram>,
    postbacks: HashMap<PostbackId, Arc<BookPostback>>,
    by_owner: HashMap<Option<AffiliateId>, Vec<Arc<BookPostback>>>,
    signing: HashMap<Option<AffiliateId>, Vec<SigningSecret>>,
    has_first_order_goal: bool,
}

/// A program and its versions, newest first.
#[derive(Debug)]
struct BookProgram {
    number: i64,
    name: String,
    versions: Vec<ProgramVersion>,
}

/// One version of a program's rules.
#[derive(Debug, Clone)]
pub struct ProgramVersion {
    /// Its number, from 1.
    pub version: i64,
    /// The rules.
    pub rules: Arc<ProgramRules>,
    effective_from: UtcTime,
}

/// A postback, parsed.
#[derive(Debug)]
pub struct BookPostback {
    /// Its row.
    pub row: Postback,
    /// Its document.
    pub settings: PostbackSettings,
}

impl ShopBook {
    /// Whether Shopify or an order has told the currency.
    #[must_use]
    pub const fn knows_currency(&self) -> bool {
        self.currency.is_some()
    }

    /// Its currency; US dollars until Shopify or the first order tells.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency.unwrap_or(Currency::USD)
    }

    /// The version of a program that an order placed at this time falls under (G87). An order from
    /// before the first version falls under the first.
    #[must_use]
    pub fn version_at(&self, program: ProgramId, at: UtcTime) -> Option<&ProgramVersion> {
        let versions = &self.programs.get(&program)?.versions;
        versions.iter().find(|version| version.effective_from <= at).or_else(|| versions.last())
    }

    /// A version by its number: the one stored with a conversion.
    #[must_use]
    pub fn version(&self, program: ProgramId, version: i64) -> Option<&ProgramVersion> {
        self.programs.get(&program)?.versions.iter().find(|known| known.version == version)
    }

    /// The longest time for which a click of the shop may earn, in any version of any program: none
    /// that an order may still ask for must be forgotten before.
    #[must_use]
    pub fn longest_window_days(&self) -> i64 {
        let versions = self.programs.values().flat_map(|program| &program.versions);
        let of_programs = versions.filter_map(|version| version.rules.window_days);
        of_programs.fold(self.settings.attribution.window_days, i64::max)
    }

    /// How long a click through a link of this program earns, by its newest version.
    #[must_use]
    pub fn window_days(&self, program: ProgramId, now: UtcTime) -> i64 {
        let own = self.version_at(program, now).and_then(|version| version.rules.window_days);
        own.unwrap_or(self.settings.attribution.window_days)
    }

    /// The number of a program within its shop.
    #[must_use]
    pub fn program_number(&self, program: ProgramId) -> Option<i64> {
        self.programs.get(&program).map(|program| program.number)
    }

    /// The name of a program.
    #[must_use]
    pub fn program_name(&self, program: ProgramId) -> Option<&str> {
        self.programs.get(&program).map(|program| program.name.as_str())
    }

    /// A postback of the shop.
    #[must_use]
    pub fn postback(&self, postback: PostbackId) -> Option<&Arc<BookPostback>> {
        self.postbacks.get(&postback)
    }

    /// The postbacks that may hear of an affiliate's events: the affiliate's own and the merchant's.
    pub fn listeners(&self, affiliate: AffiliateId) -> impl Iterator<Item = &Arc<BookPostback>> {
        let of = |owner| self.by_owner.get(&owner).into_iter().flatten();
        of(Some(affiliate)).chain(of(None))
    }

    /// What the postbacks of an affiliate, or of the merchant, are signed with.
    ///
    /// # Errors
    /// [`SecretError`] when the key is another one than they were stored with.
    pub fn signing_keys(
        &self,
        key: &MasterKey,
        owner: Option<AffiliateId>,
    ) -> Result<SigningKeys, SecretError> {
        let stored = self.signing.get(&owner).map_or(&[][..], Vec::as_slice);
        SigningKeys::open(key, stored)
    }

    /// Whether any version of a program asks for collections of products.
    #[must_use]
    pub fn needs_collections(&self) -> bool {
        self.rules().any(|rules| needs_collections(rules))
    }

    /// Whether any version of a program, or a goal, asks if the customer had ordered before.
    #[must_use]
    pub fn needs_customer(&self) -> bool {
        self.has_first_order_goal || self.rules().any(|rules| needs_customer(rules))
    }

    /// Whether any of it has to be looked up at Shopify.
    #[must_use]
    pub fn needs_facts(&self) -> bool {
        self.needs_collections() || self.needs_customer()
    }

    fn rules(&self) -> impl Iterator<Item = &Arc<ProgramRules>> {
        let versions = self.programs.values().flat_map(|program| &program.versions);
        versions.map(|version| &version.rules)
    }

    fn read(conn: &mut DbConn, shop: ShopId, revision: i64) -> Result<Self, StorageError> {
        let row = shops::shop_by_id(conn, shop)?.ok_or(StorageError::NotFound)?;
        let settings = read_settings(&row)?;
        let mut book = Self {
            shop,
            domain: row.domain,
            currency: row.currency,
            timezone: row.timezone,
            settings,
            revision,
            programs: HashMap::new(),
            postbacks: HashMap::new(),
            by_owner: HashMap::new(),
            signing: HashMap::new(),
            has_first_order_goal: false,
        };
        book.read_programs(conn)?;
        book.read_postbacks(conn)?;
        for secret in signing::signing_secrets_of_shop(conn, shop, ROWS_MAX)? {
            book.signing.entry(secret.affiliate_id).or_default().push(secret);
        }
        book.has_first_order_goal = goals::goal_list(conn, shop, ROWS_MAX)?
            .iter()
            .any(|goal| goal.is_enabled && goal.kind == GoalKind::FirstOrder.as_str());
        Ok(book)
    }

    fn read_programs(&mut self, conn: &mut DbConn) -> Result<(), StorageError> {
        for program in programs::program_list(conn, self.shop, ROWS_MAX)? {
            let entry =
                BookProgram { number: program.number, name: program.name, versions: Vec::new() };
            self.programs.insert(program.id, entry);
        }
        for version in programs::program_versions_of_shop(conn, self.shop, ROWS_MAX)? {
            if let Some(program) = self.programs.get_mut(&version.program_id) {
                program.versions.push(ProgramVersion {
                    version: version.version,
                    rules: Arc::new(version.rules.0),
                    effective_from: version.effective_from,
                });
            }
        }
        for program in self.programs.values_mut() {
            program
                .versions
                .sort_by_key(|known| std::cmp::Reverse((known.effective_from, known.version)));
        }
        Ok(())
    }

    fn read_postbacks(&mut self, conn: &mut DbConn) -> Result<(), StorageError> {
        for row in postbacks::postbacks_of_shop(conn, self.shop, None, ROWS_MAX)? {
            match read_postback(&row) {
                Ok(settings) => {
                    let postback = Arc::new(BookPostback { row, settings });
                    let owner = postback.row.affiliate_id;
                    self.by_owner.entry(owner).or_default().push(Arc::clone(&postback));
                    self.postbacks.insert(postback.row.id, postback);
                }
                // One damaged document must not stop the shop's orders.
                Err(error) => {
                    tracing::error!(postback = row.id.0, %error, "unreadable postback settings");
                }
            }
        }
        Ok(())
    }
}

/// The books of the shops that this process works for.
#[derive(Debug, Default)]
pub struct ShopBooks {
    known: RwLock<HashMap<ShopId, Arc<ShopBook>>>,
}

impl ShopBooks {
    /// The currency of a shop as far as this process knows; US dollars where it does not. Only for
    /// payloads that name none themselves, which Shopify's do.
    #[must_use]
    pub fn known_currency(&self, shop: ShopId) -> Currency {
        self.known(shop).map_or(Currency::USD, |book| book.currency())
    }

    /// The book of a shop as it was last read, without asking the database.
    #[must_use]
    pub fn known(&self, shop: ShopId) -> Option<Arc<ShopBook>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&shop).cloned()
    }

    /// The shop's rules as of this connection's view of the database.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown shop, or what reading met.
    pub fn of(&self, conn: &mut DbConn, shop: ShopId) -> Result<Arc<ShopBook>, StorageError> {
        let revision = shops::shop_revision(conn, shop)?;
        if let Some(book) = self.known(shop).filter(|book| book.revision == revision) {
            return Ok(book);
        }
        let book = Arc::new(ShopBook::read(conn, shop, revision)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(shop, Arc::clone(&book));
        Ok(book)
    }
}
