#include "server/shares.h"

namespace aven::server {
namespace {

template <class Number>
Number share(Number total, std::size_t workers) noexcept {
  const auto of = static_cast<Number>(workers);
  return static_cast<Number>(total / of + (total % of != 0 ? 1 : 0));
}

}  // namespace

std::size_t common_cache_bytes(std::size_t total, std::size_t workers) noexcept {
  return workers == 1 ? 0 : total / 2;
}

pipeline::Pipeline::Sizes share_of(const pipeline::Pipeline::Sizes& total, std::size_t workers) {
  auto out = total;
  const std::size_t total_bytes = total.cache.max_bytes;
  out.cache.max_bytes = (total_bytes - common_cache_bytes(total_bytes, workers)) / workers;  // memory is not rounded up
  out.in_flight = share(total.in_flight, workers);
  return out;
}

std::shared_ptr<const pipeline::Settings> share_of(const pipeline::Settings& total, std::size_t workers) {
  auto out = std::make_shared<pipeline::Settings>(total);
  out->client_qps = share(total.client_qps, workers);
  out->in_flight = share(total.in_flight, workers);
  out->in_flight_per_client = share(total.in_flight_per_client, workers);
  return out;
}

}  // namespace aven::server
