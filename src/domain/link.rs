//! How long phones were without the link while they were needed.

use super::moment::Moment;

/// From how long a silence on a phone counts as without the link, in seconds. A phone calls every few seconds; one that sleeps for a
/// moment is not cut off.
pub const GAP: i64 = 180;

/// A stretch of time.
pub type Stretch = (Moment, Moment);

/// For how many minutes of the open hours at least one of the gaps went on. What overlaps counts once.
pub fn minutes_without(gaps: &[Stretch], open: &[Stretch]) -> i64 {
    let within = gaps.iter().flat_map(|gap| open.iter().map(|hours| (gap.0.max(hours.0), gap.1.min(hours.1))));
    let mut within: Vec<_> = within.filter(|(from, until)| from < until).collect();
    within.sort_unstable();
    let (mut seconds, mut counted) = (0, Moment(i64::MIN));
    for (from, until) in within {
        seconds += (until - from.max(counted).min(until)).max(0);
        counted = counted.max(until);
    }
    seconds / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_counts_once_and_only_within_the_hours() {
        let stretch = |from: i64, until: i64| (Moment(from * 60), Moment(until * 60));
        let open = [stretch(100, 200)];
        assert_eq!(minutes_without(&[stretch(50, 110), stretch(105, 120), stretch(190, 300)], &open), 30);
        assert_eq!(minutes_without(&[stretch(0, 500), stretch(120, 130)], &open), 100);
        assert_eq!(minutes_without(&[stretch(0, 100), stretch(200, 300)], &open), 0);
        // Two sessions at the same hours are one opening.
        assert_eq!(minutes_without(&[stretch(110, 120)], &[open[0], open[0]]), 10);
        assert_eq!(minutes_without(&[stretch(110, 120)], &[]), 0);
    }
}
