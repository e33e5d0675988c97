//! Server and client on a processor each.

/// As long as this lives, the server runs on one processor and this thread on another: left to
/// itself the system has them now on one, now on two, and a round trip takes 10 µs or 50.
/// Threads that are started meanwhile stay beside this one.
#[derive(Debug)]
#[must_use]
pub struct Pinned {
    #[cfg(target_os = "linux")]
    before: Option<linux::Before>,
}

impl Pinned {
    /// Pins this thread and the main thread of that process, where there are two processors.
    pub fn apart(server: u32) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = server;
        Self {
            #[cfg(target_os = "linux")]
            before: linux::Before::pin(server),
        }
    }

    /// Whether it is so; not on every system.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.before.is_some();
        #[cfg(not(target_os = "linux"))]
        return false;
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

    #[derive(Debug)]
    pub(super) struct Before {
        set: CpuSet,
        server: Pid,
    }

    impl Before {
        pub(super) fn pin(server: u32) -> Option<Self> {
            let server = Pid::from_raw(i32::try_from(server).ok()?)?;
            let set = sched_getaffinity(None).ok()?;
            let mut free = (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu));
            let (here, there) = (free.next()?, free.next()?);
            let before = Self { set, server };
            sched_setaffinity(None, &only(here)).ok()?;
            // Where this fails, dropping takes the other back.
            sched_setaffinity(Some(server), &only(there)).ok()?;
            Some(before)
        }
    }

    fn only(cpu: usize) -> CpuSet {
        let mut set = CpuSet::new();
        set.set(cpu);
        set
    }

    impl Drop for Before {
        fn drop(&mut self) {
            // A server that is gone needs no place.
            let _ = sched_setaffinity(None, &self.set);
            let _ = sched_setaffinity(Some(self.server), &self.set);
        }
    }
}
