// The simulated driver's own objects. One lock guards them all, kernels included.
#pragma once
#include "tools/gpusim/check/Checker.h"
#include "tools/gpusim/driver/Types.h"
#include "tools/gpusim/exec/Launch.h"
#include "tools/gpusim/memory/Allocations.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace gpusim {

using namespace cu;

/// Work put into a stream. It runs when somebody waits for it (lazy, with checks) or at once.
struct Operation {
  Stream *stream = nullptr;
  uint32_t timeline = 0;
  uint64_t position = 0;
  Knowledge known;                                 // ordered before it
  std::vector<std::shared_ptr<Operation>> after;   // in other streams
  std::function<CUresult(const Operation &)> work; // null: nothing to do (events)
  bool done = false;
  double finished = 0; // seconds, once done
};
using OperationPtr = std::shared_ptr<Operation>;

struct Context {
  unsigned flags = 0;
  bool primary = false;
  unsigned retained = 0;
  uint64_t id = 0;
  CUresult failed = CUDA_SUCCESS; // what every later call returns
  Stream *legacy = nullptr;       // the NULL stream
  std::map<int, size_t> limits;
  int cacheConfig = 0;
};

/// A capture that one or more streams take part in.
struct Capture {
  Graph *graph = nullptr;
  Stream *origin = nullptr;
  bool broken = false;
  uint64_t id = 0;
};

struct Stream {
  Context *context = nullptr;
  unsigned flags = 0;
  int priority = 0;
  uint32_t timeline = 0;
  uint64_t position = 0;
  std::deque<OperationPtr> pending;
  OperationPtr last;               // the newest, done or not
  std::vector<OperationPtr> waits; // for the next operation
  std::shared_ptr<Capture> capture;
  std::vector<GraphNode *> tips; // captured: what the next node depends on
  bool legacy = false;
};

struct Event {
  Context *context = nullptr;
  unsigned flags = 0;
  OperationPtr recorded;
  std::shared_ptr<Capture> capture; // recorded in a capture: these nodes
  std::vector<GraphNode *> tips;
};

struct Module {
  Context *context = nullptr;
  std::shared_ptr<Program> program;
  std::map<std::string, std::unique_ptr<Function>> functions;
  bool unloaded = false;
};

struct Function {
  Module *module = nullptr;
  const Kernel *kernel = nullptr;
  std::shared_ptr<Program> program;
  int maxDynamicShared = 0, carveout = -1, nonPortableCluster = 0, schedulingPolicy = 0;
  unsigned registers = 0, spillBytes = 0;
};

/// A launch with all that it needs copied.
struct KernelLaunch {
  Function *function = nullptr;
  std::shared_ptr<Program> program;
  const Kernel *kernel = nullptr;
  Dim3 grid, block, cluster;
  unsigned dynamicShared = 0;
  bool programmatic = false;
  std::vector<char> params;
  std::shared_ptr<const TensorRanges> ranges;
};

/// Bytes of rows and slices; addresses are device or host.
struct Copy {
  const char *name = "";
  uint64_t to = 0, from = 0;
  size_t width = 0, height = 1, depth = 1, toPitch = 0, fromPitch = 0, toSlice = 0, fromSlice = 0;
};
struct Fill {
  const char *name = "";
  uint64_t to = 0;
  unsigned value = 0, element = 1;
  size_t width = 0, height = 1, pitch = 0; // width in elements
};

/// What the handle of a conditional node stands for. Value and what it comes from are those of one run of the graph.
struct Conditional {
  uint64_t handle = 0;
  Context *context = nullptr;
  const Graph *graph = nullptr; // that it was made for: only compared
  unsigned initial = 0, flags = 0;
  bool used = false; // by a node
  uint64_t run = 0;
  bool set = false;
  unsigned value = 0;
  TaskPtr setter; // null: the default
  uint64_t thread = 0;
};

enum class NodeType : int { Kernel, Memcpy, Memset, Host, Child, Empty, EventWait, EventRecord, Conditional = 13 };
struct GraphNode {
  Graph *graph = nullptr;
  uint64_t id = 0, clonedFrom = 0; // ids are never used twice
  NodeType type = NodeType::Empty;
  KernelLaunch kernel;
  Copy copy;
  Fill fill;
  CUDA_HOST_NODE_PARAMS host{};
  Event *event = nullptr;
  Graph *child = nullptr;                 // owned
  std::shared_ptr<Conditional> condition; // of a conditional node
  int conditionType = 0;
  std::vector<Graph *> bodies; // owned
  std::vector<GraphNode *> after;
};
struct Graph {
  std::vector<std::unique_ptr<GraphNode>> nodes;
  bool owned = false;                                // by a child node or a conditional one
  GraphNode *around = nullptr;                       // the conditional node whose body it is
  std::vector<std::shared_ptr<Conditional>> handles; // made for it
};
/// An instantiated graph: children inlined, nodes in an order that keeps the dependencies.
struct GraphPlan {
  std::vector<GraphNode> nodes;
  std::map<uint32_t, std::vector<std::shared_ptr<GraphPlan>>> bodies; // of conditional nodes
  std::vector<std::vector<uint32_t>> after, next;                     // indices
  std::shared_ptr<const Ancestors> ancestors;
};
struct GraphExec {
  Context *context = nullptr;
  uint64_t source = 0;             // GraphNode::id of the first node of a graph with conditional nodes; 0: it has none
  std::shared_ptr<GraphPlan> plan; // launches in flight share it: copied before it changes
};

/// Live objects of one kind: a handle that is not among them is invalid.
template <typename T> class Handles {
public:
  T *add(std::unique_ptr<T> object) {
    T *handle = object.get();
    all.emplace(handle, std::move(object));
    return handle;
  }
  bool has(const T *handle) const { return all.count(const_cast<T *>(handle)) != 0; }
  void drop(T *handle) { all.erase(handle); }
  size_t size() const { return all.size(); }
  template <typename F> void each(F f) const {
    for (const auto &[handle, object] : all)
      f(*object);
  }

private:
  std::map<T *, std::unique_ptr<T>> all;
};

struct Driver {
  std::recursive_mutex mutex;
  bool initialised = false;
  std::string deviceKey, checkName;
  DeviceModel model;
  CheckMode mode = CheckMode::Off;
  bool lazy = false;
  int threads = 0;
  std::unique_ptr<Checker> checker;

  Handles<Context> contexts;
  Handles<Stream> streams;
  Handles<Event> events;
  Handles<Module> modules;
  Handles<Graph> graphs;
  Handles<GraphExec> executables;
  std::unordered_set<Function *> functions;
  std::unordered_set<GraphNode *> nodes;
  std::map<uint64_t, std::weak_ptr<Conditional>> conditionals; // by handle
  uint64_t patience = 0;                                       // jumps back of a warp; / 4096: rounds of a while node
  Context *primary = nullptr;
  unsigned primaryFlags = 0;
  Knowledge host; // what the host has waited for
  uint64_t ids = 0, graphRuns = 0;
  uint32_t timelines = 0;
};

Driver &driver();
/// The card called `key` ("a100"); false if there is none.
bool findModel(const std::string &key, DeviceModel &);
/// This thread's context stack.
std::vector<Context *> &contextStack();
inline Context *current() { return contextStack().empty() ? nullptr : contextStack().back(); }

/// What stands for the handle: the NULL stream is the current context's own. Null: no such stream.
Stream *resolve(CUstream);
std::unique_ptr<Stream> makeStream(Context *, unsigned flags, int priority);

/// Puts work into the stream; runs it at once unless the driver is lazy.
OperationPtr enqueue(Stream &, std::function<CUresult(const Operation &)> work);
/// Runs what is needed for `operation` to be done.
void complete(const OperationPtr &);
/// Runs everything in the stream, in all streams of the context; the host then knows of it.
CUresult synchronise(Stream &);
CUresult synchronise(Context &);
/// Runs everything everywhere.
void synchroniseAll();
double now();

/// Carries out, checked: called by operations.
CUresult runKernel(const KernelLaunch &, TaskPtr task);
/// What goes wrong when a kernel sets a handle's value; "" if nothing does.
std::string setConditional(uint64_t handle, uint32_t value, const TaskPtr &task, uint64_t thread);
CUresult runCopy(const Copy &, TaskPtr task);
CUresult runFill(const Fill &, TaskPtr task);
TaskPtr makeTask(const Operation &, std::string name);

/// Threads that a block of it may have; blocks of so many that a multiprocessor holds at once.
int threadLimit(const Function &);
int blocksThatFit(const Function &, int threads, size_t dynamicShared);

/// Whether the launch is one that the card can do; params are packed into `launch`.
CUresult prepareLaunch(KernelLaunch &launch, Function *, void **params, void **extra);
/// Takes gpusim_next_launch's ranges of this thread, if any.
std::shared_ptr<const TensorRanges> takeRanges();
CUresult checkCopy(const Copy &);
CUresult checkFill(const Fill &);
Copy flatCopy(const char *name, uint64_t to, uint64_t from, size_t bytes);
bool makeCopy(const CUDA_MEMCPY3D &, Copy &);

/// Work by a stream: into its capture as a node, else into the queue.
CUresult submit(Stream &, KernelLaunch);
CUresult submit(Stream &, const Copy &);
CUresult submit(Stream &, const Fill &);
CUresult submit(Stream &, const CUDA_HOST_NODE_PARAMS &);
GraphNode *addNode(Graph &, NodeType, const CUgraphNode *after, size_t count);
void destroyGraph(Graph *);
void copyGraph(const Graph &from, Graph &to);
bool hasConditional(const Graph &);
/// Handles that no graph and no executable has any more.
void forgetConditionals();
/// Whether such a node may be added: not all may in the bodies of conditional nodes.
CUresult checkBody(const Graph &, NodeType);
CUresult checkBody(const Graph &, const KernelLaunch &);
CUresult checkBody(const Graph &, const Copy &);
CUresult checkBody(const Graph &, const Graph &child);
/// An edge-checked node that says nothing but its type.
CUresult addPlainNode(CUgraphNode *, CUgraph, const CUgraphNode *after, size_t count, NodeType);
CUresult runPlan(const GraphPlan &, const Operation &, uint64_t run, const std::vector<GraphPlace> &outer = {});

/// Frees what belongs to a context that ends.
void destroyContext(Context *);
void unloadModule(Module *);
/// A report by the driver itself ("invalid-pointer", "leak").
void driverReport(const char *kind, const std::string &function, const std::string &message, uint64_t address = 0,
                  uint64_t bytes = 0);

} // namespace gpusim
