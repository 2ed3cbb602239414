//! `cargo xtask new-migration NAME`: the same folder name under both databases, because the tests
//! compare the two lists.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::step::{Failure, workspace_root};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [name] = arguments else {
        return Err(Failure::new("new-migration takes one name, such as `postback_health`"));
    };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(Failure::new(format!("`{name}`: only a-z, 0-9 and _ make a migration's name")));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let folder_name = format!("{}_{name}", stamp(now));
    for database in ["sqlite", "postgres"] {
        let folder = workspace_root().join("migrations").join(database).join(&folder_name);
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join("up.sql"), "-- Why:\n"))
            .and_then(|()| std::fs::write(folder.join("down.sql"), "-- Takes back up.sql.\n"));
        written.map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        println!("{}", folder.display());
    }
    Ok(())
}

/// Seconds since 1970 as `YYYY-MM-DD-HHMMSS` in UTC: the form that sorts by age.
fn stamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}")
}

/// Days since 1970 as a date. The year begins in March here, so that the leap day is its last, and
/// 400 years, 146,097 days, are one cycle.
const fn civil_date(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    let days = days + DAYS_FROM_MARCH_OF_YEAR_0;
    let (cycle, day_of_cycle) = (days / 146_097, days % 146_097);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let is_next_year = months_since_march >= 10;
    let month = if is_next_year { months_since_march - 9 } else { months_since_march + 3 };
    let year = 400 * cycle + year_of_cycle;
    (if is_next_year { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_dates_in_utc() {
        for (seconds, expected) in [
            (0, "1970-01-01-000000"),
            (951_782_399, "2000-02-28-235959"),
            (951_782_400, "2000-02-29-000000"),
            (951_868_800, "2000-03-01-000000"),
            (1_795_241_528, "2026-11-21-061208"),
            (4_107_542_399, "2100-02-28-235959"),
            (4_107_542_400, "2100-03-01-000000"),
        ] {
            assert_eq!(stamp(seconds), expected, "{seconds}");
        }
    }
}
