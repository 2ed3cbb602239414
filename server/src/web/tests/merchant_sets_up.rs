//! A merchant sets the app up from pages alone: a program, an affiliate, its coupon, its password.

use super::site::Site;
use crate::delivery::job_runner::work_off;

const NEW: &str = "/admin/programs/new";

/// The fields of a plain program.
fn program<'a>(csrf: &'a str, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("name", name),
        ("commission_type", "percent"),
        ("commission_value", value),
        ("hold_days", "14"),
        ("is_open", "on"),
        ("action", "save"),
    ]
}

fn affiliate<'a>(csrf: &'a str, program: &'a str, email: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("name", "Cleo"),
        ("email", email),
        ("code", "CLEO"),
        ("program", program),
        ("coupons", "CLEO10, TEA4CLEO"),
    ]
}

/// The value of the first option of a select.
fn first_option(html: &str, id: &str) -> String {
    let (_, rest) = html.split_once(&format!("<select id=\"{id}\"")).unwrap();
    let (_, rest) = rest.split_once("<option value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_merchant_creates_a_program_from_a_template_and_publishes_a_second_version() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let blank = merchant.get(&format!("{NEW}?template=tiered")).await;
    assert_eq!(blank.status, 200);
    assert!(blank.body.contains("From sales of") && blank.body.contains("value=\"1000.00\""));
    let csrf = blank.csrf();
    let made = merchant.post(NEW, &program(&csrf, "Creators", "12")).await;
    assert_eq!((made.status, made.location.as_str()), (303, "/admin/programs/2?done=made"));
    let page = merchant.get(&made.location).await;
    assert!(page.body.contains("value=\"Creators\"") && page.body.contains("10.80 USD"));

    let mut changed = program(&csrf, "Creators", "15");
    changed.push(("version", "1"));
    let published = merchant.post("/admin/programs/2", &changed).await;
    assert_eq!(published.location, "/admin/programs/2?done=published");
    // The same form again holds the version before: nobody's work is overwritten.
    let stale = merchant.post("/admin/programs/2", &changed).await;
    assert_eq!(stale.status, 422);
    assert!(stale.body.contains("Version 2 was published while you were editing"));
    let history = merchant.get("/admin/programs/2/history").await;
    assert!(history.body.contains("Commission: 12% of the sale → 15% of the sale"));
    assert_eq!(merchant.get("/admin/programs/9").await.status, 404);
}

#[actix_web::test]
async fn a_refused_program_keeps_its_input_and_says_why_at_the_field() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let csrf = merchant.get(NEW).await.csrf();
    let mut sent = program(&csrf, "Main", "110");
    sent.extend([
        ("rates.item", ""),
        ("rates.item_id", ""),
        ("rates.coupon", ""),
        ("rates.affiliate", "NOBODY"),
        ("rates.customer", ""),
        ("rates.kind", "percent"),
        ("rates.value", "20"),
        ("window_days", "a month"),
    ]);
    let refused = merchant.post(NEW, &sent).await;
    assert_eq!(refused.status, 422);
    for text in [
        "Another program has this name.",
        "A percentage lies between 0 and 100.",
        "No affiliate has the code “NOBODY”.",
        "Enter a whole number.",
        "value=\"a month\"",
        "id=\"rates-1-error\"",
        "href=\"#window_days\"",
    ] {
        assert!(refused.body.contains(text), "{text} in {}", refused.body);
    }
}

#[actix_web::test]
async fn the_example_recomputes_without_script_and_rows_come_and_go() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let csrf = merchant.get(NEW).await.csrf();
    let mut sent: Vec<(&str, &str)> = program(&csrf, "X", "25")
        .into_iter()
        .filter(|(name, _)| *name != "action")
        .chain([("sample.quantity", "1"), ("sample.price", "199.00"), ("sample.product", "")])
        .chain([("sample_discount", "59.70")])
        .chain([("levels.percent", "10"), ("levels.of", "commission")])
        .chain([("levels.percent", "5"), ("levels.of", "sale")])
        .collect();
    let fragment = merchant.post("/admin/programs/preview", &sent).await;
    assert_eq!(fragment.status, 200);
    assert!(fragment.body.contains("34.83 USD"), "G15: {}", fragment.body);
    assert!(!fragment.body.contains("<html"));
    sent.push(("action", "remove:levels:0"));
    let shown = merchant.post(NEW, &sent).await;
    assert_eq!(shown.status, 200, "nothing was saved, nothing refused");
    assert_eq!(shown.body.matches("name=\"levels.percent\"").count(), 2, "one and a blank one");
    assert!(!shown.body.contains("name=\"levels.percent\" value=\"10\""));
    assert!(!merchant.get("/admin/programs").await.body.contains("Program 2 "));
}

#[actix_web::test]
async fn an_affiliate_is_added_with_coupons_invited_and_sets_its_password_once() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let blank = merchant.get("/admin/affiliates/new").await;
    let (csrf, program) = (blank.csrf(), first_option(&blank.body, "program"));
    let sent = affiliate(&csrf, &program, "cleo@example.com");
    let made = merchant.post("/admin/affiliates/new", &sent).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let page = merchant.get(&made.location).await;
    for text in ["CLEO10", "TEA4CLEO", "?ref=CLEO", "Coupon CLEO10 was given.", "Invite"] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    let (address, _) = made.location.split_once('?').unwrap();
    let invited = merchant.post(&format!("{address}/invite"), &[("csrf", &csrf)]).await;
    let (_, rest) = invited.body.split_once("id=\"password-link\">").unwrap();
    let link = rest.split('<').next().unwrap().replace("&#38;", "&");
    let path = link.strip_prefix("http://localhost:8080").unwrap().to_owned();
    // Without a mail server the merchant reads the mail, too.
    assert!(invited.body.contains("Not sent: Your affiliate account"), "{}", invited.body);

    let mut cleo = site.browser();
    let form = cleo.get(&path).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let csrf = form.csrf();
    let passwords = |one: &'static str, two: &'static str| [("password", one), ("repeated", two)];
    let send = |fields: [(&'static str, &'static str); 2]| {
        [
            ("csrf", csrf.clone()),
            (fields[0].0, fields[0].1.to_owned()),
            (fields[1].0, fields[1].1.to_owned()),
        ]
    };
    let different = send(passwords("correct horse", "correct house"));
    let different: Vec<(&str, &str)> = different.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let refused = cleo.post(&path, &different).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("The two entries differ."), "{}", refused.body);
    let right = send(passwords("correct horse", "correct horse"));
    let right: Vec<(&str, &str)> = right.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let set = cleo.post(&path, &right).await;
    assert_eq!((set.status, set.location.as_str()), (303, "/portal/demo.myshopify.com"));
    assert_eq!(cleo.get(&set.location).await.status, 200, "logged in");
    assert_eq!(site.browser().get(&path).await.status, 410, "a link works once");
    let logged_in = site.browser().log_in("cleo@example.com", "correct horse").await;
    assert_eq!(logged_in.status, 303);
}

#[actix_web::test]
async fn what_is_taken_is_told_with_the_owners_name() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let blank = merchant.get("/admin/affiliates/new").await;
    let (csrf, program) = (blank.csrf(), first_option(&blank.body, "program"));
    let mut sent = affiliate(&csrf, &program, "Bob+x@example.com");
    sent.retain(|(name, _)| *name != "coupons" && *name != "code");
    sent.extend([("code", "anna"), ("coupons", "anna10"), ("upline", "ZED")]);
    sent.extend([("payout_method", "paypal"), ("payout_address", "my account")]);
    let refused = merchant.post("/admin/affiliates/new", &sent).await;
    assert_eq!(refused.status, 422);
    for text in [
        "Bob (1002) has this e-mail already",
        "has this code",
        "belongs to Anna",
        "No affiliate has the code “ZED”.",
        "Enter the e-mail address of the PayPal account.",
    ] {
        assert!(refused.body.contains(text), "{text} in {}", refused.body);
    }
}

#[actix_web::test]
async fn an_upline_cannot_be_below_its_own_affiliate() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let anna = format!("/admin/affiliates/{}/edit", site.anna.id);
    let form = merchant.get(&anna).await;
    let (csrf, program) = (form.csrf(), first_option(&form.body, "program"));
    let mut below = affiliate(&csrf, &program, "cleo@example.com");
    below.push(("upline", "ANNA"));
    assert_eq!(merchant.post("/admin/affiliates/new", &below).await.status, 303);
    let above = [
        ("csrf", csrf.as_str()),
        ("name", "Anna"),
        ("email", "anna@example.com"),
        ("code", "ANNA"),
        ("program", program.as_str()),
        ("upline", "CLEO"),
    ];
    let refused = merchant.post(&anna, &above).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Cleo is below this affiliate"), "{}", refused.body);
}

#[actix_web::test]
async fn applicants_wait_until_they_are_approved_and_are_then_invited() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let join = "/portal/demo.myshopify.com/join/1";
    assert_eq!(site.browser().get(join).await.status, 404, "closed until the merchant opens it");
    let csrf = merchant.get("/admin/programs/1").await.csrf();
    let mut open = program(&csrf, "Main", "10");
    open.push(("version", "1"));
    open.push(("terms", "Be kind."));
    assert_eq!(merchant.post("/admin/programs/1", &open).await.status, 303);

    let mut dora = site.browser();
    let csrf = dora.get(join).await.csrf();
    let fields = [("csrf", csrf.as_str()), ("name", "Dora"), ("email", "dora@example.com")];
    let refused = dora.post(join, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Without this promise nobody can join."), "{}", refused.body);
    let ticked = [fields.as_slice(), &[("discloses", "on"), ("agrees", "on")]].concat();
    let applied = dora.post(join, &ticked).await;
    assert_eq!(applied.status, 303, "{}", applied.body);
    let list = merchant.get("/admin/affiliates?status=pending").await;
    assert!(list.body.contains("Dora") && list.body.contains("DORA"), "{}", list.body);
    // Who applies again is told the same, and there is still one Dora.
    assert_eq!(dora.post(join, &ticked).await.location, applied.location);
    assert_eq!(merchant.get("/admin/affiliates").await.body.matches("dora@example.com").count(), 1);

    let (_, rest) = list.body.split_once(":active").unwrap_or(("", ""));
    assert!(!rest.is_empty());
    let (before, _) = list.body.split_once(":active").unwrap();
    let id = before.rsplit('"').next().unwrap();
    let csrf = list.csrf();
    let one = format!("{id}:active");
    let decided =
        merchant.post("/admin/affiliates/status", &[("csrf", &csrf), ("one", &one)]).await;
    assert_eq!(decided.status, 303);
    let page = merchant.get(&format!("/admin/affiliates/{id}")).await;
    assert!(page.body.contains("Not sent: Your affiliate account"), "{}", page.body);
    assert!(page.body.contains("Promised to disclose"));
}

#[actix_web::test]
async fn a_forgotten_password_is_answered_alike_for_known_and_unknown_addresses() {
    let site = Site::new().await;
    let mut somebody = site.browser();
    let address = "/portal/demo.myshopify.com/forgotten";
    let csrf = somebody.get(address).await.csrf();
    let ask = |email: &'static str| [("csrf", csrf.clone()), ("email", email.to_owned())];
    let mut answers = Vec::new();
    for email in ["anna@example.com", "nobody@example.com"] {
        let fields = ask(email);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = somebody.post(address, &fields).await;
        answers.push((answer.status, answer.location));
    }
    assert_eq!(answers[0], answers[1]);
    let page = site.merchant().get(&format!("/admin/affiliates/{}", site.anna.id)).await;
    assert!(page.body.contains("Not sent: A new password"), "{}", page.body);
    assert!(page.body.contains("Asked for a new password."));
}

#[actix_web::test]
async fn n10_a_draft_is_tried_on_past_orders_and_writes_nothing() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    site.coupon_order().await;
    let csrf = merchant.get("/admin/programs/1").await.csrf();
    let draft = program(&csrf, "Main", "20");
    let asked = merchant.post("/admin/programs/1/dry-run", &draft).await;
    let waits = merchant.get(&asked.location).await;
    assert!(waits.body.contains("data-poll") && waits.body.contains("Waits"), "{}", waits.body);
    let job = asked.location.rsplit('/').next().unwrap();
    let result = format!("/admin/programs/1/dry-run/{job}");
    assert_eq!(merchant.get(&result).await.location, asked.location, "there is no result yet");
    work_off(&site.app).await.unwrap();
    let done = merchant.get(&asked.location).await;
    assert!(done.body.contains(&result) && !done.body.contains("data-poll"), "{}", done.body);
    let tried = merchant.get(&result).await;
    for text in ["9.00 USD", "18.00 USD", "+9.00 USD", "#1001", "20% = "] {
        assert!(tried.body.contains(text), "{text} in {}", tried.body);
    }
    let file = merchant.get(&format!("{}/file", asked.location)).await;
    assert!(file.header("content-disposition").contains("dry-run.csv"));
    assert!(file.body.contains(",0,9.00,18.00,9.00,USD,"), "{}", file.body);
    // Another program's, or no dry run at all.
    assert_eq!(merchant.get(&format!("/admin/programs/2/dry-run/{job}")).await.status, 404);
    let wrong = program(&csrf, "Main", "110");
    assert_eq!(merchant.post("/admin/programs/1/dry-run", &wrong).await.status, 422);
    let history = merchant.get("/admin/programs/1/history").await;
    assert!(!history.body.contains("Version 2"), "nothing was published");
}

#[actix_web::test]
async fn who_is_credited_is_chosen_for_the_whole_shop() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/attribution").await.csrf();
    let fields = |last: &'static str, window: &'static str| {
        vec![
            ("csrf", csrf.clone()),
            ("click_model", "first_click".to_owned()),
            ("place", "link".to_owned()),
            ("place", "coupon".to_owned()),
            ("place", "customer".to_owned()),
            ("place", last.to_owned()),
            ("window_days", window.to_owned()),
        ]
    };
    for (last, window, status) in
        [("link", "7", 422), ("product", "9999", 422), ("product", "7", 303)]
    {
        let sent = fields(last, window);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = merchant.post("/admin/attribution", &sent).await;
        assert_eq!(answer.status, status, "{last} {window}: {}", answer.body);
    }
    let shown = merchant.get("/admin/attribution").await;
    assert!(shown.body.contains("value=\"7\""), "{}", shown.body);
    assert!(shown.body.contains("<option value=\"first_click\" selected>"), "{}", shown.body);
}

#[actix_web::test]
async fn an_amount_is_given_by_hand_once_however_often_the_form_is_sent() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let address = format!("/admin/affiliates/{}", site.anna.id);
    let page = merchant.get(&address).await;
    let csrf = page.csrf();
    let (_, rest) = page.body.split_once("name=\"request\" value=\"").unwrap();
    let request = rest.split('"').next().unwrap().to_owned();
    let give = |amount: &'static str| {
        [
            ("csrf", csrf.clone()),
            ("request", request.clone()),
            ("amount", amount.to_owned()),
            ("reason", "Newsletter in March".to_owned()),
        ]
    };
    for (amount, status) in [("a lot", 422), ("12.50", 303), ("12.50", 303)] {
        let sent = give(amount);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = merchant.post(&format!("{address}/adjust"), &sent).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    let page = merchant.get(&address).await;
    assert!(page.body.contains("<dt>Payable</dt><dd>12.50 USD</dd>"), "{}", page.body);
}

#[actix_web::test]
async fn an_affiliates_newer_payout_address_is_not_overwritten_by_an_older_form() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let edit = format!("/admin/affiliates/{}/edit", site.anna.id);
    let opened = merchant.get(&edit).await;
    let program = first_option(&opened.body, "program");
    let typed = |page: &str, csrf: &str| {
        let hidden = |name: &str| {
            let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
            rest.split('"').next().unwrap().replace("&#60;", "<").replace("&#62;", ">")
        };
        vec![
            ("csrf", csrf.to_owned()),
            ("seen_name", hidden("seen_name")),
            ("seen_payout_method", hidden("seen_payout_method")),
            ("seen_payout_address", hidden("seen_payout_address")),
            ("name", "Anna <Lindqvist>".to_owned()),
            ("email", "anna@example.com".to_owned()),
            ("code", "ANNA".to_owned()),
            ("program", program.clone()),
            ("coupons", "ANNA10".to_owned()),
            ("notes", "calls on Mondays".to_owned()),
        ]
    };

    // Anna says how she is paid while the merchant writes a note.
    let mut anna = site.anna().await;
    let account = "/portal/demo.myshopify.com/account";
    let own = anna.get(account).await.csrf();
    let payout = [
        ("csrf", own.as_str()),
        ("part", "payout"),
        ("payout_method", "paypal"),
        ("payout_address", "anna.new@example.com"),
    ];
    assert_eq!(anna.post(account, &payout).await.status, 303);
    let late = typed(&opened.body, &opened.csrf());
    let late: Vec<(&str, &str)> =
        late.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = merchant.post(&edit, &late).await;
    assert_eq!(refused.status, 422);
    for text in
        ["The affiliate has changed where it is paid", "anna.new@example.com", "calls on Mondays"]
    {
        assert!(refused.body.contains(text), "{text} in {}", refused.body);
    }
    // What the merchant did not touch has followed; saved again, nothing is lost.
    assert!(
        refused.body.contains(
            "id=\"payout_address\" name=\"payout_address\" value=\"anna.new@example.com\""
        ),
        "{}",
        refused.body
    );
    let mut again = typed(&refused.body, &refused.csrf());
    again.extend([
        ("payout_method", "paypal".to_owned()),
        ("payout_address", "anna.new@example.com".to_owned()),
    ]);
    let again: Vec<(&str, &str)> =
        again.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let saved = merchant.post(&edit, &again).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = merchant.get(&format!("/admin/affiliates/{}", site.anna.id)).await.body;
    assert!(page.contains("anna.new@example.com") && page.contains("calls on Mondays"), "{page}");
}

#[actix_web::test]
async fn store_credit_can_be_chosen_and_needs_a_customer_account() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let edit = format!("/admin/affiliates/{}/edit", site.anna.id);
    let form = merchant.get(&edit).await;
    let (csrf, program) = (form.csrf(), first_option(&form.body, "program"));
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("name", "Anna"),
        ("email", "anna@example.com"),
        ("code", "ANNA"),
        ("program", program.as_str()),
        ("payout_method", "store_credit"),
    ];
    let refused = merchant.post(&edit, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Store credit is given to the affiliate"), "{}", refused.body);
    fields.push(("shopify_customer_id", "7700000000002"));
    let saved = merchant.post(&edit, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    // The form shows it, so that saving it once more keeps it.
    let form = merchant.get(&edit).await.body;
    assert!(form.contains("value=\"store_credit\" selected"), "{form}");
    let account = site.anna().await.get("/portal/demo.myshopify.com/account").await.body;
    assert!(account.contains("value=\"store_credit\" selected"), "{account}");
}
