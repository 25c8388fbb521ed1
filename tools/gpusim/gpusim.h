/* gpusim.h: what the simulated driver library (libdlc_gpusim.so) exports beside the CUDA Driver API.
 *
 * A program opens the library in place of libcuda.so.1; that these symbols are there tells it that no card is. Results
 * are valid until the next call. Environment: DLC_SIM_DEVICE=a100|h200|rtx4090, DLC_SIM_CHECK=off|memory|all,
 * DLC_SIM_THREADS=N, DLC_SIM_LOG=FILE (reports are appended there as they come; standard error by default).
 */
#ifndef GPUSIM_H
#define GPUSIM_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface: 1. */
int gpusim_version(void);
/* Before cuInit: which card to pretend (as DLC_SIM_DEVICE; NULL leaves it) and what to check ("off", "memory", "all";
 * NULL leaves it). Returns 0, or -1 for an unknown name. */
int gpusim_configure(const char *device, const char *check);

/* A tensor within device memory. */
typedef struct gpusim_range {
  uint64_t address, bytes;
  const char *name;
  int written; /* 0: the launch may only read it; 1: only write it (what it held counts as unwritten); 2: both */
} gpusim_range;
/* What the next launch on this thread (or the next kernel node added on this thread) works on. Its accesses outside of
 * these ranges are reported, even inside of the same allocation, and reports name the tensors. */
void gpusim_next_launch(const gpusim_range *ranges, size_t count);
/* What ptxas chose for a kernel: for occupancy. `function`: a CUfunction. */
void gpusim_kernel_resources(void *function, uint32_t registers, uint32_t static_shared, uint32_t spill_bytes);

/* How many reports there are so far, and all of them as a JSON array. */
size_t gpusim_report_count(void);
const char *gpusim_reports(void);
/* One report as people read it, a few lines; NULL past the end. */
const char *gpusim_report(size_t index);
/* Memory and handles that were never given back, as reports: call it when everything should have been freed. */
size_t gpusim_check_leaks(void);
/* Counts of every kernel launched so far, as a JSON array, and forget them. Off until gpusim_count(1). */
void gpusim_count(int on);
const char *gpusim_counters(void);
void gpusim_reset(void);

/* Fault injection: the `nth` call (1 = the next) of `function` ("cuMemAlloc", without its version suffix) returns
 * `result` and does nothing; what releases something (Free, Destroy, Unload, Release) does so and returns `result`, as
 * a driver does that reports an earlier failure. nth 0 takes it back. Returns -1 if there is no such function.
 * Environment: DLC_SIM_FAIL=cuMemAlloc:3:2,cuLaunchKernel:1:719 (function, nth, result). */
int gpusim_fail(const char *function, uint64_t nth, int result);
/* How often `function` has been called; -1 if there is no such function. Names by index, NULL past the end. */
long long gpusim_calls(const char *function);
const char *gpusim_function(size_t index);

#ifdef __cplusplus
}
#endif
#endif
