//! The types of messages, as people write them.

use popkit_protocol::MessageType;

use super::nearest_of;

/// A type by its name, whatever the case, `-` for `_`.
pub(crate) fn parse(text: &str) -> Result<MessageType, String> {
    let name = text.to_ascii_uppercase().replace('-', "_");
    name.parse().map_err(|_| {
        let all: Vec<&str> = MessageType::ALL.iter().map(|kind| kind.name()).collect();
        match nearest_of(&name, all.iter().map(|name| (*name).to_owned())) {
            Some(near) => format!("no such type of message (did you mean {near}?)"),
            None => format!("no such type of message; there are {}", all.join(", ")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_in_any_case_and_slips_are_answered() {
        assert_eq!(parse("query"), Ok(MessageType::Query));
        assert_eq!(parse("Human-Required"), Ok(MessageType::HumanRequired));
        assert!(parse("INSIHGT").unwrap_err().contains("did you mean INSIGHT"));
        assert!(parse("zzz").unwrap_err().contains("there are TASK, PROGRESS, RESULT"));
    }
}
