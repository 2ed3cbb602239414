//! `fuzz_seeds FOLDER`: writes what each target starts from into `FOLDER/<target>/`.

use std::{env::args_os, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let Some(folder) = args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("usage: fuzz_seeds FOLDER"));
    };
    for (target, seeds) in fuzz::seeds::all() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:03}")), seed)?;
        }
    }
    Ok(())
}
