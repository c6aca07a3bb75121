//! The owner's side of a LIFO worker that nobody steals from.

use crate::rounds;
use crossbeam_deque::Worker;
use std::time::Instant;

/// A round pushes `burst` entries and pops them again, as often as asked: nanoseconds per push with its pop.
pub fn serve(burst: usize) {
    let worker = Worker::<i32>::new_lifo();
    let last = i32::try_from(burst).expect("a burst below 2^31");
    rounds::serve(|bursts| {
        let mut sum = 0i64;
        let start = Instant::now();
        for _ in 0..bursts {
            for entry in 0..last {
                worker.push(entry);
            }
            for _ in 0..last {
                sum += i64::from(worker.pop().expect("an entry for every push"));
            }
        }
        let elapsed = start.elapsed();
        assert_eq!(sum, i64::from(last) * i64::from(last - 1) / 2 * bursts as i64);
        elapsed.as_nanos() as f64 / (bursts * burst) as f64
    });
}
