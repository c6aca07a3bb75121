//! `inside THREADS` and `outside THREADS`: empty tasks of a scope, spawned by one of the pool's threads or by one more.
//! `join THREADS`: fib with a `join` in every call that has two calls below it. `sum THREADS`: the sum of numbers.

mod join;
#[path = "../../rounds.rs"]
mod rounds;
mod scope;
mod sum;

use rayon::ThreadPoolBuilder;

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(rounds::count_argument(2)).build().expect("a thread pool");
    match std::env::args().nth(1).as_deref() {
        Some("inside") => scope::serve_inside(&pool),
        Some("outside") => scope::serve_outside(&pool),
        Some("join") => join::serve(&pool),
        Some("sum") => sum::serve(&pool),
        lane => panic!("expected inside, outside, join or sum, got {lane:?}"),
    }
}
