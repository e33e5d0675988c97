//! This machine.

/// Its name, for people.
pub(crate) fn name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| {
        let uname = std::process::Command::new("uname").arg("-n").output().ok()?;
        String::from_utf8(uname.stdout).ok()
    });
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "this host".to_owned())
}
