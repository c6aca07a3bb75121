//! How the bench talks to a native rival: the size of a round on a line in, its figure on a line out, until the input ends.

use std::io::{self, BufRead};

/// The argument after the program's name at `index`, as a count.
pub fn count_argument(index: usize) -> usize {
    let argument = std::env::args().nth(index).unwrap_or_default();
    parse_count(&argument)
}

/// Answers every line with what `round` says about a round of that size: nanoseconds per unit of work.
pub fn serve(mut round: impl FnMut(usize) -> f64) {
    for line in io::stdin().lock().lines() {
        let count = parse_count(&line.expect("a readable line"));
        println!("{{\"value\":{:.4}}}", round(count));
    }
}

fn parse_count(text: &str) -> usize {
    match text.trim().parse() {
        Ok(count) if count > 0 => count,
        _ => panic!("expected a count above 0, got {text:?}"),
    }
}
