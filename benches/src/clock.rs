//! Two clocks that the standard library does not have: one that processes share, and what a
//! process has used of the processor.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds of a clock that never steps and is the same in every process of the host.
#[must_use]
pub fn monotonic() -> u64 {
    nanos(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds that all threads of this process have run.
#[must_use]
pub fn processor() -> u64 {
    nanos(clock_gettime(ClockId::ProcessCPUTime))
}

fn nanos(time: Timespec) -> u64 {
    // Neither clock is ever negative.
    let (seconds, rest) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    seconds * 1_000_000_000 + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_forward() {
        let (before, used) = (monotonic(), processor());
        let mut sum = 0_u64;
        while processor() == used {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(monotonic() > before);
    }
}
