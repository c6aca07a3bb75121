// `inside THREADS` and `outside THREADS`: empty tasks of a task_group, run by one of the arena's threads or by one more.
// `join THREADS`: fib with a task_group in every call that has two calls below it. `sum THREADS`: the sum of numbers.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace tbb = oneapi::tbb;

// Tasks in flight at most, as in the engine's lane.
constexpr std::size_t BATCH = 20'000;

// Runs `work` in the arena. Returns how long that took, in nanoseconds.
template <typename Work> static double time_in(tbb::task_arena &arena, Work work) {
    const auto start = std::chrono::steady_clock::now();
    arena.execute(work);
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

static void expect(bool correct, const char *what) {
    if (correct) return;
    std::cerr << "wrong: " << what << '\n';
    std::exit(1);
}

// `count` tasks; each batch is done before the next one starts. The group counts what is done.
static void run_batches(std::size_t count) {
    for (std::size_t first = 0; first < count; first += BATCH) {
        const std::size_t size = std::min(BATCH, count - first);
        tbb::task_group group;
        for (std::size_t task = 0; task < size; task++) group.run([] {});
        group.wait();
    }
}

static std::uint64_t fib(std::size_t n) {
    if (n < 2) return n;
    std::uint64_t one = 0;
    tbb::task_group group;
    group.run([&one, n] { one = fib(n - 1); });
    const std::uint64_t other = fib(n - 2);
    group.wait();
    return one + other;
}

static std::uint64_t nth_fibonacci(std::size_t n) {
    std::uint64_t number = 0;
    for (std::uint64_t next = 1; n > 0; n--) next += std::exchange(number, next);
    return number;
}

static double sum(const std::vector<double> &numbers) {
    using Range = tbb::blocked_range<std::vector<double>::const_iterator>;
    return tbb::parallel_reduce(
        Range(numbers.begin(), numbers.end()), 0.0,
        [](const Range &part, double before) { return std::accumulate(part.begin(), part.end(), before); },
        std::plus<double>());
}

// Each lane answers with nanoseconds per unit of work.

static double task_round(tbb::task_arena &arena, std::size_t count) {
    return time_in(arena, [count] { run_batches(count); }) / static_cast<double>(count);
}

static double join_round(tbb::task_arena &arena, std::size_t n) {
    std::uint64_t found = 0;
    const double elapsed = time_in(arena, [&found, n] { found = fib(n); });
    expect(found == nth_fibonacci(n), "fib");
    // Calls, the first and those below it, that wait for two others.
    return elapsed / static_cast<double>(nth_fibonacci(n + 1) - 1);
}

static double sum_round(tbb::task_arena &arena, std::size_t count) {
    static std::vector<double> numbers;
    if (numbers.size() != count) numbers.assign(count, 1.0);
    double found = 0;
    const double elapsed = time_in(arena, [&found] { found = sum(numbers); });
    expect(found == static_cast<double>(count), "sum");
    return elapsed / static_cast<double>(count);
}

int main(int argc, char **argv) {
    const std::string lane = argc == 3 ? argv[1] : "";
    const int workers = argc == 3 ? std::atoi(argv[2]) : 0;
    const bool tasks = lane == "inside" || lane == "outside";
    if (workers < 1 || (!tasks && lane != "join" && lane != "sum")) {
        std::cerr << "expected inside, outside, join or sum, and a number of threads\n";
        return 2;
    }
    // The thread that calls execute() is one of the arena's; the slot reserved for it is the default.
    const int threads = lane == "outside" ? workers + 1 : workers;
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    const auto round = tasks ? task_round : lane == "join" ? join_round : sum_round;
    // As in rounds.rs: the size of a round on a line in, its figure on a line out.
    for (std::size_t size = 0; std::cin >> size;) {
        std::printf("{\"value\":%.4f}\n", round(arena, size));
        std::fflush(stdout);
    }
}
