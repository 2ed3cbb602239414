//! What an affiliate reads about its links.

use super::{postback_desk::send, site::Site};

#[actix_web::test]
async fn a2_the_portal_shows_each_affiliate_the_link_of_its_program() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let rules = [("name", "Friends & family"), ("commission_type", "flat_per_order")];
    let rules = [&rules[..], &[("commission_value", "5.00"), ("action", "save")]].concat();
    assert_eq!(send(&mut merchant, "/admin/programs/new", &rules).await.status, 303);
    let second = merchant.get("/admin/affiliates/new?program=2").await.body;
    let (_, chosen) = second.split_once("<select id=\"program\"").unwrap();
    let options = chosen.split("</select>").next().unwrap().split("<option value=\"");
    let id = options.filter(|option| option.contains(" selected")).last().unwrap();
    let id = id.split('"').next().unwrap();
    let bob = merchant.get("/admin/affiliates").await.body;
    let bob = bob.split("href=\"").find(|part| part.contains(">Bob<")).unwrap();
    let bob = format!("{}/edit", bob.split('"').next().unwrap());
    let moved = [("name", "Bob"), ("email", "bob@example.com"), ("code", "BOB"), ("program", id)];
    assert_eq!(send(&mut merchant, &bob, &moved).await.status, 303);

    for (mut browser, program, commission, code) in [
        (site.anna().await, "Main", "10%", "ANNA"),
        (site.bob().await, "Friends &#38; family", "5.00 USD", "BOB"),
    ] {
        let page = browser.get("/portal/demo.myshopify.com/links").await.body;
        let (_, card) = page.split_once("id=\"program-title\"").unwrap();
        let card = card.split("</section>").next().unwrap();
        assert!(card.contains(&format!("<bdi>{program}</bdi>")), "{card}");
        assert!(card.contains(commission), "{card}");
        let link = format!("id=\"program-link\">https://demo.myshopify.com/?ref={code}<");
        assert!(card.contains(&link), "{card}");
    }
}
