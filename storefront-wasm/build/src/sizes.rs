//! How many bytes something has on the wire, and how many it may have.

use std::io::Write as _;

use brotli::enc::{BrotliCompress, BrotliEncoderParams};
use flate2::{Compression, write::GzEncoder};

/// Bytes as they are, and compressed as well as the two methods can.
pub(crate) struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Sizes {
    pub(crate) fn of(bytes: &[u8]) -> std::io::Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let mut brotli = Vec::new();
        BrotliCompress(&mut &*bytes, &mut brotli, &BrotliEncoderParams::default())?;
        Ok(Self { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli.len() })
    }
}

/// What something may have.
pub(crate) struct Budget {
    pub(crate) name: &'static str,
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl Budget {
    /// Prints both; whether it holds.
    pub(crate) fn holds(&self, sizes: &Sizes) -> bool {
        let figures = [(sizes.raw, self.raw), (sizes.gzip, self.gzip), (sizes.brotli, self.brotli)];
        let shown = figures.map(|(is, may_be)| format!("{is:>6} of {may_be:>6}"));
        println!("{:<10} raw {}   gzip {}   brotli {}", self.name, shown[0], shown[1], shown[2]);
        figures.iter().all(|(is, may_be)| is <= may_be)
    }
}
