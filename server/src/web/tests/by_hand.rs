//! What a merchant enters by hand, through the pages: sales, amounts about orders, affiliates from a table.

use super::site::{Answer, Browser, Site};

/// The value that a hidden field of a page has.
fn hidden(page: &Answer, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn send(merchant: &mut Browser, to: &str, fields: &[(&str, &str)]) -> Answer {
    let page = merchant.get("/admin/orders/new").await;
    let (csrf, request) = (page.csrf(), hidden(&page, "request"));
    let own = [("csrf", csrf.as_str()), ("request", request.as_str())];
    merchant.post(to, &[own.as_slice(), fields].concat()).await
}

#[actix_web::test]
async fn a_sale_is_entered_and_taken_back_on_pages() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let sale = |amount: &'static str, date: &'static str| {
        [("code", "anna"), ("amount", amount), ("date", date), ("name", "Invoice <17>")]
    };
    let wrong = send(&mut merchant, "/admin/orders/new", &sale("a lot", "2090-01-01")).await;
    assert_eq!(wrong.status, 422);
    for text in ["value=\"a lot\"", "today at the latest", "Invoice &#60;17&#62;"] {
        assert!(wrong.body.contains(text), "{text} in {}", wrong.body);
    }
    let entered = send(&mut merchant, "/admin/orders/new", &sale("90.00", "2026-02-01")).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    let page = merchant.get(&entered.location).await;
    for text in ["The sale is entered.", "Shopify does not know it", "9.00 USD", "by hand for Anna"]
    {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    let order = entered.location.split('?').next().unwrap().to_owned();
    let too_much = [("back_amount", "90.01"), ("back_note", "wrong size")];
    let refused = send(&mut merchant, &format!("{order}/take-back"), &too_much).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Only 90.00 USD is left"), "{}", refused.body);
    assert!(refused.body.contains("value=\"wrong size\""), "{}", refused.body);
    let back = [("back_amount", ""), ("back_note", "wrong size")];
    let back = send(&mut merchant, &format!("{order}/take-back"), &back).await;
    assert_eq!(back.location, format!("{order}?done=taken"));
    let page = merchant.get(&order).await;
    for text in ["-9.00 USD", "was taken back: wrong size", "Reversed"] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
}

#[actix_web::test]
async fn an_amount_about_an_order_is_booked_beside_what_it_earns() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let order = format!("/admin/orders/{}", site.coupon_order().await);
    let anna = site.anna.id.to_string();
    let amount = |text: &'static str, reason: &'static str| {
        [("adjust_amount", text), ("adjust_reason", reason)]
    };
    let who = [("affiliate", anna.as_str())];
    let adjust = format!("{order}/adjust");
    let nothing = [amount("0", "x").as_slice(), &who].concat();
    assert_eq!(send(&mut merchant, &adjust, &nothing).await.status, 422);
    let booked = [amount("-2.50", "Wrong price in the newsletter").as_slice(), &who].concat();
    let booked = send(&mut merchant, &adjust, &booked).await;
    assert_eq!(booked.location, format!("{order}?done=adjusted"));
    let page = merchant.get(&order).await;
    for text in ["-2.50 USD", "Wrong price in the newsletter", "6.50 USD"] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    // Orders of Shopify are refunded there, and nobody else's affiliate is paid here.
    let back = [("back_amount", "1.00")];
    assert_eq!(send(&mut merchant, &format!("{order}/take-back"), &back).await.status, 404);
    let stranger = [amount("1.00", "x").as_slice(), &[("affiliate", "5")]].concat();
    assert_eq!(send(&mut merchant, &adjust, &stranger).await.status, 404);
}

#[actix_web::test]
async fn a_table_of_another_app_is_looked_at_and_then_imported() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let page = merchant.get("/admin/affiliates/import").await;
    let (_, rest) = page.body.split_once("<select id=\"program\"").unwrap();
    let (_, rest) = rest.split_once("<option value=\"").unwrap();
    let program = rest.split('"').next().unwrap().to_owned();
    let table = "ID,First name,Email,Affiliate link,Coupon\n\
                 31,Dora,dora@example.net,https://s.example/?sca_ref=31.abc,DORA5\n\
                 32,Emil,no-address,,\n";
    let fields = |action: &'static str, table: &'static str| {
        [("program", program.clone()), ("table", table.to_owned()), ("action", action.to_owned())]
    };
    for (action, table, status, texts) in [
        ("look", "name\nDora\n", 422, ["one of them is Email", "<textarea"]),
        (
            "look",
            table,
            200,
            ["1 can be added, 0 are here already, 1 cannot be added.", "UpPromote"],
        ),
        ("import", table, 200, ["1 was added, 0 are here already, 1 cannot", "Added"]),
        ("import", table, 200, ["0 were added, 1 is here already, 1 cannot", "Here as 100"]),
    ] {
        let sent = fields(action, table);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = send(&mut merchant, "/admin/affiliates/import", &sent).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        for text in texts {
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
        }
    }
    let list = merchant.get("/admin/affiliates?q=dora").await;
    assert!(list.body.contains("<code>31</code>") && list.body.contains("DORA5"), "{}", list.body);
}

#[actix_web::test]
async fn the_activity_of_the_shop_says_who_did_what_and_leads_there() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let sale = [("code", "anna"), ("amount", "90.00"), ("date", "2026-02-01"), ("name", "Invoice")];
    let entered = send(&mut merchant, "/admin/orders/new", &sale).await;
    let order = entered.location.split('?').next().unwrap().to_owned();
    let about = |query: &str| format!("/admin/activity{query}");
    let all = merchant.get(&about("")).await;
    assert!(all.body.contains("was entered by hand for Anna"), "{}", all.body);
    assert!(all.body.contains(&format!("<a href=\"{order}\">Order</a>")), "{}", all.body);
    let orders = merchant.get(&about("?subject=order&actor=Merchant")).await;
    assert!(orders.body.contains("was entered by hand"), "{}", orders.body);
    for nothing in ["?subject=program&actor=Visitor", "?actor=Affiliate", "?to=2020-01-01"] {
        let page = merchant.get(&about(nothing)).await;
        assert!(page.body.contains("Nothing matches"), "{nothing}: {}", page.body);
    }
}
