//! Running a command so that people and this program both read its output.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs `command`, passes its output on as it comes, and shows `each` line of it to the caller.
pub(crate) fn run(command: &mut Command, each: impl FnMut(&str) + Send) -> io::Result<ExitStatus> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let each = Mutex::new(each);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| stderr.map(|pipe| copy(pipe, |line| eprint!("{line}"), &each)));
        if let Some(pipe) = stdout {
            copy(pipe, |line| print!("{line}"), &each);
        }
    });
    child.wait()
}

/// Copies line by line until the pipe ends.
fn copy(pipe: impl Read, show: impl Fn(&str), each: &Mutex<impl FnMut(&str)>) {
    let mut pipe = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while pipe.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
        let line = String::from_utf8_lossy(&bytes);
        show(&line);
        let mut each = each.lock().unwrap_or_else(PoisonError::into_inner);
        (*each)(line.trim_end());
        bytes.clear();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn shows_the_lines_of_both_streams() {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; printf last; exit 3"]);
        let status = run(&mut command, |line| lines.push(line.to_owned())).unwrap();
        lines.sort();
        assert_eq!(lines, ["err", "last", "out"]);
        assert_eq!(status.code(), Some(3));
    }
}
