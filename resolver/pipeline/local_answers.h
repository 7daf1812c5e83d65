// LocalAnswers: the step `local` of the pipeline (DESIGN.md section 5): the server's own names, records, special names,
// and the choice of the route. Rules come after it.
// Thread: the worker's.   Lifetime: looks at the policy and settings given to use().   Fails: never; no allocation.
#pragma once

#include <optional>

#include "pipeline/answers.h"
#include "pipeline/query_context.h"
#include "pipeline/settings.h"
#include "pipeline/special_names.h"

namespace aven::pipeline {

// Is a name of this zone answered here, or has its route a better claim (DESIGN.md section 5)? Also for explain.
bool is_answered_here(const SpecialZone& zone, const policy::RouteMatch& route, PrivateReverse private_reverse,
                      const upstream::UpstreamSet& upstreams) noexcept;

class LocalAnswers {
 public:
  // Builds the table of special zones, so that no query has to.
  explicit LocalAnswers(Answers& answers) : answers_(answers) { find_special_zone(dns::Name{}); }

  void use(const WorkerPolicy& worker_policy) noexcept;

  // The local answer. Without one the context's ask says what to ask, and over which route; its name differs from the
  // question's where a recorded alias leads away.
  std::optional<Ending> answer(QueryContext& context) noexcept;
  dns::RouteId route_for(const dns::Name& name, const QueryContext& context) const noexcept;

 private:
  std::optional<Ending> not_for_forwarding(const QueryContext& context) noexcept;
  std::optional<Ending> from_records(QueryContext& context) noexcept;
  std::optional<Ending> by_route(const QueryContext& context, const policy::RouteMatch& route) noexcept;
  Ending chaos(const QueryContext& context) noexcept;

  Answers& answers_;
  const policy::Policy* policy_ = nullptr;
  const Settings* settings_ = nullptr;
  const upstream::UpstreamSet* upstreams_ = nullptr;
};

}  // namespace aven::pipeline
