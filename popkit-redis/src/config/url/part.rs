//! The parts of a URL that may name several hosts.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::invalid;
use crate::Result;
use crate::config::Address;

/// What a URL is made of, split and not yet decoded.
pub(crate) struct Parts {
    pub(crate) hosts: String,
    pub(crate) path: String,
    user_info: String,
    query: String,
}

impl Parts {
    /// Splits what follows the scheme's colon.
    pub(crate) fn of(rest: &str) -> Result<Self> {
        let rest = rest.strip_prefix("//").ok_or_else(|| {
            invalid("// is missing after the scheme; for instance redis://localhost:6379")
        })?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        // A password with one of these characters in it would be shown as a path or an option.
        if tail.contains('@') {
            return Err(invalid(
                "an @ after the address; escape / as %2F, ? as %3F, # as %23 and @ as %40",
            ));
        }
        if tail.contains('#') {
            return Err(invalid("a # after the address; escape it as %23"));
        }
        let (user_info, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        Ok(Self {
            hosts: hosts.to_owned(),
            path: path.to_owned(),
            user_info: user_info.to_owned(),
            query: query.to_owned(),
        })
    }

    /// The hosts. What is no host is not shown: it may be half of a password.
    pub(crate) fn addresses(&self, port: u16) -> Result<Vec<Address>> {
        self.hosts.split(',').map(|host| address(host, port)).collect()
    }

    pub(crate) fn user(&self) -> Result<Option<String>> {
        let user = self.user_info.split_once(':').map_or(self.user_info.as_str(), |(user, _)| user);
        decode("user", user).map(|user| Some(user).filter(|user| !user.is_empty()))
    }

    pub(crate) fn password(&self) -> Result<Option<String>> {
        let password = self.user_info.split_once(':').map_or("", |(_, password)| password);
        decode("password", password).map(|text| Some(text).filter(|text| !text.is_empty()))
    }

    pub(crate) fn options(&self) -> impl Iterator<Item = &str> {
        self.query.split('&').filter(|pair| !pair.is_empty())
    }
}

fn address(text: &str, default_port: u16) -> Result<Address> {
    let wrong = || {
        invalid(
            "an address is not HOST or HOST:PORT; a password's special characters are escaped, \
             as / by %2F",
        )
    };
    let url = Url::parse(&format!("redis://{text}")).map_err(|_| wrong())?;
    let host = match url.host() {
        Some(Host::Ipv6(ip)) => ip.to_string(),
        Some(host) => decode("host", &host.to_string())?,
        None => return Err(wrong()),
    };
    if host.is_empty() || !url.username().is_empty() || !matches!(url.path(), "" | "/") {
        return Err(wrong());
    }
    Ok(Address::tcp(host, url.port().unwrap_or(default_port)))
}

/// Undoes the escapes. `what` names the part, whose content is not shown.
pub(crate) fn decode(what: &str, text: &str) -> Result<String> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(invalid(format!("{what}: its escapes give no UTF-8 text"))),
    }
}
