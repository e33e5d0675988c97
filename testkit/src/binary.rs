//! Finding a program of the workspace.

use std::env;
use std::path::{Path, PathBuf};

/// The path of a program of the workspace, such as `popkit`, as built beside the running test.
///
/// `CARGO_BIN_EXE_*` exists only in the integration tests of the program's own package; this works
/// in every package. It finds what was built last: `cargo xtask test` builds the programs first, a
/// bare `cargo test -p …` does not.
///
/// # Panics
///
/// When the program was not built, with the command that builds it.
#[track_caller]
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let test = match env::current_exe() {
        Ok(path) => path,
        Err(error) => panic!("the running test does not know its own path: {error}"),
    };
    match locate(&test, name) {
        Some(path) => path,
        None => panic!("no program {name} above {}: {}", test.display(), mend(&test)),
    }
}

/// Looks in the folders above the test: `target/debug/deps/it-0f` → `target/debug/popkit`.
fn locate(test: &Path, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    test.ancestors().skip(2).take(2).map(|dir| dir.join(&file)).find(|path| path.is_file())
}

/// The command that builds the programs in the profile that the test runs in.
fn mend(test: &Path) -> String {
    let release = test.components().any(|part| part.as_os_str() == "release");
    let flag = if release { " --release" } else { "" };
    format!(
        "build it with `cargo build --package popkit-cli --bins{flag}`, or run `cargo xtask test`"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn finds_a_program_above_deps() {
        let target = crate::scratch();
        let program = target.join(format!("debug/popkit{}", env::consts::EXE_SUFFIX));
        fs::create_dir_all(target.join("debug/deps")).unwrap();
        fs::write(&program, "").unwrap();
        assert_eq!(locate(&target.join("debug/deps/it-0f"), "popkit"), Some(program));
    }

    #[test]
    fn a_folder_of_that_name_is_not_a_program() {
        let target = crate::scratch();
        fs::create_dir_all(target.join("debug/popkit")).unwrap();
        assert_eq!(locate(&target.join("debug/deps/it-0f"), "popkit"), None);
    }

    #[test]
    #[should_panic(expected = "cargo build --package popkit-cli --bins")]
    fn says_how_to_build_a_missing_program() {
        let _ = binary("popkit-no-such-program");
    }

    #[test]
    fn the_mend_names_the_profile() {
        assert!(mend(Path::new("/t/release/deps/it-0f")).contains("--bins --release`"));
    }
}
