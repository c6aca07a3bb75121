//! One thread that pushes into an `Injector` while others take from it.

use crate::rounds;
use crossbeam_deque::{Injector, Steal, Worker};
use crossbeam_utils::{Backoff, CachePadded};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const BATCH: usize = 1_000;
/// A task adds itself to the count.
const TASK: usize = 1;
const NAP: Duration = Duration::from_micros(50);

/// What a thief does that found nothing.
#[derive(Clone, Copy)]
pub enum Idle {
    Spin,
    Nap,
}

struct Shared {
    injector: Injector<usize>,
    /// Set between the rounds, when others are measured: the thieves are parked then and take no CPU time.
    resting: AtomicBool,
    done: Vec<CachePadded<AtomicUsize>>,
}

/// A round pushes batches of 1,000, as many as asked: the middle over the batches of nanoseconds per push.
pub fn serve(thieves: usize, idle: Idle) {
    let shared = Shared {
        injector: Injector::new(),
        resting: AtomicBool::new(true),
        done: (0..thieves).map(|_| CachePadded::default()).collect(),
    };
    thread::scope(|scope| {
        let threads: Vec<Thread> =
            shared.done.iter().map(|done| scope.spawn(|| steal(&shared, done, idle)).thread().clone()).collect();
        let mut pushed = 0;
        rounds::serve(|batches| {
            shared.resting.store(false, Ordering::SeqCst);
            threads.iter().for_each(Thread::unpark);
            let mut per_push: Vec<f64> = (0..batches).map(|_| push_batch(&shared, &mut pushed)).collect();
            shared.resting.store(true, Ordering::SeqCst);
            per_push.sort_by(f64::total_cmp);
            per_push[(batches - 1) / 2]
        });
        // The thieves know no end.
        std::process::exit(0);
    });
}

/// Only the pushes are timed, not the wait until the thieves have counted all of them.
fn push_batch(shared: &Shared, pushed: &mut usize) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        shared.injector.push(TASK);
    }
    let elapsed = start.elapsed();
    *pushed += BATCH;
    let done = || -> usize { shared.done.iter().map(|done| done.load(Ordering::Acquire)).sum() };
    let backoff = Backoff::new();
    while done() < *pushed {
        backoff.snooze();
    }
    elapsed.as_nanos() as f64 / BATCH as f64
}

/// Takes tasks a batch at a time, as the documentation of crossbeam-deque shows it, and counts them.
fn steal(shared: &Shared, done: &AtomicUsize, idle: Idle) {
    let local = Worker::new_lifo();
    let backoff = Backoff::new();
    let mut count = 0;
    loop {
        match shared.injector.steal_batch_and_pop(&local) {
            Steal::Success(first) => {
                count += first;
                while let Some(task) = local.pop() {
                    count += task;
                }
                done.store(count, Ordering::Release);
                backoff.reset();
            }
            Steal::Retry => backoff.spin(),
            Steal::Empty if shared.resting.load(Ordering::SeqCst) => thread::park(),
            Steal::Empty => match idle {
                Idle::Spin => backoff.snooze(),
                Idle::Nap => thread::park_timeout(NAP),
            },
        }
    }
}
