//! What went wrong, in one line with its mend: on the way (`lost`), by the status of HTTP
//! (`status`), or in the service's own words (`text`).

pub(super) mod lost;
pub(super) mod status;
pub(super) mod text;
