//! Text of other agents is data: [`clean`] takes out of it what acts on a terminal or hides
//! from the eye, [`quote`] shows where it begins and ends.

mod clean;
mod quote;

pub use clean::clean;
pub use quote::quote;
