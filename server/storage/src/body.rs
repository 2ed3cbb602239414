//! Webhook bodies at rest: compressed as LZ4 blocks with their size in front.

use crate::StorageError;

/// Largest body that is unpacked, in bytes: a damaged size must not exhaust the memory.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A compressed webhook body. Pack it before the write begins: on SQLite a write transaction is the
/// one thing that everybody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(pub(crate) Vec<u8>);

impl Body {
    /// Compresses.
    #[must_use]
    pub fn pack(bytes: &[u8]) -> Self {
        Self(lz4_flex::block::compress_prepend_size(bytes))
    }

    /// The bytes as they arrived.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when they are damaged or claim to be larger than
    /// [`BODY_BYTES_MAX`].
    pub fn unpack(&self) -> Result<Vec<u8>, StorageError> {
        let corrupt = |error: lz4_flex::block::DecompressError| {
            StorageError::Corrupt(format!("webhook body: {error}"))
        };
        let (size, compressed) = lz4_flex::block::uncompressed_size(&self.0).map_err(corrupt)?;
        if size > BODY_BYTES_MAX {
            return Err(StorageError::Corrupt(format!("webhook body claims {size} bytes")));
        }
        lz4_flex::block::decompress(compressed, size).map_err(corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_body_comes_back_byte_for_byte_and_is_smaller() {
        let bytes = br#"{"id":820982911946154508,"line_items":[]}"#.repeat(100);
        let body = Body::pack(&bytes);
        assert!(body.0.len() < bytes.len() / 10);
        assert_eq!(body.unpack().unwrap(), bytes);
        assert_eq!(Body::pack(b"").unpack().unwrap(), b"");
    }

    #[test]
    fn a_damaged_body_is_an_error_and_allocates_nothing_large() {
        let mut body = Body::pack(b"some bytes, some bytes, some bytes");
        body.0.truncate(8);
        assert!(matches!(body.unpack(), Err(StorageError::Corrupt(_))));
        assert!(matches!(Body(vec![255; 12]).unpack(), Err(StorageError::Corrupt(_))));
        assert!(matches!(Body(vec![1]).unpack(), Err(StorageError::Corrupt(_))));
    }
}
