// The yardstick: hnswlib on the files of the ann benchmark. bench/README.md says how to build and run it.
// usage: driver BASE.fvecs QUERIES.fvecs TRUTH.ivecs l2|ip M EF_CONSTRUCTION THREADS INDEX_FILE [EF...]
// An index file that exists is loaded, else it is built and written. Then a JSON line for each EF with one and with two query threads;
// without EF, lines "EF THREADS" are read from stdin and each is answered by one line, so that another program can take turns with it.
#include <hnswlib/hnswlib.h>
#include <malloc.h>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

template <typename T> struct Matrix { size_t rows = 0; int columns = 0; std::vector<T> values; const T* row(size_t i) const { return values.data() + i * columns; } };

template <typename T> Matrix<T> read(const char* path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(std::string("cannot read ") + path);
    Matrix<T> m;
    size_t bytes = file.tellg();
    file.seekg(0);
    file.read((char*)&m.columns, 4);
    if (!file || m.columns < 1 || m.columns > 65536 || bytes % (4 + 4 * (size_t)m.columns)) throw std::runtime_error(std::string("wrong size: ") + path);
    m.rows = bytes / (4 + 4 * (size_t)m.columns);
    m.values.resize(m.rows * m.columns);
    file.seekg(0);
    for (size_t i = 0; i < m.rows; i++) { int d; file.read((char*)&d, 4); file.read((char*)(m.values.data() + i * m.columns), 4 * (size_t)m.columns); }
    if (!file) throw std::runtime_error(std::string("cut: ") + path);
    return m;
}

template <typename F> double parallel(size_t from, size_t to, int threads, F work) {
    std::atomic<size_t> next(from);
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> pool;
    auto loop = [&] { for (size_t i; (i = next.fetch_add(1)) < to;) work(i); };
    for (int t = 1; t < threads; t++) pool.emplace_back(loop);
    loop();
    for (auto& t : pool) t.join();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

size_t heap() { auto info = mallinfo2(); return info.uordblks + info.hblkhd; }

int main(int count, char** args) try {
    if (count < 9) { std::cerr << "usage: driver BASE QUERIES TRUTH l2|ip M EF_CONSTRUCTION THREADS INDEX_FILE [EF...]\n"; return 2; }
    auto base = read<float>(args[1]);
    auto queries = read<float>(args[2]);
    auto truth = read<int>(args[3]);
    const size_t k = 10;
    if (queries.columns != base.columns || truth.rows != queries.rows || truth.columns < (int)k) throw std::runtime_error("base, queries and truth do not fit each other");
    std::string metric = args[4], path = args[8];
    hnswlib::L2Space l2(base.columns);
    hnswlib::InnerProductSpace ip(base.columns);
    hnswlib::SpaceInterface<float>* space = &l2;
    if (metric == "ip") space = &ip;
    else if (metric != "l2") throw std::runtime_error("the metric is l2 or ip");
    size_t before = heap();
    double seconds = -1;
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> index;
    if (std::ifstream(path)) index.reset(new hnswlib::HierarchicalNSW<float>(space, path));
    else {
        index.reset(new hnswlib::HierarchicalNSW<float>(space, base.rows, std::stoi(args[5]), std::stoi(args[6])));
        seconds = parallel(0, 1, 1, [&](size_t i) { index->addPoint(base.row(i), i); });
        seconds += parallel(1, base.rows, std::stoi(args[7]), [&](size_t i) { index->addPoint(base.row(i), i); });
    }
    double bytes = double(heap() - before) / base.rows;   // what it keeps, links and tables included
    if (seconds >= 0) index->saveIndex(path);

    auto distance = space->get_dist_func();
    auto measure = [&](size_t ef, int threads) {
        index->setEf(ef);
        std::vector<std::vector<size_t>> found(queries.rows);
        double took = parallel(0, queries.rows, threads, [&](size_t q) {
            for (auto heap = index->searchKnn(queries.row(q), k); !heap.empty(); heap.pop()) found[q].push_back(heap.top().second);
        });
        size_t right = 0;
        for (size_t q = 0; q < queries.rows; q++) {
            // as near as the k-th true neighbour counts, so that duplicates may stand in for each other
            float farthest = distance(queries.row(q), base.row(truth.row(q)[k - 1]), space->get_dist_func_param());
            for (size_t id : found[q])
                right += std::find(truth.row(q), truth.row(q) + k, (int)id) != truth.row(q) + k || distance(queries.row(q), base.row(id), space->get_dist_func_param()) <= farthest;
        }
        std::cout << "{\"index\":\"hnswlib\",\"quantizer\":\"none\",\"ef\":" << ef << ",\"threads\":" << threads << ",\"recall\":" << double(right) / (k * queries.rows)
                  << ",\"qps\":" << queries.rows / took << ",\"buildSeconds\":" << seconds << ",\"bytesPerVector\":" << bytes << "}" << std::endl;
    };
    for (int a = 9; a < count; a++) for (int threads : {1, 2}) measure(std::stoul(args[a]), threads);
    int ef, threads;
    if (count == 9) while (std::cin >> ef >> threads) measure(ef, threads);
    return 0;
} catch (const std::exception& e) { std::cerr << "hnswlib driver: " << e.what() << "\n"; return 1; }
