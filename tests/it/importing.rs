//! Affiliates of other apps come over with their codes: their old links and coupons go on earning, and a
//! table that is imported twice adds nobody.

use domain::{ids::ProgramId, time::UtcTime};
use shopify::fingerprint::Fingerprinter;
use tests::{db::TestDatabase, sql};
use tributary::flows::import_affiliates::{Fate, Plan, import_affiliates, plan_import, read_table};

use crate::{
    golden::builder::{Order, Scenario, day},
    shop::Shop,
};

tests::cases_on_both_databases![
    old_links_of_the_three_apps_and_old_coupons_go_on_earning,
    the_same_table_twice_adds_nobody,
    lines_with_mistakes_are_told_and_the_others_are_added,
];

const UPPROMOTE: &str = "ID,First name,Last name,Email,Affiliate link,Coupon,Status\n\
    3122711,Dora,Lind,dora@example.net,https://s.example/?sca_ref=3122711.jthhvz8Ao8,DORA5,Active\n";
const GOAFFPRO: &str = "id,name,email,ref_code,status\n77,Emil,emil@example.net,EMIL-7,approved\n";
const REFERSION: &str = "Affiliate ID,Company,Email,Link,Status\n\
    812,Acme,acme@example.net,https://s.example/?rfsn=812.f00a,ACTIVE\n";

fn at(n: i64) -> UtcTime {
    UtcTime::parse(&day(n)).expect("a time")
}

impl Shop {
    fn program(&self) -> ProgramId {
        self.read(|conn| storage::programs::program_list(conn, self.id, 1))[0].id
    }

    fn import(&self, text: &str) -> Plan {
        let table = read_table(text).expect("a table");
        let prints = Fingerprinter::new(b"any key").expect("a key");
        let program = Some(self.program());
        let looked = self.read(|conn| plan_import(conn, &prints, self.act(at(0)), program, &table));
        let done = self
            .storage
            .write_blocking(|tx| import_affiliates(tx, &prints, self.act(at(0)), program, &table))
            .expect("an import");
        assert_eq!(done, looked, "what was shown is what is done");
        done
    }

    fn count(&self, table: &str) -> i64 {
        sql::integer(self.url(), &format!("SELECT COUNT(*) AS value FROM {table}"))
    }
}

fn old_links_of_the_three_apps_and_old_coupons_go_on_earning(db: TestDatabase) {
    let shop = Shop::of(&Scenario::golden(), db);
    for table in [UPPROMOTE, GOAFFPRO, REFERSION] {
        assert_eq!(shop.import(table).counts(), (1, 0, 0));
    }
    let links =
        ["sca_ref=3122711.jthhvz8Ao8", "sca_ref=3122711.other", "ref=emil-7", "rfsn=812.f0"];
    for (query, n) in links.iter().zip(1_u64..) {
        let visitor = format!("v{n}");
        shop.click(&visitor, query, at(1));
        let order = Order::nth(n, "90.00").codes([]);
        shop.webhook("orders/create", order.payload(), Some(&visitor), at(5));
    }
    let by_coupon = Order::nth(9, "90.00").codes(["dora5"]);
    shop.webhook("orders/create", by_coupon.payload(), None, at(9));
    let credited = |name: &str| {
        let text = format!(
            "SELECT COUNT(*) AS value FROM conversions c JOIN affiliates a ON a.id = \
             c.affiliate_id WHERE a.name = '{name}'"
        );
        sql::integer(shop.url(), &text)
    };
    assert_eq!([credited("Dora Lind"), credited("Emil"), credited("Acme")], [3, 1, 1]);
}

fn the_same_table_twice_adds_nobody(db: TestDatabase) {
    let shop = Shop::of(&Scenario::golden(), db);
    shop.import(UPPROMOTE);
    let before = (shop.count("affiliates"), shop.count("coupons"), shop.count("activity"));
    let again = shop.import(UPPROMOTE);
    assert!(matches!(again.lines[0].fate, Fate::Known(_)), "{again:?}");
    assert_eq!((shop.count("affiliates"), shop.count("coupons"), shop.count("activity")), before);
}

fn lines_with_mistakes_are_told_and_the_others_are_added(db: TestDatabase) {
    let shop = Shop::of(&Scenario::golden(), db);
    let plan = shop.import(
        "email,name,code,coupon,status\n\
         dora@example.net,Dora,DORA,D5,active\n\
         D.ora+x@example.net,Second Dora,,,denied\n\
         dora+tag@example.net,Third Dora,,,active\n\
         no-address,Nobody,NOBODY,,active\n\
         emil@example.net,Emil,anna,,active\n\
         fritz@example.net,Fritz,FRITZ,D5,active\n\
         gerd@example.net,Gerd,GERD,,sleeping\n\
         hans@example.net,Hans,bad code!,,active\n\
         ida@example.net,,,,pending\n",
    );
    let fields: Vec<Vec<&str>> = plan
        .lines
        .iter()
        .map(|line| match &line.fate {
            Fate::Refused(errors) => errors.iter().map(|one| one.field.as_str()).collect(),
            Fate::Added(_) | Fate::Known(_) => Vec::new(),
        })
        .collect();
    let none: Vec<&str> = Vec::new();
    assert_eq!(
        fields,
        [
            none.clone(),
            none.clone(),
            vec!["email"],
            vec!["email"],
            vec!["code"],
            vec!["coupons"],
            vec!["status"],
            vec!["code"],
            none,
        ]
    );
    assert_eq!(plan.counts(), (3, 0, 6));
    // Anna, and the three.
    assert_eq!(shop.count("affiliates"), 4);
    assert_eq!(plan.lines[8].code, "ida".to_uppercase());
    let pending = "SELECT COUNT(*) AS value FROM affiliates WHERE status = 'pending'";
    assert_eq!(sql::integer(shop.url(), pending), 1);
}
