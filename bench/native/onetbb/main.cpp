// `inside THREADS` and `outside THREADS`: empty tasks of a task_group, run by one of the arena's threads or by one more.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace tbb = oneapi::tbb;

// Tasks in flight at most, as in the engine's lane.
constexpr std::size_t BATCH = 20'000;

// `count` tasks; each batch is done before the next one starts. The group counts what is done.
static void run_batches(std::size_t count) {
    for (std::size_t first = 0; first < count; first += BATCH) {
        const std::size_t size = std::min(BATCH, count - first);
        tbb::task_group group;
        for (std::size_t task = 0; task < size; task++) group.run([] {});
        group.wait();
    }
}

int main(int argc, char **argv) {
    const std::string lane = argc == 3 ? argv[1] : "";
    const int workers = argc == 3 ? std::atoi(argv[2]) : 0;
    if ((lane != "inside" && lane != "outside") || workers < 1) {
        std::cerr << "expected inside or outside and a number of threads\n";
        return 2;
    }
    // The thread that calls execute() is one of the arena's; the slot reserved for it is the default.
    const int threads = lane == "inside" ? workers : workers + 1;
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    // As in rounds.rs: the size of a round on a line in, its figure on a line out.
    for (std::size_t count = 0; std::cin >> count;) {
        const auto start = std::chrono::steady_clock::now();
        arena.execute([count] { run_batches(count); });
        const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
        std::printf("{\"value\":%.4f}\n", elapsed.count() / static_cast<double>(count));
        std::fflush(stdout);
    }
}
