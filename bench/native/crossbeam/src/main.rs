//! `deque BURST`, `spin THIEVES` and `nap THIEVES`: the owner's side of a deque, and pushes into an injector.

mod deque;
mod injector;
#[path = "../../rounds.rs"]
mod rounds;

use injector::Idle;

fn main() {
    let size = rounds::count_argument(2);
    match std::env::args().nth(1).as_deref() {
        Some("deque") => deque::serve(size),
        Some("spin") => injector::serve(size, Idle::Spin),
        Some("nap") => injector::serve(size, Idle::Nap),
        lane => panic!("expected deque, spin or nap, got {lane:?}"),
    }
}
