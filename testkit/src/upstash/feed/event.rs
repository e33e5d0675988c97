//! The text of an event.

use bytes::Bytes;

use crate::upstash::resp::Reply;

/// An event for what Redis sends on a connection that listens; `None` for the double's own doings.
pub(super) fn event(reply: &Reply) -> Option<Bytes> {
    match reply {
        Reply::Array(Some(parts)) => {
            let parts: Vec<Vec<u8>> = parts.iter().map(part).collect();
            Some(data(&parts.join(&b',')))
        }
        // What begins a stream of commands, as the service quotes it.
        Reply::Status(text) if text == b"OK" => Some(data(b"\"OK\"")),
        Reply::Status(line) => (!is_own(line)).then(|| data(line)),
        Reply::Error(_) | Reply::Integer(_) | Reply::Bulk(_) | Reply::Array(None) => None,
    }
}

/// The words of a message; never encoded, whatever the request asks for.
fn part(reply: &Reply) -> Vec<u8> {
    match reply {
        Reply::Bulk(Some(text)) | Reply::Status(text) | Reply::Error(text) => text.clone(),
        Reply::Integer(number) => number.to_string().into_bytes(),
        Reply::Bulk(None) | Reply::Array(_) => Vec::new(),
    }
}

/// Lines of `data:`, one for each line of the text; what is not UTF-8 is lost.
fn data(text: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<String> = text.split('\n').map(|line| format!("data: {line}\n")).collect();
    Bytes::from(format!("{}\n", lines.concat()))
}

/// Whether a line of `MONITOR` is a command that clients cannot send, or of the double's counting.
fn is_own(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let command = line.split_once("] ").map_or("", |(_, command)| command);
    let own = ["\"MULTI\"", "\"EXEC\"", "\"DISCARD\"", "\"INFO\" \"commandstats\"", "\"AUTH\""];
    own.iter().any(|words| command.starts_with(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parts: &[&str]) -> Reply {
        let parts = parts.iter().map(|part| Reply::Bulk(Some(part.as_bytes().to_vec())));
        Reply::Array(Some(parts.collect()))
    }

    fn shown(reply: &Reply) -> String {
        String::from_utf8(event(reply).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_parts_of_a_message_stand_between_commas() {
        let confirmed = Reply::Array(Some(vec![
            Reply::Bulk(Some(b"subscribe".to_vec())),
            Reply::Bulk(Some(b"chat".to_vec())),
            Reply::Integer(1),
        ]));
        assert_eq!(shown(&confirmed), "data: subscribe,chat,1\n\n");
        let told = message(&["pmessage", "c*", "chat", "a,b"]);
        assert_eq!(shown(&told), "data: pmessage,c*,chat,a,b\n\n");
    }

    #[test]
    fn every_line_is_a_line_of_data() {
        assert_eq!(shown(&message(&["message", "c", "a\nb"])), "data: message,c,a\ndata: b\n\n");
    }

    #[test]
    fn the_log_of_commands_leaves_the_counting_out() {
        let line = |text: &str| Reply::Status(text.as_bytes().to_vec());
        assert_eq!(shown(&line("OK")), "data: \"OK\"\n\n");
        let seen = r#"1.5 [0 unix:redis.sock] "SET" "k" "v""#;
        assert_eq!(shown(&line(seen)), format!("data: {seen}\n\n"));
        assert_eq!(event(&line(r#"1.5 [0 unix:redis.sock] "INFO" "commandstats""#)), None);
    }
}
