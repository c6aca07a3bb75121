//! Empty tasks of a scope. A round runs as many as asked: nanoseconds per task.

use crate::rounds;
use rayon::{Scope, ThreadPool};
use std::time::Instant;

/// Tasks in flight at most, as in the engine's lane.
const BATCH: usize = 20_000;

/// One of the pool's threads spawns them.
pub fn serve_inside(pool: &ThreadPool) {
    serve(|count| pool.install(|| run_batches(count, |size| rayon::scope(|scope| spawn(scope, size)))));
}

/// A thread beside those of the pool spawns them.
pub fn serve_outside(pool: &ThreadPool) {
    serve(|count| run_batches(count, |size| pool.in_place_scope(|scope| spawn(scope, size))));
}

fn serve(run: impl Fn(usize)) {
    rounds::serve(|count| {
        let start = Instant::now();
        run(count);
        start.elapsed().as_nanos() as f64 / count as f64
    });
}

/// `count` tasks; each batch is done before the next one starts. The scope counts what is done.
fn run_batches(count: usize, batch: impl Fn(usize)) {
    for first in (0..count).step_by(BATCH) {
        batch(BATCH.min(count - first));
    }
}

fn spawn(scope: &Scope<'_>, tasks: usize) {
    for _ in 0..tasks {
        scope.spawn(|_| {});
    }
}
