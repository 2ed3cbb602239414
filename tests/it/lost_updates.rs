//! Two people, or a person and a worker, change the same thing at the same moment: nothing of either is
//! lost. The first holds its transaction open until the second has begun, so on PostgreSQL the second
//! reads what was there before, unless it waits; SQLite has one writer.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use domain::{
    affiliate::AffiliateStatus,
    attribution::AttributionSettings,
    event::EventKind,
    fraud::FraudSettings,
    goal::GOALS_MAX,
    ids::{AffiliateId, ConversionId, ShopifyId},
    letter::LetterKind,
    money::Currency,
    payout::PayoutMethod,
    pixel::{PIXELS_MAX, PixelChoice, PixelRules},
    postback::PostbackSettings,
    program::ProgramRules,
    shop::PostbackRules,
    time::UtcTime,
};
use shopify::fingerprint::Fingerprinter;
use storage::{
    Storage, StorageOptions, TxError, WriteTx,
    affiliates::affiliate_by_id,
    conversions::{ConversionRow, conversions_save},
    mail::mails_of,
    orders::{orders_lock, orders_save},
    payouts::payout_releases_of,
    pixels::{Approval, pixel_by_id},
    postbacks::Owner,
    profiles::profile_of,
    shop_codes::{
        CodeState, DiscountState, program_discount, program_discount_end, program_discount_told,
        shop_code_told, shop_codes_of,
    },
    shops::shop_by_id,
    signups::{Signup, signup_save},
};
use tests::{db::TestDatabase, seed::Seeded};
use tributary::{
    flows::{
        change_account::{change_name, change_payout, choose_mails},
        change_fraud_rules::change_fraud_rules,
        change_settings::{change_attribution, read_settings},
        codes::{
            CODES_MAX, CodeError, DiscountDraft, give_code, save_discount, stop_discount, take_code,
        },
        join_program::{Application, Joined, join_program},
        pay_out::release_payouts,
        record_activity::{Act, Actor},
        record_sale::{SaleDraft, record_sale},
        review_affiliate::review_affiliate,
        save_affiliate::{AffiliateDraft, SaveAffiliateError, Seen, save_affiliate},
        save_creative::{CREATIVES_MAX, CreativeDraft, CreativeError, add_creative},
        save_goal::{GoalDraft, GoalError, add_goal},
        save_pixel::{
            PixelDraft, PixelError, PixelOwner, add_pixel, change_pixel, judge_pixel, own_pixels,
        },
        save_postback::{Draft, POSTBACKS_MAX, SaveError, Saving, postbacks_of, save_postback},
        save_program::{ProgramDraft, SaveProgramError, save_program},
        set_upline::{UplineError, set_upline},
        settle_orders::Settler,
        shop_book::ShopBooks,
        sign_request::{SigningError, add_secret, ensure_secret, retire_secret, secrets_of},
        sum_up_orders::sum_up_orders,
        write_mail::MailRoom,
    },
    secrets::MasterKey,
    visit_token::VisitTokens,
};

tests::cases_on_both_databases![
    two_forms_of_the_settings_keep_each_others_switches,
    whoever_is_blocked_stays_blocked_though_they_change_their_name,
    notes_stay_when_the_affiliate_says_how_it_is_paid,
    two_who_are_put_above_each_other_make_no_loop,
    a_rejected_pixel_stays_rejected_though_it_is_changed,
    of_two_versions_at_once_one_is_overtaken,
    of_two_applications_at_once_one_is_known,
    the_last_secret_stays_when_two_retire_one_each,
    a_discount_that_is_stopped_stays_stopped_whatever_shopify_answers,
    of_two_who_release_payouts_at_once_the_one_who_saw_more_refunds_counts,
    a_newer_payout_address_is_not_overwritten_by_a_form_that_was_opened_before,
    e11_of_two_postbacks_at_once_the_one_too_many_is_refused,
    of_two_pixels_at_once_the_one_too_many_is_refused,
    of_two_codes_at_once_the_one_too_many_is_refused,
    of_two_goals_and_two_banners_at_once_the_one_too_many_is_refused,
    of_two_first_postbacks_at_once_one_makes_the_secret,
    orders_of_an_hour_are_told_once_though_two_processes_sum_them_up,
];

/// How long the first waits, at most, for the second to read.
const OPEN: Duration = Duration::from_millis(300);

struct World {
    storage: Storage,
    seeded: Seeded,
    _db: TestDatabase,
}

impl World {
    fn new(db: TestDatabase) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seeded = runtime.block_on(tests::seed::seed(&db.url, 2, &[]));
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        Self { storage, seeded, _db: db }
    }

    fn act(&self) -> Act {
        Act { shop: self.seeded.shop, actor: Actor::Merchant, now: at() }
    }

    fn person(&self, index: usize) -> AffiliateId {
        self.seeded.affiliates[index].id
    }

    fn write<T, E: TxError + std::fmt::Debug>(
        &self,
        work: impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> T {
        self.storage.write_blocking(work).unwrap()
    }

    /// The second begins when the first has written and not yet committed.
    fn at_once<A: Send, E: TxError + Send, B: Send, F: TxError + Send>(
        &self,
        mut first: impl FnMut(&mut WriteTx<'_>) -> Result<A, E> + Send,
        second: impl FnMut(&mut WriteTx<'_>) -> Result<B, F> + Send,
    ) -> (Result<A, E>, Result<B, F>) {
        let (written, begin) = mpsc::channel();
        std::thread::scope(|scope| {
            let first = scope.spawn(move || {
                self.storage.write_blocking(|tx| {
                    let done = first(tx)?;
                    let _nobody_waits_on_a_repeat = written.send(());
                    std::thread::sleep(OPEN);
                    Ok(done)
                })
            });
            begin.recv().unwrap();
            let second = self.storage.write_blocking(second);
            (first.join().unwrap(), second)
        })
    }
}

fn at() -> UtcTime {
    UtcTime::parse("2026-11-21T10:00:00Z").unwrap()
}

fn prints() -> Fingerprinter {
    Fingerprinter::new(b"any key").unwrap()
}

fn two_forms_of_the_settings_keep_each_others_switches(db: TestDatabase) {
    let world = World::new(db);
    let shop = world.seeded.shop;
    let attribution = AttributionSettings { window_days: 7, ..AttributionSettings::default() };
    let fraud = FraudSettings { velocity_orders: 77, ..FraudSettings::default() };
    let (first, second) = world.at_once(
        |tx| change_attribution(tx, shop, &attribution),
        |tx| change_fraud_rules(tx, world.act(), &fraud),
    );
    first.unwrap();
    second.unwrap();
    let row = world.storage.read_blocking(|conn| shop_by_id(conn, shop)).unwrap().unwrap();
    let settings = read_settings(&row).unwrap();
    assert_eq!((settings.attribution, settings.fraud), (attribution, fraud));
}

fn whoever_is_blocked_stays_blocked_though_they_change_their_name(db: TestDatabase) {
    let world = World::new(db);
    let (act, who) = (world.act(), world.person(0));
    let key = MasterKey::generate().unwrap();
    let room = MailRoom { key: &key, app_url: "https://app.example.com" };
    let (first, second) = world.at_once(
        |tx| review_affiliate(tx, room, act, who, AffiliateStatus::Blocked),
        |tx| change_name(tx, act, who, "Anna Lind"),
    );
    first.unwrap();
    second.unwrap();
    let row = world.write(|tx| affiliate_by_id(tx, act.shop, who)).unwrap();
    assert_eq!((row.status.as_str(), row.name.as_str()), ("blocked", "Anna Lind"));
}

fn notes_stay_when_the_affiliate_says_how_it_is_paid(db: TestDatabase) {
    let world = World::new(db);
    let (act, who) = (world.act(), world.person(0));
    let known = world.write(|tx| affiliate_by_id(tx, act.shop, who)).unwrap();
    let draft = AffiliateDraft {
        name: known.name,
        email: known.email,
        code: known.code,
        program: Some(known.program_id),
        notes: "pays her taxes in Spain".to_owned(),
        ..AffiliateDraft::default()
    };
    let prints = prints();
    let (first, second) = world.at_once(
        |tx| save_affiliate(tx, &prints, act, Some(who), &draft),
        |tx| change_payout(tx, act, who, PayoutMethod::Paypal.as_str(), "anna@example.com"),
    );
    first.unwrap();
    second.unwrap();
    let profile = world.write(|tx| profile_of(tx, act.shop, who)).unwrap();
    assert_eq!(profile.notes, draft.notes);
    assert_eq!(profile.payout_address, "anna@example.com");
}

fn two_who_are_put_above_each_other_make_no_loop(db: TestDatabase) {
    let world = World::new(db);
    let (shop, anna, bob) = (world.seeded.shop, world.person(0), world.person(1));
    let (first, second) = world.at_once(
        |tx| set_upline(tx, shop, anna, Some(bob)),
        |tx| set_upline(tx, shop, bob, Some(anna)),
    );
    first.unwrap();
    assert!(matches!(second, Err(UplineError::Loop)), "{second:?}");
}

fn a_rejected_pixel_stays_rejected_though_it_is_changed(db: TestDatabase) {
    let world = World::new(db);
    let (shop, key) = (world.seeded.shop, MasterKey::generate().unwrap());
    let owner = PixelOwner { shop, affiliate: world.person(0) };
    let draft = PixelDraft {
        number: "123456789012345".to_owned(),
        is_confirmed: false,
        choice: PixelChoice::default(),
        token: "EAAB0".to_owned(),
        drops_token: false,
        test_code: String::new(),
        is_enabled: true,
    };
    let rules = PixelRules::default();
    let id = world.write(|tx| add_pixel(tx, &key, &rules, owner, &draft, at()));
    let changed = PixelDraft { test_code: "TEST1".to_owned(), token: String::new(), ..draft };
    let (first, second) = world.at_once(
        |tx| judge_pixel(tx, shop, id, Approval::Rejected, at()),
        |tx| change_pixel(tx, &key, owner, id, &changed, at()),
    );
    first.unwrap();
    second.unwrap();
    let pixel = world.write(|tx| pixel_by_id(tx, shop, id)).unwrap();
    assert_eq!((pixel.approval, pixel.test_code.as_deref()), (Approval::Rejected, Some("TEST1")));
}

fn of_two_versions_at_once_one_is_overtaken(db: TestDatabase) {
    let world = World::new(db);
    let (act, program) = (world.act(), world.seeded.program);
    let versions =
        |tx: &mut WriteTx<'_>| storage::programs::program_versions_of(tx, act.shop, program, 10);
    let newest = world.write(versions).remove(0);
    let draft = |hold_days| ProgramDraft {
        rules: ProgramRules { hold_days, name: "Reference".to_owned(), ..newest.rules.0.clone() },
        signup: Signup::closed(act.shop, program),
        seen_version: Some(newest.version),
    };
    let (mine, theirs) = (draft(10), draft(20));
    let (first, second) = world.at_once(
        |tx| save_program(tx, act, Some(1), &mine),
        |tx| save_program(tx, act, Some(1), &theirs),
    );
    first.unwrap();
    assert!(matches!(second, Err(SaveProgramError::Overtaken(_))), "{second:?}");
    assert_eq!(world.write(versions).len(), 2);
}

fn of_two_applications_at_once_one_is_known(db: TestDatabase) {
    let world = World::new(db);
    let (act, program, prints) = (world.act(), world.seeded.program, prints());
    let open = Signup { is_open: true, ..Signup::closed(act.shop, program) };
    world.write(|tx| signup_save(tx, &open));
    let application = |name: &str| Application {
        name: name.to_owned(),
        email: "dora@example.net".to_owned(),
        introduction: String::new(),
        discloses: true,
        agrees: true,
    };
    let (one, other) = (application("Dora"), application("Theodora"));
    let (first, second) = world.at_once(
        |tx| join_program(tx, &prints, act, 1, &one),
        |tx| join_program(tx, &prints, act, 1, &other),
    );
    assert!(matches!(first.unwrap(), Joined::Waiting(_)));
    assert_eq!(second.unwrap(), Joined::Known);
}

fn the_last_secret_stays_when_two_retire_one_each(db: TestDatabase) {
    let world = World::new(db);
    let (shop, key) = (world.seeded.shop, MasterKey::generate().unwrap());
    let owner = Owner::Merchant;
    world.write(|tx| ensure_secret(tx, &key, shop, owner, at()));
    world.write(|tx| add_secret(tx, &key, shop, owner, at()));
    let secrets = world.write(|tx| secrets_of(tx, shop, owner));
    let (one, other) = (secrets[0].id, secrets[1].id);
    let (first, second) = world.at_once(
        |tx| retire_secret(tx, shop, owner, one),
        |tx| retire_secret(tx, shop, owner, other),
    );
    first.unwrap();
    assert!(matches!(second, Err(SigningError::LastOne)), "{second:?}");
    assert_eq!(world.write(|tx| secrets_of(tx, shop, owner)).len(), 1);
}

fn a_discount_that_is_stopped_stays_stopped_whatever_shopify_answers(db: TestDatabase) {
    let world = World::new(db);
    let (act, program, who) = (world.act(), world.seeded.program, world.person(0));
    let shop = act.shop;
    let draft = DiscountDraft {
        kind: "percent".to_owned(),
        value: "10".to_owned(),
        ..DiscountDraft::default()
    };
    world.write(|tx| save_discount(tx, act, program, Currency::USD, &draft));
    for code in ["ANNA10", "ANNA20"] {
        world.write(|tx| give_code(tx, act, who, code));
    }
    // The worker has asked Shopify; meanwhile the merchant takes a code away and stops the discount.
    world.write(|tx| take_code(tx, act, who, "ANNA10"));
    world.write(|tx| stop_discount(tx, act, program));
    world.write(|tx| {
        shop_code_told(tx, shop, "anna10", None)?;
        program_discount_told(tx, shop, program, Ok("gid://shopify/DiscountCodeNode/1"))
    });
    let known = world.write(|tx| program_discount(tx, shop, program)).unwrap();
    assert_eq!(known.state, DiscountState::Ending);
    assert_eq!(known.discount_gid.as_deref(), Some("gid://shopify/DiscountCodeNode/1"));
    let codes = world.write(|tx| shop_codes_of(tx, shop, who, 10));
    assert_eq!(codes[0].state, CodeState::Unwanted);
    world.write(|tx| program_discount_end(tx, shop, program, at()));
    world.write(|tx| program_discount_told(tx, shop, program, Err("too late")));
    let known = world.write(|tx| program_discount(tx, shop, program)).unwrap();
    assert_eq!((known.state, known.error), (DiscountState::Ended, None));
    assert_eq!(world.write(|tx| shop_codes_of(tx, shop, who, 10)), []);
}

fn of_two_who_release_payouts_at_once_the_one_who_saw_more_refunds_counts(db: TestDatabase) {
    let world = World::new(db);
    let (act, who) = (world.act(), world.person(0));
    for order in 1..=3 {
        world.write(|tx| refunded(tx, &world, who, order));
    }
    let (first, second) = world.at_once(
        |tx| {
            refunded(tx, &world, who, 4)?;
            release_payouts(tx, act, who)
        },
        |tx| release_payouts(tx, act, who),
    );
    first.unwrap();
    second.unwrap();
    let released = world.write(|tx| payout_releases_of(tx, act.shop, &[who]));
    assert_eq!(released[&who].refunded, 4);
}

/// An order of an affiliate's that was refunded whole.
fn refunded(
    tx: &mut WriteTx<'_>,
    world: &World,
    who: AffiliateId,
    order: u64,
) -> Result<(), storage::StorageError> {
    let usd = Currency::USD;
    let locked = orders_lock(tx, world.seeded.shop, &[ShopifyId(order)], usd, at())?;
    orders_save(tx, &locked)?;
    let row = ConversionRow {
        id: ConversionId(tx.next_id(at())),
        shop_id: world.seeded.shop,
        order_id: locked[0].row.id,
        affiliate_id: who,
        level: 0,
        source_id: who,
        program_id: world.seeded.program,
        program_version: 1,
        click_id: None,
        method: "coupon".to_owned(),
        share_index: 0,
        status: "reversed".to_owned(),
        reason: Some("refunded".to_owned()),
        currency: usd,
        sales_minor: 0,
        commission_minor: 0,
        first_commission_minor: 900,
        payout_currency: usd,
        payout_rate: None,
        payout_minor: 0,
        explanation: "{}".to_owned(),
        memory: "{}".to_owned(),
        ordered_at: at(),
        approve_at: None,
        approved_at: None,
        version: 2,
        created_at: at(),
        updated_at: at(),
    };
    conversions_save(tx, &[row])
}

fn a_newer_payout_address_is_not_overwritten_by_a_form_that_was_opened_before(db: TestDatabase) {
    let world = World::new(db);
    let (act, who) = (world.act(), world.person(0));
    let known = world.write(|tx| affiliate_by_id(tx, act.shop, who)).unwrap();
    let draft = AffiliateDraft {
        seen: Some(Seen::of(&known, None)),
        name: known.name,
        email: known.email,
        code: known.code,
        program: Some(known.program_id),
        notes: "calls on Mondays".to_owned(),
        ..AffiliateDraft::default()
    };
    let prints = prints();
    let (first, second) = world.at_once(
        |tx| change_payout(tx, act, who, PayoutMethod::Paypal.as_str(), "anna@example.com"),
        |tx| save_affiliate(tx, &prints, act, Some(who), &draft),
    );
    first.unwrap();
    let Err(SaveAffiliateError::Refused(errors)) = second else { panic!("{second:?}") };
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].field, "payout_address");
    let profile = world.write(|tx| profile_of(tx, act.shop, who)).unwrap();
    assert_eq!((profile.payout_address.as_str(), profile.notes.as_str()), ("anna@example.com", ""));
}

fn new_postback(world: &World, name: &str) -> Saving {
    Saving {
        act: world.act(),
        owner: Owner::Affiliate(world.person(0)),
        id: None,
        draft: Draft {
            settings: PostbackSettings {
                name: name.to_owned(),
                url: "https://tracker.example/?o={transaction_id}".to_owned(),
                on: vec![EventKind::Conversion],
                ..PostbackSettings::default()
            },
            login: String::new(),
            secret: String::new(),
        },
        rules: PostbackRules::default(),
        private_hosts_allowed: false,
    }
}

fn e11_of_two_postbacks_at_once_the_one_too_many_is_refused(db: TestDatabase) {
    let world = World::new(db);
    let key = MasterKey::generate().unwrap();
    let room = MailRoom { key: &key, app_url: "https://app.example.com" };
    for number in 1..POSTBACKS_MAX {
        let saving = new_postback(&world, &format!("Tracker {number}"));
        world.write(|tx| save_postback(tx, room, &saving));
    }
    let (one, other) = (new_postback(&world, "The last"), new_postback(&world, "One more"));
    let (first, second) =
        world.at_once(|tx| save_postback(tx, room, &one), |tx| save_postback(tx, room, &other));
    first.unwrap();
    assert!(matches!(second, Err(SaveError::TooMany)), "{second:?}");
    let own = world.write(|tx| postbacks_of(tx, one.act.shop, one.owner));
    assert_eq!(own.len(), POSTBACKS_MAX);
}

fn of_two_pixels_at_once_the_one_too_many_is_refused(db: TestDatabase) {
    let world = World::new(db);
    let (shop, key) = (world.seeded.shop, MasterKey::generate().unwrap());
    let owner = PixelOwner { shop, affiliate: world.person(0) };
    let rules = PixelRules::default();
    let draft = |number: usize| PixelDraft {
        number: format!("12345678901234{number}"),
        is_confirmed: false,
        choice: PixelChoice::default(),
        token: String::new(),
        drops_token: false,
        test_code: String::new(),
        is_enabled: true,
    };
    for number in 1..PIXELS_MAX {
        world.write(|tx| add_pixel(tx, &key, &rules, owner, &draft(number), at()));
    }
    let (first, second) = world.at_once(
        |tx| add_pixel(tx, &key, &rules, owner, &draft(8), at()),
        |tx| add_pixel(tx, &key, &rules, owner, &draft(9), at()),
    );
    first.unwrap();
    assert!(matches!(second, Err(PixelError::TooMany)), "{second:?}");
    assert_eq!(world.write(|tx| own_pixels(tx, owner)).len(), PIXELS_MAX);
}

fn of_two_codes_at_once_the_one_too_many_is_refused(db: TestDatabase) {
    let world = World::new(db);
    let (act, program, who) = (world.act(), world.seeded.program, world.person(0));
    let draft = DiscountDraft {
        kind: "percent".to_owned(),
        value: "10".to_owned(),
        ..DiscountDraft::default()
    };
    world.write(|tx| save_discount(tx, act, program, Currency::USD, &draft));
    for number in 1..CODES_MAX {
        world.write(|tx| give_code(tx, act, who, &format!("ANNA-{number}")));
    }
    let (first, second) = world
        .at_once(|tx| give_code(tx, act, who, "LAST"), |tx| give_code(tx, act, who, "ONE-MORE"));
    first.unwrap();
    assert!(
        matches!(&second, Err(CodeError::Refused(field)) if field.field == "code"),
        "{second:?}"
    );
    let known = world.write(|tx| shop_codes_of(tx, act.shop, who, CODES_MAX + 9));
    assert_eq!(i64::try_from(known.len()).unwrap(), CODES_MAX);
}

fn of_two_goals_and_two_banners_at_once_the_one_too_many_is_refused(db: TestDatabase) {
    let world = World::new(db);
    let shop = world.seeded.shop;
    let book = world.storage.read_blocking(|conn| ShopBooks::default().of(conn, shop)).unwrap();
    let goal = |number: usize| GoalDraft {
        name: format!("Goal {number}"),
        slug: format!("goal-{number}"),
        kind: "call".to_owned(),
        ..GoalDraft::default()
    };
    let banner = CreativeDraft {
        name: "Banner".to_owned(),
        image_url: "https://pictures.example/banner.png".to_owned(),
        width: "300".to_owned(),
        height: "250".to_owned(),
        ..CreativeDraft::default()
    };
    for number in 1..GOALS_MAX {
        world.write(|tx| add_goal(tx, &book, &goal(number), at()));
    }
    let (first, second) = world.at_once(
        |tx| add_goal(tx, &book, &goal(GOALS_MAX), at()),
        |tx| add_goal(tx, &book, &goal(GOALS_MAX + 1), at()),
    );
    first.unwrap();
    assert!(matches!(second, Err(GoalError::TooMany)), "{second:?}");

    for _ in 1..CREATIVES_MAX {
        world.write(|tx| add_creative(tx, shop, &banner, at()));
    }
    let add = |tx: &mut WriteTx<'_>| add_creative(tx, shop, &banner, at());
    let (first, second) = world.at_once(add, add);
    first.unwrap();
    assert!(matches!(second, Err(CreativeError::TooMany)), "{second:?}");
}

fn of_two_first_postbacks_at_once_one_makes_the_secret(db: TestDatabase) {
    let world = World::new(db);
    let (shop, key) = (world.seeded.shop, MasterKey::generate().unwrap());
    let ensure = |tx: &mut WriteTx<'_>| ensure_secret(tx, &key, shop, Owner::Merchant, at());
    let (first, second) = world.at_once(ensure, ensure);
    first.unwrap();
    second.unwrap();
    assert_eq!(world.write(|tx| secrets_of(tx, shop, Owner::Merchant)).len(), 1);
}

fn orders_of_an_hour_are_told_once_though_two_processes_sum_them_up(db: TestDatabase) {
    let world = World::new(db);
    let (shop, who) = (world.seeded.shop, world.person(0));
    let key = MasterKey::generate().unwrap();
    let room = MailRoom { key: &key, app_url: "https://app.example.com" };
    let wanted = [(LetterKind::NewOrders, true)];
    world.write(|tx| choose_mails(tx, world.act(), who, &wanted));
    let books = Arc::new(ShopBooks::default());
    let settler = Settler::new(Arc::clone(&books), VisitTokens::new(&key));
    let sale = SaleDraft {
        code: "FRIEND0".to_owned(),
        amount: "90.00".to_owned(),
        at: Some(at()),
        name: "Invoice 17".to_owned(),
        request: "form 1".to_owned(),
        ..SaleDraft::default()
    };
    let act = Act { now: at().plus_seconds(60), ..world.act() };
    world.write(|tx| record_sale(tx, &books, &settler, act, &sale).map(drop));
    let sum_up = |tx: &mut WriteTx<'_>| sum_up_orders(tx, room, at().plus_seconds(4_000));
    let (first, second) = world.at_once(sum_up, sum_up);
    first.unwrap();
    second.unwrap();
    assert_eq!(world.write(|tx| mails_of(tx, shop, who, 9)).len(), 1);
}
