//! Seals over the journal. A seal holds a mark for each entry of its span and the hash of the seal before it, so that an entry
//! that is changed, taken out or slipped in later does not go with its mark, and a seal that is changed or taken out does not go with the
//! next one. What the last seal is, its check word says to a person.

use std::cmp::Ordering;

use aws_lc_rs::digest::{Context, SHA256};

use super::moment::Moment;

/// How many running numbers of the journal one seal spans at most.
pub const SPAN: i64 = 4096;

/// How many bytes of an entry's hash its mark keeps: enough that nobody finds another entry with the same.
const KEPT: usize = 16;

/// How many bytes a mark takes: its place in the span, and what it keeps.
const MARK: usize = 2 + KEPT;

/// Crockford's letters: no I, L, O or U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What an entry of the journal is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The entry's running number.
    pub seq: i64,
    kept: [u8; KEPT],
}

impl Mark {
    /// Of an entry's columns in their order. Each is told apart from the next by its length, and an absent one from an empty one.
    pub fn of(seq: i64, columns: &[Option<&[u8]>]) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(&seq.to_be_bytes());
        for column in columns {
            hash.update(&[u8::from(column.is_some())]);
            if let Some(bytes) = column {
                hash.update(&(bytes.len() as u64).to_be_bytes());
                hash.update(bytes);
            }
        }
        let mut kept = [0; KEPT];
        kept.copy_from_slice(&hash.finish().as_ref()[..KEPT]);
        Self { seq, kept }
    }
}

/// The marks of a span as a seal holds them.
pub fn write_marks(after: i64, marks: &[Mark]) -> Vec<u8> {
    marks.iter().flat_map(|mark| ((mark.seq - after) as u16).to_be_bytes().into_iter().chain(mark.kept)).collect()
}

/// The marks that a seal holds.
pub fn read_marks(after: i64, bytes: &[u8]) -> Vec<Mark> {
    let read = |mark: &[u8]| {
        let (place, kept) = mark.split_first_chunk::<2>()?;
        Some(Mark { seq: after + i64::from(u16::from_be_bytes(*place)), kept: kept.try_into().ok()? })
    };
    bytes.chunks(MARK).filter_map(read).collect()
}

/// The hash of a seal: SHA-256 over the hash of the seal before it (nothing before the first), its number, span and time, and its
/// marks.
pub fn chain(before: &[u8], number: i64, span: (i64, i64), at: Moment, marks: &[u8]) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    hash.update(before);
    for value in [number, span.0, span.1, at.0] {
        hash.update(&value.to_be_bytes());
    }
    hash.update(marks);
    hash.finish().as_ref().to_vec()
}

/// The word by which a person knows a seal again: `KX7F-2MQA`.
pub fn check_word(proof: &[u8]) -> String {
    let letters: String = proof.iter().take(8).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    letters.split_at_checked(4).map_or_else(String::new, |(first, second)| format!("{first}-{second}"))
}

/// What became of an entry since it was sealed, by its running number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It is not there any more.
    Missing(i64),
    /// It says something else.
    Changed(i64),
    /// It was not there.
    SlippedIn(i64),
}

/// Holds what was sealed against what is there, both in the order of their running numbers.
pub fn compare(sealed: &[Mark], there: &[Mark]) -> Vec<Broken> {
    let mut broken = Vec::new();
    let (mut sealed, mut there) = (sealed.iter().peekable(), there.iter().peekable());
    loop {
        let order = match (sealed.peek(), there.peek()) {
            (Some(was), Some(is)) => was.seq.cmp(&is.seq),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return broken,
        };
        let was = if order.is_le() { sealed.next() } else { None };
        let is = if order.is_ge() { there.next() } else { None };
        match (was, is) {
            (Some(was), None) => broken.push(Broken::Missing(was.seq)),
            (None, Some(is)) => broken.push(Broken::SlippedIn(is.seq)),
            (Some(was), Some(is)) if was != is => broken.push(Broken::Changed(is.seq)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(seq: i64, text: &str) -> Mark {
        Mark::of(seq, &[Some(text.as_bytes()), None])
    }

    #[test]
    fn columns_do_not_run_into_each_other() {
        let columns: [&[Option<&[u8]>]; 5] =
            [&[Some(b"ab"), Some(b"")], &[Some(b"a"), Some(b"b")], &[Some(b"ab"), None], &[None, Some(b"ab")], &[Some(b"ab")]];
        for (at, one) in columns.iter().enumerate() {
            for other in &columns[at + 1..] {
                assert_ne!(Mark::of(1, one), Mark::of(1, other));
            }
        }
        assert_ne!(mark(1, "a"), mark(2, "a"));
    }

    #[test]
    fn each_kind_of_break_is_named() {
        let sealed = [mark(1, "a"), mark(2, "b"), mark(4, "d")];
        assert_eq!(compare(&sealed, &sealed), []);
        assert_eq!(
            compare(&sealed, &[mark(0, "z"), mark(1, "A"), mark(3, "c"), mark(4, "d"), mark(5, "e")]),
            [Broken::SlippedIn(0), Broken::Changed(1), Broken::Missing(2), Broken::SlippedIn(3), Broken::SlippedIn(5)]
        );
    }

    #[test]
    fn a_check_word_can_be_read_aloud() {
        assert_eq!(check_word(&[0, 1, 2, 3, 28, 29, 30, 255]), "0123-WXYZ");
    }

    proptest! {
        #[test]
        fn marks_are_read_as_they_were_written(after in 0_i64..1_000_000, places in proptest::collection::btree_set(1_i64..=SPAN, 0..50)) {
            let marks: Vec<_> = places.into_iter().map(|place| mark(after + place, "x")).collect();
            prop_assert_eq!(read_marks(after, &write_marks(after, &marks)), marks);
        }

        #[test]
        fn a_hash_is_of_everything(bytes in proptest::collection::vec(any::<u8>(), 1..60), at in any::<prop::sample::Index>()) {
            let whole = chain(b"before", 2, (5, 9), Moment(7), &bytes);
            let mut other = bytes.clone();
            other[at.index(bytes.len())] ^= 1;
            prop_assert_ne!(&whole, &chain(b"before", 2, (5, 9), Moment(7), &other));
            for changed in [
                chain(b"Before", 2, (5, 9), Moment(7), &bytes),
                chain(b"before", 3, (5, 9), Moment(7), &bytes),
                chain(b"before", 2, (4, 9), Moment(7), &bytes),
                chain(b"before", 2, (5, 8), Moment(7), &bytes),
                chain(b"before", 2, (5, 9), Moment(8), &bytes),
            ] {
                prop_assert_ne!(&whole, &changed);
            }
        }
    }
}
