use super::*;

fn told(numbers: &[u64]) -> Vec<Told> {
    numbers.iter().map(|number| Told::M(0, 0, *number)).collect()
}

fn judged(told: &[Told], up_to: u64) -> Faults {
    let answered = BTreeMap::from([((0, 0), (1..=up_to).collect())]);
    everything(told, answered.iter())
}

#[test]
fn what_is_told_once_and_in_order_has_no_faults() {
    assert_eq!(judged(&told(&[1, 2, 3]), 3), Faults::default());
    let mixed = [Told::M(0, 0, 1), Told::M(1, 0, 1), Told::M(0, 1, 1), Told::M(0, 0, 2)];
    assert_eq!(judged(&mixed, 2), Faults::default(), "pairs have nothing to do with each other");
    assert_eq!(judged(&told(&[1, 2]), 1), Faults::default(), "told before it was answered");
}

#[test]
fn every_fault_is_counted() {
    let none = Faults::default();
    assert_eq!(judged(&told(&[1, 3]), 4), Faults { lost: 2, ..none });
    assert_eq!(judged(&[], 4), Faults { lost: 4, ..none });
    assert_eq!(judged(&told(&[1, 2, 1, 3]), 3), Faults { duplicates: 1, ..none });
    assert_eq!(judged(&told(&[1, 3, 2, 4]), 4), Faults { out_of_order: 1, ..none });
    let strange = [
        Told::M(0, 0, 1),
        Told::Foreign("x".to_owned()),
        Told::Gap("c".to_owned(), "sequence".to_owned(), Some(1)),
        Told::Reset("c".to_owned()),
    ];
    assert_eq!(judged(&strange, 1), Faults { foreign: 1, gaps_unexplained: 2, ..none });
}

fn gap(count: Option<u64>) -> Told {
    Told::Gap("c".to_owned(), "retention".to_owned(), count)
}

/// Messages, and gaps where 0 stands before their count.
fn slow(parts: &[(u64, u64)]) -> Vec<Told> {
    let part = |(from, to): &(u64, u64)| match from {
        0 => vec![gap(Some(*to))],
        from => told(&(*from..=*to).collect::<Vec<_>>()),
    };
    parts.iter().flat_map(part).collect()
}

#[test]
fn gaps_must_add_up() {
    let none = Faults::default();
    let found = |parts: &[(u64, u64)]| gaps(&slow(parts), 20, 0);
    let right = vec![Some(4), Some(2)];
    assert_eq!(found(&[(1, 3), (0, 4), (8, 10), (0, 2), (13, 20)]), (none, right));
    assert_eq!(found(&[(1, 3), (0, 5), (8, 20)]).0.duplicates, 1, "one too many");
    assert_eq!(found(&[(1, 3), (0, 3), (8, 20)]).0.miscounted, 1, "one too few");
    assert_eq!(found(&[(1, 3), (8, 20)]).0.miscounted, 4, "not told");
    assert_eq!(found(&[(1, 3), (0, 17)]), (none, vec![Some(17)]), "nothing is left");
    assert_eq!(found(&[(1, 18)]).0.miscounted, 2, "the end is missing");
    assert_eq!(found(&[(1, 20), (0, 3)]).0.miscounted, 3, "more than there are");
}

#[test]
fn what_was_sent_again_may_be_counted_twice_by_a_gap_and_no_more_often() {
    let found = |parts: &[(u64, u64)], repeats| gaps(&slow(parts), 20, repeats).0;
    assert_eq!(found(&[(1, 3), (0, 6), (8, 20)], 2), Faults::default());
    assert_eq!(found(&[(1, 3), (0, 6), (8, 20)], 1).duplicates, 1, "one too many");
    assert_eq!(found(&[(1, 3), (0, 19)], 2), Faults::default());
    assert_eq!(found(&[(1, 3), (0, 19)], 1).miscounted, 1);
}

#[test]
fn a_gap_may_not_know_its_count() {
    let mut parts = slow(&[(1, 3)]);
    parts.push(gap(None));
    parts.extend(slow(&[(9, 20)]));
    assert_eq!(gaps(&parts, 20, 0), (Faults::default(), vec![None]));
    parts.push(Told::Gap("c".to_owned(), "damage".to_owned(), Some(1)));
    assert_eq!(gaps(&parts, 20, 0).0.gaps_unexplained, 1);
}
