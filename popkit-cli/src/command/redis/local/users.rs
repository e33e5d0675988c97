//! The ACL file, and the URLs with the passwords.

use popkit_protocol::{IdSource as _, RandomIds};

use crate::command::redis::home::{Home, URLS};
use crate::error::CliError;
use crate::whole;

/// The users, with words in place of their passwords.
const USERS: &str = include_str!("../../../../assets/redis/users.acl");
/// The users, and what stands in place of their passwords.
const NAMES: [&str; 4] = ["operator", "coordinator", "agent", "observer"];

/// Writes both files, for this user alone. Passwords that are there stay.
pub(super) fn write(home: &Home, port: u16) -> Result<(), CliError> {
    let known = std::fs::read_to_string(home.file(URLS)).unwrap_or_default();
    let mut users = USERS.to_owned();
    let mut urls = String::new();
    for name in NAMES {
        let password = password_of(&known, name)
            .map_or_else(|| format!("{:032x}", RandomIds.draw()), str::to_owned);
        users =
            users.replace(&format!(">{}_PASSWORD", name.to_uppercase()), &format!(">{password}"));
        let variable = variable(name);
        urls.push_str(&format!("{variable}=redis://{name}:{password}@127.0.0.1:{port}\n"));
    }
    whole::write_private(&home.file("users.acl"), users.as_bytes())?;
    whole::write_private(&home.file(URLS), urls.as_bytes())
}

fn variable(name: &str) -> String {
    format!("{}_URL", name.to_uppercase())
}

/// The password in the file of URLs: hexadecimal, so nothing of it is escaped.
fn password_of<'a>(urls: &'a str, name: &str) -> Option<&'a str> {
    let begin = format!("{}=redis://{name}:", variable(name));
    let rest = urls.lines().find_map(|line| line.strip_prefix(&begin))?;
    let (password, _) = rest.split_once('@')?;
    let is_ours = password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_has_a_place_for_its_password() {
        for name in NAMES {
            let place = format!("user {name} on >{}_PASSWORD ", name.to_uppercase());
            assert!(USERS.contains(&place), "{place}");
        }
        assert!(USERS.lines().all(|line| line.starts_with("user ")), "Redis takes nothing else");
    }

    #[test]
    fn passwords_stay_over_a_restart() {
        let password = "0123456789abcdef0123456789abcdef";
        let urls = format!("AGENT_URL=redis://agent:{password}@127.0.0.1:1\n");
        assert_eq!(password_of(&urls, "agent"), Some(password));
        assert_eq!(password_of(&urls, "observer"), None);
        assert_eq!(password_of("AGENT_URL=redis://agent:short@127.0.0.1:1", "agent"), None);
    }
}
