use proptest::prelude::*;

use super::*;

fn record<'b>(headers: &Headers, payload: &'b [u8]) -> Record<'b> {
    let stamp = Stamp { producer: ProducerId::from_bits(7 << 100), sequence: 9 };
    let at = Timestamp::from_micros(1_767_225_600_000_001);
    Record { number: 41, at, stamp, headers: headers.clone(), payload }
}

fn bytes(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    record(&Headers::new().with("sig", "ab12"), payload).encode(&mut bytes);
    bytes
}

#[test]
fn a_cut_record_is_short_and_never_another_one() {
    let whole = bytes(b"hello");
    for cut in 0..whole.len() {
        let wanted = if cut < 12 { 12 } else { whole.len() };
        assert_eq!(parse(&whole[..cut]), Parsed::Short(wanted), "{cut}");
    }
}

#[test]
fn a_changed_byte_is_noticed() {
    let whole = bytes(b"hello");
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(!matches!(parse(&changed), Parsed::Record(..)), "{at}");
    }
}

#[test]
fn the_next_record_is_found_behind_damage() {
    let (first, second) = (bytes(b"first"), bytes(b"second"));
    let mut both = [first.clone(), second].concat();
    both[20] ^= 1;
    assert_eq!(find(&both), Some(first.len()));
    assert_eq!(find(&both[..both.len() - 1]), None);
    let mut marks = MARK.repeat(50);
    assert_eq!(find(&marks), None);
    marks.extend_from_slice(&bytes(b"x"));
    assert_eq!(find(&marks), Some(200));
}

#[test]
fn the_largest_message_fits() {
    let headers = Headers::new().with("h", "x".repeat(Headers::MAX_BYTES - 1));
    let payload = vec![1; crate::Capabilities::MAX_PAYLOAD];
    let mut bytes = Vec::new();
    record(&headers, &payload).encode(&mut bytes);
    assert!(bytes.len() <= LONGEST);
    assert!(matches!(parse(&bytes), Parsed::Record(..)));
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
        record.encode(&mut bytes);
        let length = bytes.len();
        bytes.extend_from_slice(&tail);
        prop_assert_eq!(parse(&bytes), Parsed::Record(record, length));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let _ = parse(&[&MARK, &bytes[..]].concat());
        let _ = find(&bytes);
    }
}
