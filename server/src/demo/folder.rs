//! The demo's folder: its database, its keys, and a lock so that two demos do not share them. Never
//! touches a database that holds a shop which is not the demo's.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use storage::{Storage, StorageOptions, shops};

use crate::secrets::{MasterKey, random_bytes, random_token};

/// A demo's database has one shop; a few are enough to find one that is real.
const SHOPS_LOOKED_AT: i64 = 1_000;

/// An opened folder; nobody else opens it while this lives.
#[derive(Debug)]
pub(super) struct DemoFolder {
    pub(super) keys: DemoKeys,
    database: PathBuf,
    _lock: File,
}

/// What the kept data can only be read with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoKeys {
    pub(super) client_secret: String,
    pub(super) encryption_key: String,
    pub(super) portal_password: String,
}

impl DemoFolder {
    /// Makes the folder ready: with what the last demo left if it is to be kept, else empty.
    ///
    /// # Errors
    /// When another demo runs in it, it holds a real shop, or it cannot be written.
    pub(super) fn open(folder: &Path, keep: bool) -> anyhow::Result<Self> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
        let lock = File::create(folder.join("demo.lock"))
            .with_context(|| format!("cannot write into {shown}"))?;
        ensure!(
            lock.try_lock().is_ok(),
            "another demo runs in {shown}: give --data another folder"
        );
        let database = folder.join("demo.sqlite");
        if database.exists() {
            refuse_real_shops(&database)?;
        }
        let keys_file = folder.join("demo-keys.toml");
        let keys = if keep && database.exists() {
            read_keys(&keys_file)?
        } else {
            remove_database(&database)?;
            let keys = DemoKeys::new()?;
            write_keys(&keys_file, &keys)?;
            keys
        };
        Ok(Self { keys, database, _lock: lock })
    }

    pub(super) fn database_url(&self) -> String {
        database_url(&self.database)
    }
}

impl DemoKeys {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            client_secret: random_token()?,
            encryption_key: MasterKey::generate()?.to_base64(),
            portal_password: format!("river-{}", hex::encode(random_bytes::<5>()?)),
        })
    }
}

fn database_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn refuse_real_shops(database: &Path) -> anyhow::Result<()> {
    let shown = database.display();
    let storage = Storage::connect(&database_url(database), StorageOptions::default())?;
    // A start that was cut short may have left it without tables.
    storage.migrate().with_context(|| format!("{shown} is no database of a demo"))?;
    let known = storage.read_blocking(|conn| shops::shop_list(conn, None, SHOPS_LOOKED_AT))?;
    match known.iter().find(|shop| !shop.is_demo) {
        Some(real) => bail!("{shown} holds the real shop {}: the demo keeps off", real.domain),
        None => Ok(()),
    }
}

fn remove_database(database: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = database.as_os_str().to_owned();
        file.push(suffix);
        let file = PathBuf::from(file);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_keys(file: &Path) -> anyhow::Result<DemoKeys> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read {shown}; without --keep the demo starts afresh"))?;
    toml::from_str(&text).with_context(|| format!("{shown} is damaged"))
}

/// Readable by its owner only, from the first moment on.
fn write_keys(file: &Path, keys: &DemoKeys) -> anyhow::Result<()> {
    if file.exists() {
        fs::remove_file(file)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    Ok(file.write_all(toml::to_string(keys)?.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use domain::{ids::ShopId, time::UtcTime};
    use storage::shops::Shop;

    use super::*;

    /// A folder of its own for a test, gone with it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("tributary-demo-{}", random_token().unwrap())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn insert_shop(folder: &DemoFolder, is_demo: bool) {
        let storage = Storage::connect(&folder.database_url(), StorageOptions::default()).unwrap();
        storage.migrate().unwrap();
        let shop = Shop {
            id: ShopId(1),
            domain: "a.myshopify.com".to_owned(),
            shopify_shop_id: None,
            name: "A".to_owned(),
            currency: None,
            timezone: "UTC".to_owned(),
            settings: "{}".to_owned(),
            is_demo,
            installed_at: UtcTime::default(),
            uninstalled_at: None,
        };
        storage.write_blocking(|tx| shops::shop_insert_if_absent(tx, &shop)).unwrap();
    }

    fn has_shop(folder: &DemoFolder) -> bool {
        let storage = Storage::connect(&folder.database_url(), StorageOptions::default()).unwrap();
        storage.migrate().unwrap();
        let known = storage.read_blocking(|conn| shops::shop_list(conn, None, 1)).unwrap();
        !known.is_empty()
    }

    #[test]
    fn a_database_with_a_real_shop_is_left_alone_even_without_keep() {
        let scratch = Scratch::new();
        insert_shop(&DemoFolder::open(&scratch.0, false).unwrap(), false);
        for keep in [false, true] {
            let refusal = DemoFolder::open(&scratch.0, keep).unwrap_err().to_string();
            assert!(refusal.contains("a.myshopify.com"), "{refusal}");
        }
        let storage = Storage::connect(
            &database_url(&scratch.0.join("demo.sqlite")),
            StorageOptions::default(),
        );
        let known = storage.unwrap().read_blocking(|conn| shops::shop_list(conn, None, 9)).unwrap();
        assert_eq!(known.len(), 1);
    }

    #[test]
    fn a_demo_starts_afresh_unless_told_to_keep() {
        let scratch = Scratch::new();
        let first = DemoFolder::open(&scratch.0, false).unwrap();
        insert_shop(&first, true);
        let key = first.keys.encryption_key.clone();
        drop(first);
        let kept = DemoFolder::open(&scratch.0, true).unwrap();
        assert!(has_shop(&kept));
        assert_eq!(kept.keys.encryption_key, key);
        drop(kept);
        let fresh = DemoFolder::open(&scratch.0, false).unwrap();
        assert!(!has_shop(&fresh));
        assert_ne!(fresh.keys.encryption_key, key);
    }

    #[test]
    fn two_demos_do_not_share_a_folder() {
        let scratch = Scratch::new();
        let _first = DemoFolder::open(&scratch.0, false).unwrap();
        let refusal = DemoFolder::open(&scratch.0, false).unwrap_err().to_string();
        assert!(refusal.contains("another demo"), "{refusal}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_keys() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = Scratch::new();
        let _folder = DemoFolder::open(&scratch.0, false).unwrap();
        let metadata = fs::metadata(scratch.0.join("demo-keys.toml")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}
