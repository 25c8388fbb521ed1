// The stages, for programs that name them without linking the compiler.
#pragma once

namespace dlc {

/// Where compilation can be stopped, dumped and resumed. `import` is what the frontend gives.
enum class Stage { import, graph, fuse, body, schedule, plan };
/// In order; Stage is the index.
inline constexpr const char *stageNames[] = {"import", "graph", "fuse", "body", "schedule", "plan"};

} // namespace dlc
