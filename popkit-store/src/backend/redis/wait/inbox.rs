//! What lies in an inbox.

use bytes::Bytes;

use crate::Result;
use crate::backend::redis::classify::corrupt;

/// What an agent is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// To look for itself.
    Look,
    /// To ask again whether it is still parked: the connection was lost, and with it perhaps
    /// what it was told.
    Ask,
    /// A lease: the parts of its record.
    Lease(Vec<Bytes>),
    /// That the store was closed.
    Closed,
}

/// A letter: the agent's name and a line end; with a lease, the sizes of the parts of its
/// record and a line end, then the parts.
pub(super) fn open(letter: &Bytes) -> Result<(u64, Told)> {
    let wrong = || corrupt("a letter to a parked agent is not readable");
    let line = |from: usize| {
        let rest = letter.get(from..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some((std::str::from_utf8(rest.get(..end)?).ok()?, from + end + 1))
    };
    let (name, at) = line(0).ok_or_else(wrong)?;
    let seat = name.rsplit_once(':').and_then(|(_, number)| number.parse().ok());
    let seat = seat.ok_or_else(wrong)?;
    if at == letter.len() {
        return Ok((seat, Told::Look));
    }
    let (sizes, mut at) = line(at).ok_or_else(wrong)?;
    let mut parts = Vec::new();
    for size in sizes.split(' ') {
        let end = size.parse::<usize>().ok().and_then(|size| at.checked_add(size));
        let end = end.filter(|end| *end <= letter.len()).ok_or_else(wrong)?;
        parts.push(letter.slice(at..end));
        at = end;
    }
    Ok((seat, Told::Lease(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read() {
        let open = |text: &'static str| open(&Bytes::from_static(text.as_bytes()));
        assert_eq!(open("ab:7\n").unwrap(), (7, Told::Look));
        let parts = ["id", "", "a\nb"].map(|part| Bytes::from_static(part.as_bytes()));
        assert_eq!(open("ab:7\n2 0 3\nida\nb").unwrap(), (7, Told::Lease(parts.to_vec())));
        for wrong in ["", "ab:7", "ab\n", "ab:7\n9\nid", "ab:7\nx\nid", "ab:7\n1"] {
            assert!(open(wrong).is_err(), "{wrong:?}");
        }
    }
}
