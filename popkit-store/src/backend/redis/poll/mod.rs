//! Waiting over a wire that cannot block.
//!
//! One look asks for all agents of a handle which lanes can be claimed from. After it they wait
//! for the stream of wake-ups, which this process reads together with everything else that it
//! polls: scripts over such a wire add the lanes there that can be claimed from and could not
//! before, and the times until which tasks are put off. What a wake-up names is looked at once
//! more, and then as many agents are told as there are tasks for. Nothing is claimed for them:
//! that is for their next step, which may be repeated where its answer is lost.
//!
//! | Room | Holds |
//! |---|---|
//! | `lookout` | the seam, and what serves those who wait |
//! | `watch` | who waits, and what is known |
//! | `look` | the call |
//! | `news` | what the stream tells |

mod look;
mod lookout;
mod news;
mod watch;

use std::time::Duration;

pub(super) use lookout::Lookout;

/// Entries that are read at once. There are not many more: scripts cut the stream.
const ENTRIES: usize = 64;

/// The least and the most time until somebody looks again: in between, the length of the leases.
/// What others have claimed since, and then left alone, is found that way.
const REST: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(300));

/// How many times longer that is where nothing is ready or held: what others make ready over such
/// a wire is told by the stream, and nothing else can be claimed.
const QUIET: u32 = 10;

/// How soon those who were told nothing look again where others were told.
const AGAIN: Duration = Duration::from_secs(1);

/// By how much a look may come later than its time, so that processes do not all look at once.
const SPREAD: Duration = Duration::from_millis(200);
