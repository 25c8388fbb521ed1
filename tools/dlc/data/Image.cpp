#include "tools/dlc/data/Image.h"
#include "tools/dlc/data/Tensor.h"
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <fmt/format.h>
#ifdef DLC_HAVE_PNG
#include <png.h>
#endif
#ifdef DLC_HAVE_JPEG
#include <jpeglib.h>
#endif

namespace dlc::data {
namespace {
constexpr int64_t mostPixels = int64_t(1) << 28;

[[noreturn]] void damaged(const std::string &where, const std::string &what) {
  throw Error(fmt::format("{}: {}", where, what));
}

void checkSize(int64_t width, int64_t height, const std::string &where) {
  if (width < 1 || height < 1 || width * height > mostPixels)
    damaged(where, fmt::format("an image of {} x {} pixels", width, height));
}

/// Interleaved bytes to planes; grey to three planes or three to grey, by the weights of ITU-R BT.601.
Image planes(const std::vector<uint8_t> &bytes, int64_t width, int64_t height, int64_t from, int64_t to) {
  Image image{to, height, width, std::vector<uint8_t>(static_cast<size_t>(to * width * height))};
  int64_t n = width * height;
  for (int64_t i = 0; i < n; ++i) {
    const uint8_t *p = bytes.data() + i * from;
    for (int64_t c = 0; c < to; ++c)
      image.pixels[static_cast<size_t>(c * n + i)] =
          from == 3 && to == 1 ? static_cast<uint8_t>((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000)
                               : p[from == 1 ? 0 : c];
  }
  return image;
}

#ifdef DLC_HAVE_PNG
Image parsePng(std::string_view bytes, int channels, const std::string &where) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  auto fail = [&] {
    std::string message = png.message;
    png_image_free(&png);
    damaged(where, "no PNG file, or a damaged one: " + message);
  };
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()))
    fail();
  if (int64_t(png.width) * png.height > mostPixels) {
    png_image_free(&png);
    checkSize(png.width, png.height, where);
  }
  bool colour = png.format & PNG_FORMAT_FLAG_COLOR;
  png.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::vector<uint8_t> pixels(PNG_IMAGE_SIZE(png));
  png_color black{0, 0, 0};
  if (!png_image_finish_read(&png, &black, pixels.data(), 0, nullptr))
    fail();
  return planes(pixels, png.width, png.height, colour ? 3 : 1, channels ? channels : colour ? 3 : 1);
}
#endif

#ifdef DLC_HAVE_JPEG
/// libjpeg leaves by longjmp: nothing with a destructor is made between setjmp and the end.
struct JpegError {
  jpeg_error_mgr manager;
  jmp_buf out;
  char message[JMSG_LENGTH_MAX];
};
bool decodeJpeg(jpeg_decompress_struct &info, JpegError &error, std::string_view bytes, std::vector<uint8_t> &pixels,
                int64_t &width, int64_t &height, int &channels) {
  if (setjmp(error.out))
    return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  channels = info.num_components == 1 ? 1 : 3;
  info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  width = info.image_width;
  height = info.image_height;
  if (width * height > mostPixels)
    return false;
  jpeg_start_decompress(&info);
  pixels.resize(static_cast<size_t>(width * height * channels));
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels.data() + static_cast<size_t>(info.output_scanline) * static_cast<size_t>(width * channels);
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

Image parseJpeg(std::string_view bytes, int channels, const std::string &where) {
  jpeg_decompress_struct info{};
  JpegError error{};
  info.err = jpeg_std_error(&error.manager);
  error.manager.error_exit = [](j_common_ptr common) {
    auto *mine = reinterpret_cast<JpegError *>(common->err);
    common->err->format_message(common, mine->message);
    longjmp(mine->out, 1);
  };
  error.manager.emit_message = [](j_common_ptr common, int level) {
    if (level < 0) // a warning: bytes are missing or wrong
      common->err->num_warnings++;
  };
  std::vector<uint8_t> pixels;
  int64_t width = 0, height = 0;
  int found = 0;
  bool good = decodeJpeg(info, error, bytes, pixels, width, height, found);
  auto warnings = error.manager.num_warnings;
  jpeg_destroy_decompress(&info);
  if (!good || warnings)
    damaged(where, fmt::format("no JPEG file, or a damaged one: {}", error.message[0] ? error.message
                                                                     : warnings       ? "bytes are missing or wrong"
                                                                                      : "too large"));
  return planes(pixels, width, height, found, channels ? channels : found);
}
#endif
} // namespace

Image parseImage(std::string_view bytes, int channels, const std::string &where) {
  if (bytes.starts_with("\x89PNG"))
#ifdef DLC_HAVE_PNG
    return parsePng(bytes, channels, where);
#else
    damaged(where, "this dlc was built without libpng (package libpng-dev)");
#endif
  if (bytes.starts_with("\xff\xd8"))
#ifdef DLC_HAVE_JPEG
    return parseJpeg(bytes, channels, where);
#else
    damaged(where, "this dlc was built without libjpeg (package libjpeg62-turbo-dev)");
#endif
  damaged(where, "neither a PNG nor a JPEG file");
}

Image readImage(const std::string &path, int channels) { return parseImage(readFile(path), channels, path); }

Image resize(const Image &from, int64_t width, int64_t height) {
  Image to{from.channels, height, width, std::vector<uint8_t>(static_cast<size_t>(from.channels * width * height))};
  // A triangle as wide as an output pixel is in the input, at least two input pixels, along each axis.
  auto weights = [](int64_t in, int64_t out) {
    std::vector<std::vector<std::pair<int64_t, double>>> list(static_cast<size_t>(out));
    double scale = static_cast<double>(in) / static_cast<double>(out), reach = std::max(scale, 1.0);
    for (int64_t o = 0; o < out; ++o) {
      double centre = (static_cast<double>(o) + 0.5) * scale - 0.5, sum = 0;
      for (auto i = static_cast<int64_t>(std::ceil(centre - reach)); static_cast<double>(i) <= centre + reach; ++i) {
        double w = 1 - std::abs(static_cast<double>(i) - centre) / reach;
        if (w <= 0)
          continue;
        list[static_cast<size_t>(o)].emplace_back(std::clamp<int64_t>(i, 0, in - 1), w);
        sum += w;
      }
      for (auto &entry : list[static_cast<size_t>(o)])
        entry.second /= sum;
    }
    return list;
  };
  auto across = weights(from.width, width), down = weights(from.height, height);
  std::vector<double> rows(static_cast<size_t>(from.height * width));
  for (int64_t c = 0; c < from.channels; ++c) {
    const uint8_t *plane = from.pixels.data() + c * from.width * from.height;
    for (int64_t y = 0; y < from.height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        double sum = 0;
        for (auto [i, w] : across[static_cast<size_t>(x)])
          sum += w * plane[y * from.width + i];
        rows[static_cast<size_t>(y * width + x)] = sum;
      }
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        double sum = 0;
        for (auto [i, w] : down[static_cast<size_t>(y)])
          sum += w * rows[static_cast<size_t>(i * width + x)];
        to.pixels[static_cast<size_t>((c * height + y) * width + x)] =
            static_cast<uint8_t>(std::clamp(std::floor(sum + 0.5), 0.0, 255.0));
      }
  }
  return to;
}
} // namespace dlc::data
