#include "runtime/Container.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace dlc::container {

uint64_t checksum(const void *data, size_t size) { return XXH64(data, size, 0); }

Checksum::Checksum() : state(XXH64_createState()) { XXH64_reset(static_cast<XXH64_state_t *>(state), 0); }
Checksum::~Checksum() { XXH64_freeState(static_cast<XXH64_state_t *>(state)); }
void Checksum::update(const void *data, size_t size) {
  if (size)
    XXH64_update(static_cast<XXH64_state_t *>(state), data, size);
}
uint64_t Checksum::digest() const { return XXH64_digest(static_cast<const XXH64_state_t *>(state)); }

} // namespace dlc::container
