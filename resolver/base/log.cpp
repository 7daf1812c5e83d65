#include "base/log.h"

#include <cstdlib>
#include <memory>
#include <spdlog/sinks/stdout_sinks.h>

namespace aven::log {

void start() {
  auto logger = std::make_shared<spdlog::logger>("aven", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;  // set by systemd (systemd.exec)
  logger->set_pattern(journal ? "%l: %v" : "%Y-%m-%d %H:%M:%S %l: %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace aven::log
