//! Everything about postbacks, the same for all who have them: an affiliate in its portal, the merchant
//! for its own system, and the merchant on behalf of an affiliate. `desk` tells them apart.

pub mod desk;
pub mod editor;
pub mod export;
pub mod help;
pub mod list;
pub mod log;
pub mod moves;
pub mod of_program;
pub mod replay;
mod rows;
pub mod rules;
pub mod signing;
pub mod test_fire;
