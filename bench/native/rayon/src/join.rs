//! Fork and join with next to no work between them. A round is fib of the number asked for: nanoseconds per join.

use crate::rounds;
use rayon::ThreadPool;
use std::time::Instant;

pub fn serve(pool: &ThreadPool) {
    rounds::serve(|n| {
        let start = Instant::now();
        let found = pool.install(|| fib(n));
        let elapsed = start.elapsed();
        assert_eq!(found, nth_fibonacci(n));
        elapsed.as_nanos() as f64 / joins(n) as f64
    });
}

fn fib(n: usize) -> u64 {
    if n < 2 {
        return n as u64;
    }
    let (one, other) = rayon::join(|| fib(n - 1), || fib(n - 2));
    one + other
}

/// Calls of `fib(n)`, itself and those below it, that join two others.
fn joins(n: usize) -> u64 {
    nth_fibonacci(n + 1) - 1
}

fn nth_fibonacci(n: usize) -> u64 {
    (0..n).fold((0, 1), |(this, next), _| (next, this + next)).0
}
