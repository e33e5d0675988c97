//! Doubles that are broken on purpose, and the checks that must notice.

use super::part::Part;

/// A break, and who must notice it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control {
    /// The argument of the double's program.
    pub(super) broken: &'static str,
    pub(super) part: Part,
    /// The check that must fail.
    pub(super) check: &'static str,
}

/// All of them.
pub(super) const CONTROLS: [Control; 10] = [
    control("no-base64", Part::Npm("default"), "set and get"),
    control("no-base64", Part::Pypi("base64"), "set and get"),
    control("no-base64", Part::Curl("golden"), "base64: strings"),
    control("any-token", Part::Npm("default"), "a bad token"),
    control("any-token", Part::Pypi("base64"), "a bad token"),
    control("any-token", Part::Curl("forms"), "a bad token"),
    control("flat-xread", Part::Npm("default"), "xread of one key"),
    control("flat-xread", Part::Pypi("base64"), "xread"),
    control("flat-xread", Part::Curl("golden"), "xread in nested pairs"),
    control("no-psubscribe", Part::Npm("default"), "psubscribe"),
];

const fn control(broken: &'static str, part: Part, check: &'static str) -> Control {
    Control { broken, part, check }
}
