// Golden file by hnswlib: 60 rows of 6 components, labels 1000 + 3 i, the rows 5 and 11 marked as deleted; its links beside it.
#include <hnswlib/hnswlib.h>

#include <fstream>
#include <string>

int main(int, char** arguments) {
    const int n = 60, d = 6;
    std::string folder = arguments[1];
    hnswlib::L2Space space(d);
    hnswlib::HierarchicalNSW<float> index(&space, 100, 4, 32, 7);
    for (int i = 0; i < n; i++) {
        float row[d];
        for (int j = 0; j < d; j++) row[j] = ((31 * i + 17 * j) % 101 - 50) / 8.0f;
        index.addPoint(row, 1000 + 3 * i);
    }

    index.markDelete(1000 + 3 * 5);
    index.markDelete(1000 + 3 * 11);
    index.saveIndex(folder + "/hnswlib.index");
    std::ofstream links(folder + "/hnswlib.links");
    for (int i = 0; i < n; i++) {
        for (int level = 0; level <= index.element_levels_[i]; level++) {
            auto* list = index.get_linklist_at_level(i, level);
            links << i << ' ' << level;
            for (int j = 0; j < index.getListCount(list); j++) links << ' ' << ((unsigned int*)list)[1 + j];
            links << '\n';
        }
    }

    hnswlib::HierarchicalNSW<float> empty(&space, 100, 4, 32, 7);
    empty.saveIndex(folder + "/hnswlib-empty.index");
    return 0;
}
