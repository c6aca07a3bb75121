//! `inside THREADS` and `outside THREADS`: empty tasks of a scope, spawned by one of the pool's threads or by one more.

#[path = "../../rounds.rs"]
mod rounds;

use rayon::{Scope, ThreadPoolBuilder};
use std::time::Instant;

/// Tasks in flight at most, as in the engine's lane.
const BATCH: usize = 20_000;

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(rounds::count_argument(2)).build().expect("a thread pool");
    match std::env::args().nth(1).as_deref() {
        Some("inside") => serve(|count| {
            pool.install(|| run_batches(count, |size| rayon::scope(|scope| spawn(scope, size))));
        }),
        Some("outside") => serve(|count| {
            run_batches(count, |size| pool.in_place_scope(|scope| spawn(scope, size)));
        }),
        lane => panic!("expected inside or outside, got {lane:?}"),
    }
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
