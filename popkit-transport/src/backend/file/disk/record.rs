//! One message in a segment, as bytes.
//!
//! ```text
//! 0   4  mark F0 50 4B 31
//! 4   4  length of what follows the checksum
//! 8   4  CRC-32 (IEEE) of where it stands (below), the length, and what follows
//! 12  8  number in the channel      all numbers little-endian
//! 20  8  time, microseconds since 1970
//! 28 16  producer
//! 44  8  its sequence
//! 52  2  length of the headers: per header a byte and a name, two bytes and a value
//! 54     headers, then the payload
//! ```
//!
//! The checksum covers the number of the channel's folder and the offset in the segment, too: a
//! record within a payload, or copied from elsewhere, is none.

use popkit_protocol::{ProducerId, Timestamp};

use crate::{Headers, Stamp};

/// What a record begins with.
pub(in crate::backend::file) const MARK: [u8; 4] = [0xF0, b'P', b'K', b'1'];
/// Bytes before what the checksum covers, and the shortest record.
const HEAD: usize = 12;
const FIXED: usize = 42;
/// The longest record: the largest payload, the largest headers, and what is around them.
pub(in crate::backend::file) const LONGEST: usize =
    HEAD + FIXED + crate::Capabilities::MAX_PAYLOAD + 2 * Headers::MAX_BYTES;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::file) struct Spot {
    /// The number of the channel's folder.
    pub(in crate::backend::file) epoch: u64,
    /// The offset in the file.
    pub(in crate::backend::file) at: u64,
}

/// The largest number a message can have.
const MOST: u64 = 1 << 53;

/// A record, read from bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend::file) struct Record<'b> {
    pub(in crate::backend::file) number: u64,
    pub(in crate::backend::file) at: Timestamp,
    pub(in crate::backend::file) stamp: Stamp,
    pub(in crate::backend::file) headers: Headers,
    pub(in crate::backend::file) payload: &'b [u8],
}

/// What bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend::file) enum Parsed<'b> {
    /// A whole record, and its length.
    Record(Record<'b>, usize),
    /// Nothing, or what may be the beginning of a record: so many bytes would tell.
    Short(usize),
    /// No record.
    Bad,
}

impl Record<'_> {
    /// Appends its bytes.
    pub(in crate::backend::file) fn encode(&self, spot: Spot, to: &mut Vec<u8>) {
        let begin = to.len();
        to.extend_from_slice(&MARK);
        to.extend_from_slice(&[0; 8]);
        to.extend_from_slice(&self.number.to_le_bytes());
        to.extend_from_slice(&self.at.as_micros().to_le_bytes());
        to.extend_from_slice(&self.stamp.producer.bits().to_le_bytes());
        to.extend_from_slice(&self.stamp.sequence.to_le_bytes());
        let headers = encode_headers(&self.headers);
        to.extend_from_slice(&u16::try_from(headers.len()).unwrap_or(0).to_le_bytes());
        to.extend_from_slice(&headers);
        to.extend_from_slice(self.payload);
        // Limits were checked before: the length fits.
        let length = u32::try_from(to.len() - begin - HEAD).unwrap_or(0).to_le_bytes();
        let sum = checksum(spot, length, to.get(begin + HEAD..).unwrap_or_default()).to_le_bytes();
        for (to, from) in to.iter_mut().skip(begin + 4).zip(length.into_iter().chain(sum)) {
            *to = from;
        }
    }
}

fn checksum(spot: Spot, length: [u8; 4], body: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&spot.epoch.to_le_bytes());
    sum.update(&spot.at.to_le_bytes());
    sum.update(&length);
    sum.update(body);
    sum.finalize()
}

/// Reads a record at the beginning of `bytes`, which stand there.
pub(in crate::backend::file) fn parse(bytes: &[u8], spot: Spot) -> Parsed<'_> {
    let shown = bytes.len().min(MARK.len());
    if bytes.get(..shown) != MARK.get(..shown) {
        return Parsed::Bad;
    }
    let (Some(length), Some(sum)) = (array(bytes, 4), array(bytes, 8)) else {
        return Parsed::Short(HEAD);
    };
    let count = u32::from_le_bytes(length) as usize;
    if !(FIXED..=LONGEST - HEAD).contains(&count) {
        return Parsed::Bad;
    }
    let Some(body) = bytes.get(HEAD..HEAD + count) else {
        return Parsed::Short(HEAD + count);
    };
    if checksum(spot, length, body) != u32::from_le_bytes(sum) {
        return Parsed::Bad;
    }
    match read_body(body) {
        Some(record) if (1..=MOST).contains(&record.number) => Parsed::Record(record, HEAD + count),
        _ => Parsed::Bad,
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn read_body(body: &[u8]) -> Option<Record<'_>> {
    let producer = ProducerId::from_bits(u128::from_le_bytes(array(body, 16)?));
    let headers = usize::from(u16::from_le_bytes(array(body, 40)?));
    Some(Record {
        number: u64::from_le_bytes(array(body, 0)?),
        at: Timestamp::from_micros(u64::from_le_bytes(array(body, 8)?)),
        stamp: Stamp { producer, sequence: u64::from_le_bytes(array(body, 32)?) },
        headers: read_headers(body.get(FIXED..FIXED + headers)?)?,
        payload: body.get(FIXED + headers..)?,
    })
}

fn encode_headers(headers: &Headers) -> Vec<u8> {
    let mut to = Vec::new();
    for (name, value) in headers.iter() {
        to.push(u8::try_from(name.len()).unwrap_or(0));
        to.extend_from_slice(name.as_bytes());
        to.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
        to.extend_from_slice(value.as_bytes());
    }
    to
}

fn read_headers(mut bytes: &[u8]) -> Option<Headers> {
    let mut headers = Headers::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        headers = headers.with(str::from_utf8(name).ok()?, str::from_utf8(value).ok()?);
        bytes = rest;
    }
    Some(headers)
}

/// Where the next record that can be read begins, after what is damaged at the beginning of
/// `bytes`, which stand there.
pub(in crate::backend::file) fn find(bytes: &[u8], spot: Spot) -> Option<usize> {
    (1..bytes.len()).find(|skip| {
        let rest = bytes.get(*skip..).unwrap_or_default();
        let spot = Spot { at: spot.at + *skip as u64, ..spot };
        rest.starts_with(&MARK) && matches!(parse(rest, spot), Parsed::Record(..))
    })
}

#[cfg(test)]
#[path = "record/tests.rs"]
mod tests;
