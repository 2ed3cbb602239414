//! Compliance topics (row 31): a buyer is told, forgotten; a shop is erased.

use diesel::sql_types::Binary;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use domain::ids::{AffiliateId, PixelId, ShopifyId};
use domain::pixel::PixelChoice;
use domain::shop::ShopSettings;
use serde_json::json;
use storage::pixels::{Approval, Pixel, pixel_insert};
use storage::privacy::{TABLES_OF_SHOP, data_requests_of, rows_of_shop};
use tests::both_databases;
use tests::db::TestDatabase;
use tests::orders::Order;
use tributary::flows::privacy::export_of;

use super::SHOP;
use super::webhooks::{Stage, now};

#[derive(QueryableByName)]
struct Name {
    // Encrypted columns are no text.
    #[diesel(sql_type = Binary)]
    name: Vec<u8>,
}

fn names(db: &TestDatabase, sqlite: &str, postgres: &str) -> Vec<String> {
    let found: Vec<Name> = match db.url.strip_prefix("sqlite://") {
        Some(file) => {
            diesel::sql_query(sqlite).load(&mut SqliteConnection::establish(file).unwrap()).unwrap()
        }
        None => diesel::sql_query(postgres)
            .load(&mut PgConnection::establish(&db.url).unwrap())
            .unwrap(),
    };
    found.iter().map(|row| String::from_utf8_lossy(&row.name).into_owned()).collect()
}

/// Every row of every table, as text.
fn everything(db: &TestDatabase) -> String {
    let tables = names(
        db,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        "SELECT table_name::text AS name FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
    );
    let mut text = String::new();
    for table in tables {
        let columns = names(
            db,
            &format!("SELECT name FROM pragma_table_info('{table}')"),
            &format!(
                "SELECT column_name::text AS name FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        );
        if table == "delivery_bodies" {
            continue;
        }
        let row = columns
            .iter()
            .map(|column| format!("COALESCE(CAST({column} AS TEXT), '')"))
            .collect::<Vec<_>>()
            .join(" || ' ' || ");
        let query = format!("SELECT {row} AS name FROM {table}");
        for row in names(db, &query, &query) {
            text.push_str(&format!("{table}: {row}\n"));
        }
    }
    text
}

async fn bodies(stage: &Stage) -> String {
    let shop = stage.shop().await.id;
    let found = stage
        .storage
        .read(move |conn| {
            storage::privacy::bodies_after(conn, shop, domain::ids::DeliveryId(0), 1_000)
        })
        .await
        .unwrap();
    let texts = found.into_iter().map(|(_, body)| body.unpack().unwrap());
    texts.map(|body| String::from_utf8_lossy(&body).into_owned()).collect()
}

both_databases! {
    async fn s11_31_a_buyer_is_told_and_then_forgotten_and_the_sums_stay(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        let seeded = tests::seed::seed_into(&stage.storage, stage.shop().await.id, 1).await;
        let coupon = &seeded.affiliates[0].coupon;
        listens(&stage, seeded.affiliates[0].id).await;
        let orders: Vec<Order> =
            (2..=3).map(|number| Order::reference(number, coupon, now().plus_seconds(-60))).collect();
        for order in &orders {
            stage.tell("orders/create", &order.payload()).await;
        }
        stage.settled().await;
        let first = orders[0].payload();
        let customer = first["customer"]["id"].as_u64().unwrap();
        let email = first["email"].as_str().unwrap().to_owned();
        let ids: Vec<u64> = orders.iter().map(Order::id).collect();
        let sums = earned(&stage).await;
        assert!(sums.0 > 0, "{sums:?}");
        let told = "SELECT COUNT(*) AS value FROM pixel_events";
        assert_eq!(tests::sql::integer(&db.url, told), 2, "they wait for the buyer's consent");

        let person = json!({"id": customer, "email": email, "phone": "+39 555"});
        stage.tell("customers/data_request", &json!({"shop_id": 1, "shop_domain": SHOP,
            "orders_requested": ids, "customer": person, "data_request": {"id": 99}})).await;
        stage.settled().await;
        let shop = stage.shop().await.id;
        let request = stage.storage
            .read(move |conn| data_requests_of(conn, shop, 5)).await.unwrap().remove(0);
        assert_eq!(request.shopify_request_id, ShopifyId(99));
        let export = stage.storage.read(move |conn| export_of(conn, &request)).await.unwrap();
        assert_eq!(export["orders"].as_array().unwrap().len(), 2);
        assert_eq!(export["orders"][0]["customer_id"], customer.to_string());
        assert!(!export.to_string().contains(&email), "we do not have it");

        assert!(bodies(&stage).await.contains(&email), "the raw webhooks had it");
        stage.tell("customers/redact", &json!({"shop_id": 1, "shop_domain": SHOP,
            "customer": person, "orders_to_redact": [ids[0]]})).await;
        stage.settled().await;
        stage.until("forgotten", async |stage: &Stage| {
            let shop = stage.shop().await.id;
            let tasks = stage.storage
                .read(move |conn| storage::shopify_tasks::tasks_of(conn, shop, 50)).await.unwrap();
            !tasks.iter().any(|task| task.kind.as_str() == "redact_customer")
        }).await;
        let everything = everything(&db);
        let prints = domain_fingerprint(&email);
        for mark in [email.as_str(), &customer.to_string(), "+39 555", &prints] {
            let found: Vec<&str> = everything.lines().filter(|row| row.contains(mark)).collect();
            assert!(found.is_empty(), "{mark}: {found:?}");
        }
        let bodies = bodies(&stage).await;
        assert!(!bodies.contains(&email) && !bodies.contains(&customer.to_string()));
        assert_eq!(earned(&stage).await, sums, "the ledger's sums are unchanged");
        assert_eq!(tests::sql::integer(&db.url, told), 0, "no pixel hears of it any more");

        // A picture that comes afterwards does not bring them back.
        let mut again = orders[0].payload();
        again["updated_at"] = json!(now());
        stage.tell("orders/updated", &again).await;
        stage.settled().await;
        let row = stage.order(orders[0].id()).await.unwrap();
        assert_eq!(row.customer_id, None);
        assert_eq!(row.state.0.snapshot.unwrap().email_fingerprint, None);
        assert_eq!(earned(&stage).await, sums);
    }

    async fn s11_31_a_shop_is_erased_once_it_has_gone(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        let id = stage.shop().await.id;
        let seeded = tests::seed::seed_into(&stage.storage, id, 2).await;
        let order = Order::reference(1, &seeded.affiliates[0].coupon, now().plus_seconds(-60));
        stage.tell("orders/create", &order.payload()).await;
        stage.settled().await;
        let redact = json!({"shop_id": 1, "shop_domain": SHOP});
        stage.tell("shop/redact", &redact).await;
        stage.settled().await;
        assert!(stage.order(order.id()).await.is_some(), "a shop that has the app is not erased");
        stage.tell_at("app/uninstalled", &json!({"id": 1, "myshopify_domain": SHOP}),
            now().plus_seconds(1)).await;
        // Shopify asks two days later; at the same time either may come first.
        stage.settled().await;
        stage.tell("shop/redact", &redact).await;
        stage.until("erased", async |stage: &Stage| {
            stage.shop().await.name == SHOP
        }).await;
        for table in TABLES_OF_SHOP {
            let left = stage.storage
                .read(move |conn| rows_of_shop(conn, id, table)).await.unwrap();
            assert_eq!(left, 0, "{table}");
        }
        let everything = everything(&db);
        assert!(!everything.contains("FRIEND"), "{everything}");
        assert_eq!(bodies(&stage).await, "");
    }

    async fn every_table_with_a_shop_is_erased_with_it(db: TestDatabase) {
        let tables = names(
            &db,
            "SELECT m.name AS name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
             WHERE m.type = 'table' AND c.name = 'shop_id' ORDER BY 1",
            "SELECT table_name::text AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'shop_id' ORDER BY 1",
        );
        let missing: Vec<&String> =
            tables.iter().filter(|table| !TABLES_OF_SHOP.contains(&table.as_str())).collect();
        assert!(missing.is_empty(), "add them to storage::privacy::TABLES_OF_SHOP: {missing:?}");
    }
}

/// From now on an affiliate's pixel listens, with a token for the server's events.
async fn listens(stage: &Stage, affiliate: AffiliateId) {
    let (shop, now) = (stage.shop().await.id, now());
    let settings = ShopSettings { facebook_pixel_enabled: true, ..ShopSettings::default() };
    let text = serde_json::to_string(&settings).unwrap();
    stage
        .storage
        .write(move |tx| {
            storage::shops::shop_update_settings(tx, shop, &text)?;
            let pixel = Pixel {
                id: PixelId(tx.next_id(now)),
                shop_id: shop,
                affiliate_id: affiliate,
                number: "123456789012345".to_owned(),
                choice: storage::Json(PixelChoice::default()),
                access_token: Some(vec![1]),
                test_code: None,
                is_enabled: true,
                approval: Approval::Approved,
                created_at: now,
                updated_at: now,
                deleted_at: None,
            };
            pixel_insert(tx, &pixel)
        })
        .await
        .unwrap();
}

/// Commission of all conversions, and the sum of the ledger.
async fn earned(stage: &Stage) -> (i64, i64) {
    let shop = stage.shop().await.id;
    stage
        .storage
        .read(move |conn| {
            let filter = storage::conversions::ConversionFilter::default();
            let rows = storage::conversions::conversion_page(conn, shop, &filter, None, 100)?;
            let commission = rows.iter().map(|row| row.commission_minor).sum();
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let entries = storage::ledger::entries_of_conversions(conn, shop, &ids)?;
            let booked = entries.iter().map(|entry| entry.amount_minor).sum();
            Ok::<_, storage::StorageError>((commission, booked))
        })
        .await
        .unwrap()
}

/// The fingerprint under the key of the harness's servers.
fn domain_fingerprint(email: &str) -> String {
    let key = tributary::secrets::MasterKey::parse("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
    let key = key.unwrap().derive(tributary::secrets::Purpose::EmailFingerprint);
    shopify::fingerprint::Fingerprinter::new(&key).unwrap().email(email).unwrap()
}
