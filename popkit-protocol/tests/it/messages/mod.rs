//! Messages in all their forms.

mod documents;
mod fixtures;
mod hostile;
mod refusals;
mod regressions;
mod round_trip;
mod spine;
mod strict;
