//! All journeys in one binary: each further one would cost another link.

mod databases;
mod dependencies;
