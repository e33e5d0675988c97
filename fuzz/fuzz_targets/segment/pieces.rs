//! From the fuzzer's bytes to a file's: parts that are taken as they are, and parts that get
//! their checksum right, which no fuzzer guesses.

/// The mark of a record, and the shortest body.
const MARK: [u8; 4] = [0xF0, b'P', b'K', b'1'];
const SHORTEST: usize = 42;

/// What stands at this offset of a file. A part is a byte and what it says: less than 128 for so many
/// raw bytes, else for a record whose body is so many bytes less 128, and 42 more.
pub(crate) fn content(mut bytes: &[u8], base: usize) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        let is_record = *kind >= 128;
        let length = usize::from(kind % 128) + if is_record { SHORTEST } else { 0 };
        let (part, rest) = rest.split_at(length.min(rest.len()));
        if is_record {
            record(part, base, &mut content);
        } else {
            content.extend_from_slice(part);
        }
        bytes = rest;
    }
    content
}

fn record(body: &[u8], base: usize, to: &mut Vec<u8>) {
    // The number of the channel's folder, which is 0 here, and where the record stands.
    let at = u64::try_from(base + to.len()).expect("a short file").to_le_bytes();
    let epoch = [0; 8];
    let length = u32::try_from(body.len()).expect("at most 169").to_le_bytes();
    to.extend_from_slice(&MARK);
    to.extend_from_slice(&length);
    to.extend_from_slice(
        &crc32fast::hash(&[&epoch[..], &at, &length, body].concat()).to_le_bytes(),
    );
    to.extend_from_slice(body);
}

/// Bytes of a segment's head.
pub(crate) const HEAD: usize = 48;

/// A segment: its head, of which 36 bytes are the fuzzer's, then its content.
pub(crate) fn segment(bytes: &[u8]) -> Vec<u8> {
    let (head, rest) = bytes.split_at(bytes.len().min(36));
    let mut head = [b"POPKITM1", head].concat();
    head.resize(HEAD - 4, 0);
    [summed(head), content(rest, HEAD)].concat()
}

/// The file `turn`, of 40 bytes.
pub(crate) fn turn(bytes: &[u8]) -> Vec<u8> {
    let mut turn = bytes.to_vec();
    turn.resize(40, 0);
    turn = summed(turn);
    turn.resize(48, 0);
    turn
}

fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// A position in the log, of 20 bytes.
pub(crate) fn position(bytes: &[u8]) -> String {
    let mut all = bytes.to_vec();
    all.resize(20, 0);
    let number = |from: usize, to: usize| {
        let bytes = all.get(from..to).unwrap_or_default();
        bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    format!("{:016x}.{}.{}.{}", 0, number(0, 4), number(4, 12), number(12, 20))
}
