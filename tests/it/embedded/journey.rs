//! From the installation to the first order, as a merchant walks it.
