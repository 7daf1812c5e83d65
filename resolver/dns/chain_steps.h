// ChainSteps: a Chain together with the records that make its links, for clean_reply, which keeps them.
// Thread: any; a value, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dns/reply.h"

namespace aven::dns {

struct ChainSteps {
  // The alias records that apply to one name of the chain, known by where their RDATA is; 0 = there is none.
  struct Step {
    std::size_t cname = 0;
    std::size_t dname = 0;
    std::size_t dname_labels = 0;  // of the DNAME's owner
  };
  std::array<Step, Chain::MaxLinks + 1> steps;  // steps[i] belongs to names[i]
};

void follow_chain(std::span<const std::uint8_t> reply, const Name& question, Type type, Class class_, Chain& chain,
                  ChainSteps& steps) noexcept;

}  // namespace aven::dns
