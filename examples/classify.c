/* Classifies one image with a compiled model, through dlc.h alone.
 *
 *   classify model.dlx images.idx[.gz] index [labels.idx[.gz]]
 *
 * The model takes f32 pixels scaled to -1..1 (one image, or a batch of which the first place is used) and gives one
 * score a class. Build it yourself: cc classify.c $(pkg-config --cflags --libs dlc) -lz -lm */
#include <dlc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static const char *const fashion[10] = {"T-shirt/top", "trouser", "pullover", "dress", "coat",
                                        "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};

/* Tells what went wrong and releases it. Returns 1 on success. */
static int ok(dlc_status status) {
  if (!status)
    return 1;
  const char *where = dlc_status_location(status);
  fprintf(stderr, "classify: %s%s%s\n", where, *where ? ": " : "", dlc_status_message(status));
  dlc_status_free(status);
  return 0;
}

/* Reads item `index` of an IDX file of bytes, plain or gzipped. The caller frees it. Dims are those after the first. */
static unsigned char *read_item(const char *path, long index, int *rank, long dims[3], size_t *size) {
  unsigned char head[4], length[4], *item = NULL;
  long count = 0;
  gzFile file = gzopen(path, "rb");
  if (!file || gzread(file, head, 4) != 4 || head[0] || head[1] || head[2] != 0x08 || head[3] < 1 || head[3] > 4) {
    fprintf(stderr, "classify: %s is not an IDX file of bytes\n", path);
    goto done;
  }
  *rank = head[3] - 1;
  *size = 1;
  for (int i = -1; i < *rank; ++i) {
    if (gzread(file, length, 4) != 4)
      goto cut;
    long n = (long)length[0] << 24 | length[1] << 16 | length[2] << 8 | length[3];
    if (i < 0)
      count = n;
    else
      *size *= (size_t)(dims[i] = n);
  }
  if (index < 0 || index >= count) {
    fprintf(stderr, "classify: %s has items 0 to %ld, not %ld\n", path, count - 1, index);
    goto done;
  }
  if (gzseek(file, (z_off_t)(4 + 4 * (*rank + 1) + index * (long)*size), SEEK_SET) < 0)
    goto cut;
  item = malloc(*size ? *size : 1);
  if (item && gzread(file, item, (unsigned)*size) == (int)*size)
    goto done;
  free(item);
  item = NULL;
cut:
  fprintf(stderr, "classify: %s is cut off\n", path);
done:
  if (file)
    gzclose(file);
  return item;
}

static void draw(const unsigned char *pixels, long rows, long columns) {
  for (long y = 0; y + 1 < rows; y += 2) {
    for (long x = 0; x < columns; ++x)
      putchar(" .:-=+*#%@"[(pixels[y * columns + x] + pixels[(y + 1) * columns + x]) * 9 / 510]);
    putchar('\n');
  }
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5) {
    fprintf(stderr, "usage: classify model.dlx images.idx[.gz] index [labels.idx[.gz]]\n");
    return 2;
  }
  int result = 1, rank = 0, label_rank = 0;
  long index = strtol(argv[3], NULL, 10), dims[3], label_dims[3];
  size_t size = 0, label_size = 0;
  dlc_executable *executable = NULL;
  dlc_session *session = NULL;
  dlc_tensor_info input, output;
  void *in = NULL, *out = NULL;

  unsigned char *image = read_item(argv[2], index, &rank, dims, &size);
  unsigned char *label = argc > 4 ? read_item(argv[4], index, &label_rank, label_dims, &label_size) : NULL;
  if (!image || (argc > 4 && !label))
    goto done;

  if (!ok(dlc_executable_load_file(argv[1], NULL, &executable)) || !ok(dlc_session_create(executable, NULL, &session)) ||
      !ok(dlc_executable_input(executable, 0, &input)) || !ok(dlc_executable_output(executable, 0, &output)))
    goto done;
  long batch = input.rank > 1 && input.byte_size / 4 > size ? (long)input.shape[0] : 1;
  if (input.dtype != DLC_F32 || output.dtype != DLC_F32 || batch < 1 || input.byte_size != 4 * size * (size_t)batch) {
    fprintf(stderr, "classify: input '%s' of %s does not take f32 images of %zu pixels\n", input.name, argv[1], size);
    goto done;
  }
  if (!ok(dlc_session_input_data(session, 0, &in)))
    goto done;
  for (size_t i = 0; i < size; ++i)
    ((float *)in)[i] = ((float)image[i] / 255.0f - 0.5f) / 0.5f;

  if (!ok(dlc_session_run(session)) || !ok(dlc_session_output_data(session, 0, &out)))
    goto done;
  const float *scores = out;
  long classes = (long)(output.byte_size / 4) / batch, best = 0;
  double sum = 0;
  for (long c = 1; c < classes; ++c)
    if (scores[c] > scores[best])
      best = c;
  for (long c = 0; c < classes; ++c)
    sum += exp((double)scores[c] - (double)scores[best]);

  if (rank == 2)
    draw(image, dims[0], dims[1]);
  printf("image %ld: class %ld", index, best);
  if (classes == 10)
    printf(" (%s)", fashion[best]);
  printf(", probability %.3f", 1 / sum);
  if (label)
    printf(", label %d: %s", label[0], label[0] == best ? "right" : "wrong");
  printf("\n%s\n", dlc_session_summary(session));
  result = 0;

done:
  dlc_session_free(session);
  dlc_executable_free(executable);
  free(image);
  free(label);
  return result;
}
