//! The task JSON of the autonomous system, both directions.

mod import;
mod round_trip;
