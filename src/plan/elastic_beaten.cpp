#include "elastic_beaten.h"

#include "braid/partition/substitutes.h"

namespace braid::plan {
namespace {

template <class T> void keepOnly(std::vector<T> &all, const std::vector<size_t> &rows) {
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i] != i)
      all[i] = std::move(all[rows[i]]);
  all.resize(rows.size());
}

} // namespace

void dropBeaten(ElasticProblem &elastic) {
  partition::Substitutes substitutes(elastic.problem);
  for (size_t table = 0; table < elastic.problem.tables.size(); ++table) {
    if (!substitutes.isUsed(static_cast<int>(table)))
      continue;
    const std::vector<size_t> rows = substitutes.kept(static_cast<int>(table));
    keepOnly(elastic.problem.tables[table], rows);
    keepOnly(elastic.made[table], rows);
  }
}

} // namespace braid::plan
