// QuerySearch: finds lines in the query log's file, newest first, by its indexes: by client, by the names that hold a
// text, by group and verdict, or by time alone.
// Thread: any, one search at a time; it opens the file for reading, so the log writer is not held up.
// Fails: by one sentence; what takes longer than its time gives what was found until then.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/tick.h"
#include "server/log_row.h"

namespace aven::server {

struct QuerySearch {
  RowFilter filter;
  std::int64_t since_ms = 0;          // since 1970
  std::int64_t until_ms = INT64_MAX;  // not included
  RowId before = UINT64_MAX;          // for the next page: the last row's id
  std::size_t most = 200;
  Duration time = std::chrono::milliseconds{900};
};

struct FoundRows {
  std::vector<LogRow> rows;  // newest first
  bool complete = true;      // false: the time was over
};

Expected<FoundRows, std::string> search_queries(const std::filesystem::path& file, const QuerySearch& search);

// Every line, oldest first, however long it takes. Gives what went wrong, or nothing.
std::optional<std::string> for_each_query(const std::filesystem::path& file,
                                          const std::function<void(const LogRow& row)>& visit);

}  // namespace aven::server
