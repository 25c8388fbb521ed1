/* Trains a model with a compiled step, through dlc.h alone.
 *
 *   dlc compile mlp.mlir --shape x=32x784 --loss softmax-cross-entropy --optimizer adamw,lr=0.001 -o step.dlx
 *   train step.dlx images.idx[.gz] labels.idx[.gz] steps weights.safetensors [model.dlx]
 *
 * Goes on from weights.safetensors where that is there, and replaces it in the end: a checkpoint of `dlc train` is
 * taken, too, and `dlc train --init` and Python read what comes out. With a model it tells how many images are
 * recognised, with the weights as they are then:
 *
 *   dlc compile mlp.mlir --shape x=32x784 --weights-as-state -o model.dlx
 *
 * Build it yourself: cc train.c $(pkg-config --cflags --libs dlc) -lz -o train */
#include <dlc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Tells what went wrong and releases it. Returns 1 on success. */
static int ok(dlc_status status) {
  if (!status)
    return 1;
  const char *where = dlc_status_location(status);
  fprintf(stderr, "train: %s%s%s\n", where, *where ? ": " : "", dlc_status_message(status));
  dlc_status_free(status);
  return 0;
}

struct samples {
  unsigned char *bytes;
  size_t count, each; /* bytes of a sample */
};

/* An IDX file of bytes, plain or gzipped. Returns 1 on success; the caller frees the bytes. */
static int read_idx(const char *path, struct samples *s) {
  unsigned char head[4], length[4];
  gzFile file = gzopen(path, "rb");
  if (!file || gzread(file, head, 4) != 4 || head[0] || head[1] || head[2] != 0x08 || head[3] < 1 || head[3] > 4) {
    fprintf(stderr, "train: %s is not an IDX file of bytes\n", path);
    goto failed;
  }
  s->each = 1;
  for (int i = 0; i < head[3]; ++i) {
    if (gzread(file, length, 4) != 4)
      goto cut;
    size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    if (i == 0)
      s->count = n;
    else if (n == 0 || n > 1 << 20 || (s->each *= n) > 1 << 24)
      goto cut;
  }
  s->bytes = malloc(s->count * s->each + 1);
  for (size_t at = 0; s->bytes && at < s->count * s->each;) {
    size_t left = s->count * s->each - at;
    int n = gzread(file, s->bytes + at, left < 1 << 20 ? (unsigned)left : 1 << 20);
    if (n <= 0)
      goto cut;
    at += (size_t)n;
  }
  gzclose(file);
  return s->bytes != NULL;
cut:
  fprintf(stderr, "train: %s is cut off\n", path);
failed:
  if (file)
    gzclose(file);
  return 0;
}

/* Fills an input of f32 with images from sample `first` on, scaled to -1..1, and begins anew where they end. */
static void fill_images(float *to, const struct samples *images, size_t first, size_t batch) {
  for (size_t i = 0; i < batch; ++i)
    for (size_t k = 0; k < images->each; ++k)
      *to++ = ((float)images->bytes[(first + i) % images->count * images->each + k] / 255.0f - 0.5f) / 0.5f;
}

/* How many of all images the model recognises; below zero where it cannot be asked. */
static double accuracy(dlc_session *session, const dlc_tensor_info *input, const dlc_tensor_info *output,
                       const struct samples *images, const struct samples *labels) {
  void *in = NULL, *out = NULL;
  size_t batch = input->rank ? (size_t)input->shape[0] : 0, right = 0;
  if (!batch || output->rank != 2 || input->dtype != DLC_F32 || output->dtype != DLC_F32 ||
      input->byte_size != 4 * images->each * batch || (size_t)output->shape[0] != batch) {
    fprintf(stderr, "train: the model does not take f32 images of %zu pixels, or gives no scores\n", images->each);
    return -1;
  }
  size_t classes = (size_t)output->shape[1];
  if (!ok(dlc_session_input_data(session, 0, &in)))
    return -1;
  for (size_t first = 0; first < images->count; first += batch) {
    fill_images(in, images, first, batch);
    if (!ok(dlc_session_run(session)) || !ok(dlc_session_output_data(session, 0, &out)))
      return -1;
    for (size_t i = 0; i < batch && first + i < images->count; ++i) {
      const float *scores = (const float *)out + i * classes;
      size_t best = 0;
      for (size_t c = 1; c < classes; ++c)
        if (scores[c] > scores[best])
          best = c;
      right += best == labels->bytes[first + i];
    }
  }
  return (double)right / (double)images->count;
}

int main(int argc, char **argv) {
  if (argc < 6 || argc > 7) {
    fprintf(stderr, "usage: train step.dlx images.idx[.gz] labels.idx[.gz] steps weights.safetensors [model.dlx]\n");
    return 2;
  }
  const char *path = argv[5];
  int result = 1;
  struct samples images = {NULL, 0, 0}, labels = {NULL, 0, 0};
  dlc_executable *step = NULL, *model = NULL;
  dlc_session *session = NULL, *evaluation = NULL;
  dlc_tensor_info x, y, loss_info, input, output;
  void *pixels = NULL, *classes = NULL;
  size_t x_index = 0, y_index = 0, loss_index = 0;
  unsigned long done = 0, steps = strtoul(argv[4], NULL, 10);

  if (!read_idx(argv[2], &images) || !read_idx(argv[3], &labels))
    goto done;
  if (images.count == 0 || labels.count != images.count || labels.each != 1) {
    fprintf(stderr, "train: %zu images and %zu labels\n", images.count, labels.count);
    goto done;
  }

  /* A step has the model's input, the labels, and the loss as its output; weights and the optimizer's memory are state
   * of the session, which each run updates. */
  if (!ok(dlc_executable_load_file(argv[1], NULL, &step)) || !ok(dlc_session_create(step, NULL, &session)) ||
      !ok(dlc_executable_find_input(step, "labels", &y_index)) ||
      !ok(dlc_executable_find_output(step, "loss", &loss_index)))
    goto done;
  x_index = y_index == 0;
  if (!ok(dlc_executable_input(step, x_index, &x)) || !ok(dlc_executable_input(step, y_index, &y)) ||
      !ok(dlc_executable_output(step, loss_index, &loss_info)))
    goto done;
  size_t batch = x.rank ? (size_t)x.shape[0] : 0;
  if (!batch || x.dtype != DLC_F32 || x.byte_size != 4 * images.each * batch || y.dtype != DLC_I32 ||
      y.byte_size != 4 * batch || loss_info.dtype != DLC_F32) {
    fprintf(stderr, "train: %s takes no f32 images of %zu pixels with i32 labels\n", argv[1], images.each);
    goto done;
  }
  if (argc == 7) { /* the same weights under the same names, seen as they are at each moment */
    dlc_session_options options = DLC_SESSION_OPTIONS_INIT;
    options.device = dlc_session_device(session);
    options.share = session;
    if (!ok(dlc_executable_load_file(argv[6], NULL, &model)) || !ok(dlc_session_create(model, &options, &evaluation)) ||
        !ok(dlc_executable_input(model, 0, &input)) || !ok(dlc_executable_output(model, 0, &output)))
      goto done;
  }

  /* Weights and optimizer as they were; the note tells how far training was. A checkpoint of `dlc train` has no such
   * note, and may come from another optimizer: then what is found is taken. */
  FILE *there = fopen(path, "rb");
  if (there) {
    fclose(there);
    if (!ok(dlc_session_load(session, path, DLC_TAKE_FOUND)))
      goto done;
    if (sscanf(dlc_session_note(session), "steps=%lu", &done) != 1)
      done = 0;
    printf("goes on from %s after %lu steps\n", path, done);
  }

  if (!ok(dlc_session_input_data(session, x_index, &pixels)) || !ok(dlc_session_input_data(session, y_index, &classes)))
    goto done;
  double sum = 0;
  unsigned long told = 0;
  for (unsigned long i = 0; i < steps; ++i, ++done) {
    size_t first = (size_t)done % images.count * batch % images.count;
    fill_images(pixels, &images, first, batch);
    for (size_t k = 0; k < batch; ++k)
      ((int32_t *)classes)[k] = labels.bytes[(first + k) % images.count];
    float loss = 0;
    if (!ok(dlc_session_run(session)) || !ok(dlc_session_get_output(session, loss_index, &loss, sizeof loss)))
      goto done;
    sum += loss;
    if (++told == 100 || i + 1 == steps) {
      printf("step %lu: loss %.6f\n", done + 1, sum / (double)told);
      sum = 0;
      told = 0;
    }
  }

  char note[40];
  snprintf(note, sizeof note, "steps=%lu", done);
  if (!ok(dlc_session_save(session, path, note)))
    goto done;
  if (evaluation) {
    double share = accuracy(evaluation, &input, &output, &images, &labels);
    if (share < 0)
      goto done;
    printf("recognised: %.4f\n", share);
  }
  printf("%s\n", dlc_session_summary(session));
  result = 0;

done:
  dlc_session_free(evaluation);
  dlc_session_free(session);
  dlc_executable_free(model);
  dlc_executable_free(step);
  free(images.bytes);
  free(labels.bytes);
  return result;
}
