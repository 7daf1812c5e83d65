#include "app/running_set.h"

namespace aven::app {

LoadedSet running_set(const server::Current& current, const ListPlaces& places) {
  LoadedSet set;
  set.loaded.policy = current.policy;
  set.loaded.calendar = current.calendar;
  set.config.rules = places.rules;
  set.config.state = places.state;
  set.config.upstreams = *current.upstreams;
  set.config.settings.private_reverse = current.settings->private_reverse;
  return set;
}

}  // namespace aven::app
