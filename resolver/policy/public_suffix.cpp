#include "policy/public_suffix.h"

#include <libpsl.h>

namespace aven::policy {

bool is_public_suffix(const dns::Name& name) {
  constexpr int Types = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE;
  return !name.is_root() && psl_is_public_suffix2(psl_builtin(), name.text().c_str(), Types) != 0;
}

}  // namespace aven::policy
