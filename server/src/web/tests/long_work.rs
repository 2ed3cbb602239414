//! Long work on pages: a list of many orders becomes a job, whose file is the whole list whatever
//! happens to the process that makes it.

use storage::jobs::{Step, job_claim, job_step};

use super::site::Site;
use crate::{
    delivery::job_runner::work_off,
    flows::{
        dry_run::DraftFacts,
        export_orders::OrderList,
        run_job::{Progress, Task, ask, next_step},
    },
};

/// More than one part of the file.
const ORDERS: i64 = 1_203;

impl Site {
    /// Copies the only order.
    async fn many_orders(&self) {
        let order = self.coupon_order().await;
        self.app
            .storage
            .write::<_, storage::StorageError, _>(move |tx| {
                let shop = storage::shops::shop_list(tx, None, 1)?.remove(0).id;
                let first = storage::orders::order_by_id(tx, shop, order)?.unwrap();
                let ids: Vec<_> =
                    (1..ORDERS).map(|n| domain::ids::ShopifyId(n.cast_unsigned())).collect();
                let now = first.created_at;
                for ids in ids.chunks(200) {
                    let mut locked =
                        storage::orders::orders_lock(tx, shop, ids, first.currency, now)?;
                    for order in &mut locked {
                        order.row.name = format!("#{}", order.row.shopify_order_id);
                        order.row.reason = Some("no_affiliate".to_owned());
                    }
                    storage::orders::orders_save(tx, &locked)?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }
}

/// Lines of a file, without the names of its columns; each once.
fn lines(file: &str) -> usize {
    let mut lines: Vec<&str> = file.lines().skip(1).collect();
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), all, "a line is there twice");
    all
}

#[actix_web::test]
async fn a_large_list_of_orders_is_a_job_with_a_file() {
    let site = Site::new().await;
    site.many_orders().await;
    let mut merchant = site.merchant();
    // A small list comes at once.
    let small = merchant.get("/admin/orders/export?from=2090-01-01").await;
    let asked = merchant.get("/admin/orders/export").await;
    assert_eq!((small.status, asked.status), (200, 303));
    assert_eq!(merchant.get(&format!("{}/file", asked.location)).await.status, 404, "not yet");
    work_off(&site.app).await.unwrap();
    let page = merchant.get(&asked.location).await;
    assert!(page.body.contains("1,203 orders were looked at"), "{}", page.body);
    let file = merchant.get(&format!("{}/file", asked.location)).await;
    assert_eq!(lines(&file.body), 1_203);
    assert!(merchant.get("/admin/jobs").await.body.contains("Orders as a file"));
    // Nobody else's.
    assert_eq!(merchant.get("/admin/jobs/5").await.status, 404);
    assert!(site.browser().get(&asked.location).await.status >= 400);
}

#[actix_web::test]
async fn a_job_goes_on_where_a_process_that_died_has_stored_its_last_step() {
    let site = Site::new().await;
    site.many_orders().await;
    let mut merchant = site.merchant();
    let (shop, now) = (site.shop.id, site.app.clock.now());
    let act = crate::flows::record_activity::Act {
        shop,
        actor: crate::flows::record_activity::Actor::Merchant,
        now,
    };
    let task = Task::ExportOrders { list: OrderList::default() };
    let id = site.app.storage.write(move |tx| ask(tx, act, &task)).await.unwrap().id;
    // A process makes two steps, stores only the first of them, and dies: its lease is over.
    let lease = now.plus_seconds(-1);
    let books = site.app.books.clone();
    let stored = site
        .app
        .storage
        .write::<_, storage::StorageError, _>(move |tx| {
            let job = job_claim(tx, now, lease)?.unwrap();
            let first =
                next_step(tx, &books, &job, &DraftFacts::default(), &Progress::default()).unwrap();
            let after = job_step(tx, &job, &first, now)?.unwrap();
            let lost = next_step(tx, &books, &after, &DraftFacts::default(), &Progress::default())
                .unwrap();
            assert!(lost.place.is_some() && lost.content != first.content);
            // Somebody whose lease was taken over stores nothing any more.
            let stale = storage::jobs::Job { run_at: now.plus_seconds(9), ..after.clone() };
            assert_eq!(job_step(tx, &stale, &Step::default(), now)?, None);
            Ok(after)
        })
        .await
        .unwrap();
    assert_eq!((stored.done, stored.pieces), (500, 1));
    work_off(&site.app).await.unwrap();
    let file = merchant.get(&format!("/admin/jobs/{id}/file")).await;
    assert_eq!(lines(&file.body), 1_203);
}
