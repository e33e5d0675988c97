use proptest::prelude::*;

use super::*;

fn record<'b>(headers: &Headers, payload: &'b [u8]) -> Record<'b> {
    let stamp = Stamp { producer: ProducerId::from_bits(7 << 100), sequence: 9 };
    let at = Timestamp::from_micros(1_767_225_600_000_001);
    Record { number: 41, at, stamp, headers: headers.clone(), payload }
}

const HERE: Spot = Spot { epoch: 5, at: 0 };

fn bytes(payload: &[u8]) -> Vec<u8> {
    bytes_at(HERE, payload)
}

fn bytes_at(spot: Spot, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    record(&Headers::new().with("sig", "ab12"), payload).encode(spot, &mut bytes);
    bytes
}

#[test]
fn a_cut_record_is_short_and_never_another_one() {
    let whole = bytes(b"hello");
    for cut in 0..whole.len() {
        let wanted = if cut < 12 { 12 } else { whole.len() };
        assert_eq!(parse(&whole[..cut], HERE), Parsed::Short(wanted), "{cut}");
    }
}

#[test]
fn a_changed_byte_is_noticed() {
    let whole = bytes(b"hello");
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(!matches!(parse(&changed, HERE), Parsed::Record(..)), "{at}");
    }
}

#[test]
fn the_next_record_is_found_behind_damage() {
    let first = bytes(b"first");
    let second = bytes_at(Spot { at: first.len() as u64, ..HERE }, b"second");
    let mut both = [first.clone(), second].concat();
    both[20] ^= 1;
    assert_eq!(find(&both, HERE), Some(first.len()));
    assert_eq!(find(&both[..both.len() - 1], HERE), None);
    let mut marks = MARK.repeat(50);
    assert_eq!(find(&marks, HERE), None);
    marks.extend_from_slice(&bytes_at(Spot { at: 200, ..HERE }, b"x"));
    assert_eq!(find(&marks, HERE), Some(200));
}

#[test]
fn a_record_elsewhere_is_none() {
    let whole = bytes(b"hello");
    for spot in [Spot { epoch: 6, ..HERE }, Spot { at: 1, ..HERE }] {
        assert_eq!(parse(&whole, spot), Parsed::Bad);
    }
    let mut outer = bytes(&whole);
    outer[20] ^= 1;
    assert_eq!(find(&outer, HERE), None, "what a payload holds is no record");
}

#[test]
fn impossible_numbers_are_refused() {
    for number in [0, MOST + 1, u64::MAX] {
        let mut bytes = Vec::new();
        Record { number, ..record(&Headers::new(), b"x") }.encode(HERE, &mut bytes);
        assert_eq!(parse(&bytes, HERE), Parsed::Bad, "{number}");
    }
}

#[test]
fn the_largest_message_fits() {
    let headers = Headers::new().with("h", "x".repeat(Headers::MAX_BYTES - 1));
    let payload = vec![1; crate::Capabilities::MAX_PAYLOAD];
    let mut bytes = Vec::new();
    record(&headers, &payload).encode(HERE, &mut bytes);
    assert!(bytes.len() <= LONGEST);
    assert!(matches!(parse(&bytes, HERE), Parsed::Record(..)));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        names in proptest::collection::vec(("[a-z0-9_-]{1,64}", ".{0,100}"), 0..8),
        payload in proptest::collection::vec(any::<u8>(), 0..500),
        tail in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let record = record(&names.into_iter().collect(), &payload);
        let mut bytes = Vec::new();
        record.encode(HERE, &mut bytes);
        let length = bytes.len();
        bytes.extend_from_slice(&tail);
        prop_assert_eq!(parse(&bytes, HERE), Parsed::Record(record, length));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes, HERE);
        let _ = parse(&[&MARK, &bytes[..]].concat(), HERE);
        let _ = find(&bytes, HERE);
    }
}
