//! Pictures of numbers, drawn on the server as SVG. The numbers themselves stand in a table beside each.

use std::fmt::Write;

use crate::actions::look_at_day::HOURS;

/// Width and height of the large picture, in its own units, which are pixels where there is room.
const WIDE: i64 = 640;
const HIGH: i64 = 220;

/// Room for the words at the left and at the foot.
const LEFT: i64 = 48;
const FOOT: i64 = 28;

/// Places and people by hour: the hours of the day that have any, `(hour, places, people)`.
pub fn busy_hours(hours: &[(i64, i64); HOURS]) -> Vec<(usize, i64, i64)> {
    let busy = |&(places, people): &(i64, i64)| places > 0 || people > 0;
    let (first, last) = (hours.iter().position(busy), hours.iter().rposition(busy));
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    (first..=last).map(|at| (at, hours[at].0, hours[at].1)).collect()
}

/// Bars for people who entered, a line for places. `label` is what is read aloud in its stead.
pub fn arrivals(hours: &[(i64, i64); HOURS], label: &str) -> String {
    let busy = busy_hours(hours);
    let top = busy.iter().map(|(_, places, people)| *places.max(people)).max().unwrap_or(0).max(1);
    let step = (WIDE - LEFT) / busy.len().max(1) as i64;
    let height = HIGH - FOOT - 10;
    let y = |value: i64| HIGH - FOOT - value * height / top;
    let mut svg = format!(
        "<svg class=\"picture\" viewBox=\"0 0 {WIDE} {HIGH}\" width=\"{WIDE}\" height=\"{HIGH}\" role=\"img\" aria-label=\"{label}\">"
    );
    for mark in [0, top / 2, top] {
        let at = y(mark);
        // Writing into a string cannot fail.
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {at}H{WIDE}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{mark}</text>",
            LEFT - 6,
            at + 6
        );
    }
    let mut line = String::new();
    for (n, (hour, places, people)) in busy.iter().enumerate() {
        let x = LEFT + n as i64 * step;
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            x + 2,
            y(*people),
            step - 4,
            people * height / top
        );
        let _ = write!(line, "{}{x} {y}H{}", if line.is_empty() { 'M' } else { 'L' }, x + step, y = y(*places));
        if step > 50 || hour % 2 == 0 {
            let _ = write!(svg, "<text x=\"{x}\" y=\"{}\">{hour}:00</text>", HIGH - 6);
        }
    }
    let _ = write!(svg, "<path class=\"limit\" d=\"{line}\"/></svg>");
    svg
}

/// The same for one centre among many: no words, the same hours for all.
pub fn small_arrivals(hours: &[(i64, i64); HOURS], all: &[(usize, i64, i64)]) -> String {
    let (Some((first, ..)), Some((last, ..))) = (all.first(), all.last()) else { return String::new() };
    let own = &hours[*first..=*last];
    let top = own.iter().map(|(places, people)| *places.max(people)).max().unwrap_or(0).max(1);
    let (step, high) = (200 / own.len().max(1) as i64, 56);
    let wide = step * own.len() as i64;
    let mut svg = format!("<svg class=\"small-picture\" viewBox=\"0 0 {wide} {high}\" aria-hidden=\"true\">");
    let mut line = String::new();
    for (n, (places, people)) in own.iter().enumerate() {
        let (x, tall) = (n as i64 * step, people * (high - 4) / top);
        let _ = write!(svg, "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{tall}\"/>", x + 1, high - tall, step - 2);
        let y = high - places * (high - 4) / top;
        let _ = write!(line, "{}{x} {y}H{}", if line.is_empty() { 'M' } else { 'L' }, x + step);
    }
    let _ = write!(svg, "<path class=\"limit\" d=\"{line}\"/></svg>");
    svg
}

/// A bar of a row in a table: so much of the largest.
pub fn share(value: i64, largest: i64) -> String {
    let wide = value * 160 / largest.max(1);
    format!(
        "<svg class=\"share\" viewBox=\"0 0 160 18\" width=\"160\" height=\"18\" aria-hidden=\"true\"><rect class=\"bar\" width=\"{wide}\" height=\"18\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_begins_and_ends_with_what_happened() {
        let mut hours = [(0, 0); HOURS];
        assert!(busy_hours(&hours).is_empty());
        (hours[10], hours[12]) = ((8, 3), (0, 5));
        assert_eq!(busy_hours(&hours), [(10, 8, 3), (11, 0, 0), (12, 0, 5)]);
        let drawn = arrivals(&hours, "x");
        assert_eq!((drawn.matches("<rect").count(), drawn.matches("10:00").count()), (3, 1));
        // The fullest half hour reaches the top.
        assert!(drawn.contains(">8</text>"), "{drawn}");
    }
}
