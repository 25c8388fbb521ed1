// The stages, for programs that name them without linking the compiler.
#pragma once

namespace dlc {

/// Where compilation can be stopped, dumped and resumed. `import` is what the frontend gives. After `schedule` each
/// kernel says how it is to be run (its attribute dlc.schedule), after `kernel` it is the loops that do so.
enum class Stage { import, graph, fuse, body, schedule, kernel, plan };
/// In order; Stage is the index.
inline constexpr const char *stageNames[] = {"import", "graph", "fuse", "body", "schedule", "kernel", "plan"};

} // namespace dlc
