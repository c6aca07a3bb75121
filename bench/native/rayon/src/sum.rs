//! A loop that is split. A round adds up as many numbers as asked: nanoseconds per number.

use crate::rounds;
use rayon::prelude::*;
use rayon::ThreadPool;
use std::time::Instant;

pub fn serve(pool: &ThreadPool) {
    let mut numbers = Vec::new();
    rounds::serve(|count| {
        if numbers.len() != count {
            numbers = vec![1f64; count];
        }
        let start = Instant::now();
        let sum: f64 = pool.install(|| numbers.par_iter().sum());
        let elapsed = start.elapsed();
        assert_eq!(sum, count as f64);
        elapsed.as_nanos() as f64 / count as f64
    });
}
