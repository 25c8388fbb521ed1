/* dlc.h: load a .dlx file and run it. Plain C99.
 *
 * Rules that hold for the whole API:
 * - Every function that can fail returns a dlc_status: NULL on success, otherwise an object that tells what went wrong
 *   and that the caller releases with dlc_status_free.
 * - The library never prints, aborts or throws. What it has to say goes to the log callback.
 * - Handles may be NULL where they are freed. Strings are UTF-8 and live as long as the handle they came from.
 * - An executable may be used by any number of threads. A session is used by one thread at a time.
 * - Structures of options start with their own size, so that later versions can add fields.
 *
 * Environment, read when a device is first used: DLC_GPUSIM (the simulated driver's library, for the device sim),
 * DLC_NVRTC (libnvrtc.so or its folder), XDG_CACHE_HOME (compiled kernels are kept in dlc/kernels there, else in
 * ~/.cache), DLC_CUDA_STEPWISE=1 (each step is waited for, so that an error names it), DLC_CPU_LEVEL=x86-64-v2 (or -v3:
 * variants for higher levels are passed over, as on an older processor).
 */
#ifndef DLC_H
#define DLC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DLC_API __attribute__((visibility("default")))
#else
#define DLC_API
#endif

/* Grows when something is added; what exists keeps its meaning. */
#define DLC_API_VERSION 6
DLC_API uint32_t dlc_api_version(void);

/* ---- Status ------------------------------------------------------------------------------------------------------ */

typedef enum dlc_code {
  DLC_OK = 0,
  DLC_INVALID_ARGUMENT = 1, /* the caller's mistake: a NULL handle, a size that does not fit */
  DLC_NOT_FOUND = 2,        /* no input, output or state of that name or index */
  DLC_IO = 3,               /* the file cannot be opened or read */
  DLC_BAD_FILE = 4,         /* not a .dlx file, damaged, or of another version */
  DLC_NO_DEVICE = 5,        /* the device that was asked for cannot be used here */
  DLC_UNSUPPORTED = 6,      /* the file holds nothing that this device can run */
  DLC_OUT_OF_MEMORY = 7,
  DLC_INTERNAL = 8,
  DLC_DEVICE_LOST = 9,  /* a kernel or the card failed: sessions on the device can only be freed */
  DLC_CHECK_FAILED = 10 /* the simulated GPU reports a kernel that is wrong on a real one, though it ran to its end */
} dlc_code;

typedef struct dlc_status_object *dlc_status;

DLC_API dlc_code dlc_status_code(dlc_status status);       /* DLC_OK for NULL */
DLC_API const char *dlc_status_message(dlc_status status); /* one line; "" for NULL */
DLC_API const char *
dlc_status_location(dlc_status status); /* file and section, or step and node; "" where there is none */
DLC_API void dlc_status_free(dlc_status status);

/* ---- Callbacks --------------------------------------------------------------------------------------------------- */

typedef enum dlc_log_level { DLC_LOG_DEBUG = 0, DLC_LOG_INFO = 1, DLC_LOG_WARNING = 2 } dlc_log_level;

/* One line without a newline. Called from the thread that called the API. */
typedef void (*dlc_log_fn)(void *user, dlc_log_level level, const char *message);

/* Host memory for tensors: arena, state, staging; a card's memory is its driver's. `alignment` is a power of two, 64 or
 * more. `allocate` returns NULL when it has none left. Both NULL: the library's own. Called from the threads that call
 * the API, so one allocator for sessions of several threads locks by itself. It stays usable until every session that
 * got it, or shares weights with one that did, is freed; run takes nothing from it. */
typedef struct dlc_allocator {
  void *user;
  void *(*allocate)(void *user, size_t size, size_t alignment);
  void (*release)(void *user, void *pointer, size_t size);
} dlc_allocator;

/* ---- Executables ------------------------------------------------------------------------------------------------- */

typedef enum dlc_dtype {
  DLC_NONE = 0,
  DLC_BOOL,
  DLC_I8,
  DLC_I16,
  DLC_I32,
  DLC_I64,
  DLC_U8,
  DLC_U16,
  DLC_U32,
  DLC_U64,
  DLC_F16,
  DLC_BF16,
  DLC_F32,
  DLC_F64,
  DLC_F8E4M3,
  DLC_F8E5M2,
  DLC_I4,
  DLC_U4,
  DLC_F8E4M3Z, /* the FNUZ forms */
  DLC_F8E5M2Z,
  DLC_F4E2M1,
  DLC_F8E8M0,
  DLC_I2,
  DLC_U2 /* types of 4 and 2 bits take a byte each, in its lower bits */
} dlc_dtype;

DLC_API const char *dlc_dtype_name(dlc_dtype dtype); /* "f32", "i64", "bool", ... */
DLC_API uint32_t dlc_dtype_bits(dlc_dtype dtype);

/* FROZEN weights are mapped from the file and never written; STATE is copied once and updated by running. */
typedef enum dlc_role { DLC_FROZEN = 0, DLC_STATE = 1 } dlc_role;

/* A dense row-major tensor. byte_size is 0 when a dimension is 0. Of an executable's inputs and outputs, shape holds the
 * largest sizes that they can have; a session says which they have. */
typedef struct dlc_tensor_info {
  const char *name;
  dlc_dtype dtype;
  uint32_t rank;
  const int64_t *shape; /* rank values */
  uint64_t byte_size;
  dlc_role role; /* of weights; DLC_FROZEN otherwise */
} dlc_tensor_info;

typedef struct dlc_executable dlc_executable;

typedef struct dlc_load_options {
  size_t struct_size;
  dlc_log_fn log; /* may be NULL */
  void *log_user;
  /* Since version 3. */
  dlc_allocator allocator; /* for the copy of memory that is not 64-byte aligned */
  int no_native;           /* 1: the file's CPU part is never opened, its CUDA part alone can run */
} dlc_load_options;
#define DLC_LOAD_OPTIONS_INIT {sizeof(dlc_load_options), NULL, NULL, {NULL, NULL, NULL}, 0}

/* A .dlx file is a program. Its CPU variants are native code that runs with the rights of the process: load files from
 * people whose programs you would run. Checksums find damage, not malice. With no_native no byte of that code is mapped
 * to be executed; kernels for a card stay within the card's memory of this process. */

/* Maps the file and verifies every checksum. `options` may be NULL. */
DLC_API dlc_status dlc_executable_load_file(const char *path, const dlc_load_options *options, dlc_executable **out);
/* The same from memory that outlives the executable, its sessions and those that share their weights. Not copied when
 * 64-byte aligned. */
DLC_API dlc_status dlc_executable_load_memory(const void *data, size_t size, const dlc_load_options *options,
                                              dlc_executable **out);
/* Sessions made from it stay usable. */
DLC_API void dlc_executable_free(dlc_executable *executable);

DLC_API const char *dlc_executable_name(const dlc_executable *executable);
DLC_API size_t dlc_executable_input_count(const dlc_executable *executable);
DLC_API size_t dlc_executable_output_count(const dlc_executable *executable);
DLC_API size_t dlc_executable_weight_count(const dlc_executable *executable);
DLC_API size_t dlc_executable_variant_count(const dlc_executable *executable);
DLC_API dlc_status dlc_executable_input(const dlc_executable *executable, size_t index, dlc_tensor_info *out);
DLC_API dlc_status dlc_executable_output(const dlc_executable *executable, size_t index, dlc_tensor_info *out);
DLC_API dlc_status dlc_executable_weight(const dlc_executable *executable, size_t index, dlc_tensor_info *out);
/* "cpu:x86-64-v3", "cuda:base", ... */
DLC_API dlc_status dlc_executable_variant(const dlc_executable *executable, size_t index, const char **target);
DLC_API dlc_status dlc_executable_find_input(const dlc_executable *executable, const char *name, size_t *index);
DLC_API dlc_status dlc_executable_find_output(const dlc_executable *executable, const char *name, size_t *index);

/* A size that is open until a run. input >= 0: size of that input's dimension = offset + step * symbol. input < 0: it is
 * found while running. Always in [low, high]. Since version 4. */
typedef struct dlc_symbol_info {
  const char *name;
  int64_t low, high;
  int32_t input;
  uint32_t dimension;
  int64_t step, offset;
} dlc_symbol_info;
DLC_API size_t dlc_executable_symbol_count(const dlc_executable *executable);
DLC_API dlc_status dlc_executable_symbol(const dlc_executable *executable, size_t index, dlc_symbol_info *out);

/* ---- Sessions ---------------------------------------------------------------------------------------------------- */

typedef enum dlc_device { DLC_DEVICE_AUTO = 0, DLC_DEVICE_CPU = 1, DLC_DEVICE_CUDA = 2, DLC_DEVICE_SIM = 3 } dlc_device;

/* "auto", "cpu", "cuda", "sim", and "cuda:1" (the second card), "sim:a100" (the card that the simulator pretends to be:
 * a100, h200 or rtx4090; one a process), whose kind this gives. */
DLC_API dlc_status dlc_device_parse(const char *name, dlc_device *out);
/* OK if the device can be used in this process; otherwise says what was looked for and what is missing. */
DLC_API dlc_status dlc_device_usable(dlc_device device);
/* What is there, in one line ("x86-64-v4, 16 threads, oneDNN 2.6.3"). Bytes written, without the NUL; cut to `size`. */
DLC_API size_t dlc_device_describe(dlc_device device, char *text, size_t size);

typedef struct dlc_session dlc_session;

typedef struct dlc_session_options {
  size_t struct_size;
  dlc_device device;        /* AUTO: cuda if it can be used, else cpu. A device that is named is strict. */
  int threads;              /* CPU threads; 0: as many as pay, at most those that this process may use */
  const dlc_session *share; /* weights and state of equal name are this session's, not copies; NULL: own ones */
  const char *variant;      /* take exactly this variant; NULL: the most specific one that fits */
  int no_library;           /* 1: library steps run their generated fallback (for comparing the two) */
  dlc_log_fn log;           /* may be NULL */
  void *log_user;
  dlc_allocator allocator;
  /* Since version 2. */
  const char *device_name; /* as dlc_device_parse takes it; NULL: `device` says it */
  void *cuda_context;      /* CUcontext to live in, kept by the caller; NULL: the card's primary context */
  void *cuda_stream;       /* CUstream of that context to run on, kept by the caller; NULL: one of the session's own.
                              The default stream is CU_STREAM_LEGACY, 1, not NULL */
} dlc_session_options;
#define DLC_SESSION_OPTIONS_INIT                                                                                       \
  {sizeof(dlc_session_options), DLC_DEVICE_AUTO, 0, NULL, NULL, 0, NULL, NULL, {NULL, NULL, NULL}, NULL, NULL, NULL}

/* Takes all memory that running needs: dlc_session_run allocates nothing. `options` may be NULL. */
DLC_API dlc_status dlc_session_create(const dlc_executable *executable, const dlc_session_options *options,
                                      dlc_session **out);
/* Sessions that share its weights stay usable. */
DLC_API void dlc_session_free(dlc_session *session);

/* Which device and variant run, and why, in one line. */
DLC_API const char *dlc_session_summary(const dlc_session *session);
DLC_API dlc_device dlc_session_device(const dlc_session *session);
DLC_API const char *dlc_session_variant(const dlc_session *session);
/* "cpu", "cuda:0", "sim:a100" */
DLC_API const char *dlc_session_device_name(const dlc_session *session);

/* How a step of the plan is carried out: for profiles and for seeing what runs where. */
typedef struct dlc_step_info {
  const char *implementation; /* "kernel softmax_0", "oneDNN brg:avx512_core", "copy", "nothing (empty)" */
  const char *note;           /* why a step that could call a library does not; "" otherwise */
  const char *sources;        /* the source nodes, separated by ", " */
} dlc_step_info;
/* Where sizes are open, of the shapes that were given; texts are valid until others are given and a step is asked for. */
DLC_API size_t dlc_session_step_count(const dlc_session *session);
DLC_API dlc_status dlc_session_step(const dlc_session *session, size_t index, dlc_step_info *out);
/* What a step took while steps were timed; flops and bytes are those of one run, as the compiler counted them (at the
 * largest sizes, where sizes are symbols). */
typedef struct dlc_step_time {
  uint64_t runs;
  double seconds; /* of all these runs; a loop's or branch's hold those of the steps in its body */
  uint64_t flops, bytes;
} dlc_step_time;
/* From now on every run times each step (on: not 0), beginning at zero, or no longer does. DLC_UNSUPPORTED where steps
 * do not run one after the other: on CUDA a run is a graph. */
DLC_API dlc_status dlc_session_time_steps(dlc_session *session, int on);
DLC_API dlc_status dlc_session_step_time(const dlc_session *session, size_t index, dlc_step_time *out);
/* Bytes of the arena, and of the state and filled weights that the session holds itself. Pointers may be NULL. */
DLC_API void dlc_session_memory(const dlc_session *session, uint64_t *arena, uint64_t *state);
/* How many units of code were compiled for the session so far: CUDA text by NVRTC (not what the kernel cache had), PTX by
 * a card's driver. 0 where the file holds code for the device. */
DLC_API uint64_t dlc_session_compilations(const dlc_session *session);

/* Inputs and outputs are memory of the session until they are bound to the caller's. Bound memory must hold
 * byte_size bytes (of dlc_session_input, dlc_session_output; the executable's are always enough, and are what outputs need
 * whose sizes are found while running) and stay valid until it is bound anew or the session is freed; NULL unbinds.
 * Memory that is not 64-byte aligned is copied at each run. Binding is cheap. */
DLC_API dlc_status dlc_session_bind_input(dlc_session *session, size_t index, const void *data);
DLC_API dlc_status dlc_session_bind_output(dlc_session *session, size_t index, void *data);
/* Copies in and out. `size` must be the tensor's byte_size. */
DLC_API dlc_status dlc_session_set_input(dlc_session *session, size_t index, const void *data, size_t size);
DLC_API dlc_status dlc_session_get_output(const dlc_session *session, size_t index, void *data, size_t size);
/* The session's own host memory, 64-byte aligned, to be filled or read in place; unbinds. Valid until the session is
 * freed. On a device each run copies it. */
DLC_API dlc_status dlc_session_input_data(dlc_session *session, size_t index, void **data);
DLC_API dlc_status dlc_session_output_data(dlc_session *session, size_t index, void **data);

/* Device memory of the caller's (a CUdeviceptr as a pointer), 64-byte aligned, in the session's context: the program
 * reads or writes it with no copy. As for the other bindings, NULL unbinds. Refused on the CPU. */
DLC_API dlc_status dlc_session_bind_input_device(dlc_session *session, size_t index, void *pointer);
DLC_API dlc_status dlc_session_bind_output_device(dlc_session *session, size_t index, void *pointer);

/* Sizes that are symbols (dlc_executable_symbol): the shapes of the inputs say what they are, for all runs that follow.
 * Inputs without a shape have the sizes that the others' symbols give them; a symbol that no shape gives is at its
 * highest. A shape that the program cannot have is refused here; that the inputs agree is checked when all are known: by
 * run, or by whatever asks for an output. Nothing is compiled; the first run of a size may take memory. To be called
 * before set_input, whose `size` is that of the shape. Since version 4. */
DLC_API dlc_status dlc_session_set_input_shape(dlc_session *session, size_t index, const int64_t *shape, size_t rank);
/* The tensors of the next run; of outputs whose sizes are found while running, those of the last run (before the first,
 * the largest). `shape` stays until the next such call for that tensor, or run. Since version 4. */
DLC_API dlc_status dlc_session_input(dlc_session *session, size_t index, dlc_tensor_info *out);
DLC_API dlc_status dlc_session_output(dlc_session *session, size_t index, dlc_tensor_info *out);

/* Returns when the outputs are there. */
DLC_API dlc_status dlc_session_run(dlc_session *session);
/* Starts a run on the session's stream and returns; runs of a session follow one another. Inputs have been taken when
 * it returns: set_input, bound host memory and input_data may be filled for the next run at once, which is copied while
 * this one computes. Bound host outputs and output_data hold the results after dlc_session_synchronize; get_output and
 * read wait for theirs by themselves. An error of the run comes back from whichever call waits. The CPU runs at once.
 * Sessions that share state have one stream and so one order, unless the caller gave streams: then the order is his. */
DLC_API dlc_status dlc_session_run_async(dlc_session *session);
/* Returns when everything started has ended. */
DLC_API dlc_status dlc_session_synchronize(dlc_session *session);

/* A weight or state tensor by name, as it is now. `size` must be its byte_size. Only state can be written. */
DLC_API dlc_status dlc_session_read(const dlc_session *session, const char *name, void *data, size_t size);
DLC_API dlc_status dlc_session_write(dlc_session *session, const char *name, const void *data, size_t size);

/* Weights and state as a safetensors file, the format of `dlc train --checkpoint`: either reads the other's. Since
 * version 6. The file is there whole or not at all, also after a power cut (written to `path`.tmp, synced, renamed).
 * It holds state and frozen weights by name, but for what a step only shows (train.lr, train.grad_norm), and frozen
 * weights of types that safetensors has no name for. `note` is the caller's, UTF-8, to find his place again; NULL: none.
 * Waits for what was started. */
DLC_API dlc_status dlc_session_save(const dlc_session *session, const char *path, const char *note);

typedef enum dlc_take {
  DLC_TAKE_ALL = 0,  /* every state must be in the file: running goes on bit for bit as where it was saved */
  DLC_TAKE_FOUND = 1 /* what the file has is taken, at least one state; the rest stays as it is */
} dlc_take;

/* Sets state from a file. Types and shapes must be the session's, and frozen weights that are in the file must have its
 * values: else DLC_INVALID_ARGUMENT, and nothing was changed. Other tensors of the file are passed over. */
DLC_API dlc_status dlc_session_load(dlc_session *session, const char *path, dlc_take take);
/* The note of the file that was loaded last, until the next one is; "" where there is none. */
DLC_API const char *dlc_session_note(const dlc_session *session);

#ifdef __cplusplus
}
#endif
#endif
