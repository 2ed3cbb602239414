//! A program that works beside the tests in a folder of its own, and is gone with the folder when
//! the test process ends: by returning, by a panic, by SIGKILL. A static's destructor would not run
//! and an exit handler does not survive a kill, so a small shell holds the other end of a pipe: when
//! that closes, for whatever reason, it stops the program and removes the folder.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Who a program runs as. PostgreSQL refuses to be root.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// Numeric user id.
    pub uid: u32,
    /// Numeric group id.
    pub gid: u32,
}

/// A running program and its folder. Both live until this process ends, or this is dropped.
#[derive(Debug)]
pub struct Companion {
    folder: PathBuf,
    watchdog: Child,
}

impl Companion {
    /// Starts `program` with `folder` as working folder; what it prints goes to the file `log` there.
    ///
    /// # Errors
    /// When no shell can be started. Whether the program itself comes up is the caller's to find out.
    pub fn start(
        folder: PathBuf,
        user: Option<User>,
        signal: Signal,
        program: &Path,
        arguments: &[String],
    ) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHDOG, "companion", signal.name()]);
        shell.arg(&folder).arg(program).args(arguments).current_dir(&folder);
        // A process group of its own: Ctrl-C is for the tests; we then end by their end.
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        if let Some(user) = user {
            shell.uid(user.uid).gid(user.gid);
        }
        Ok(Self { folder, watchdog: shell.spawn()? })
    }

    /// The program's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The end of what the program printed, for an error message.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        let tail = log.split_at(log.len().saturating_sub(2_000)).1;
        String::from_utf8_lossy(tail).into_owned()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        drop(self.watchdog.wait());
    }
}

/// How a program is told to stop: at once, nothing in its folder is worth keeping.
#[derive(Debug, Clone, Copy)]
pub enum Signal {
    /// PostgreSQL's immediate shutdown, which takes its children along.
    Quit,
    /// Nothing can refuse it.
    Kill,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

/// Children that outlive their parent for a moment may still write, hence the second try.
const WATCHDOG: &str = r#"
signal=$1 folder=$2; shift 2
"$@" >"$folder/log" 2>&1 &
cat >/dev/null
kill -"$signal" $!
wait $!
cd /
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;
