// Decodes all JPEG files below a folder with libjpeg alone, on all threads, at a quarter of their size. This
// is the least that a program must do that reads photographs as small images. Prints one line of JSON.
#include <fmt/format.h>
#include <jpeglib.h>
#include <omp.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

// Returns the number of decoded bytes. libjpeg ends the program if a file is damaged.
int64_t Decode(const std::filesystem::path& path, std::vector<uint8_t>& pixels) {
  std::ifstream file(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.scale_num = 1;
  jpeg.scale_denom = 4;
  jpeg_start_decompress(&jpeg);
  const size_t row = static_cast<size_t>(jpeg.output_width) * static_cast<size_t>(jpeg.output_components);
  pixels.resize(row * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW at = pixels.data() + row * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &at, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return static_cast<int64_t>(pixels.size());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: hourglass_decode FOLDER\n", stderr);
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[1])) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  int64_t bytes = 0;
#pragma omp parallel reduction(+ : bytes)
  {
    std::vector<uint8_t> pixels;
#pragma omp for schedule(dynamic, 16)
    for (size_t i = 0; i < paths.size(); ++i) bytes += Decode(paths[i], pixels);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{{\"files\": {}, \"bytes\": {}, \"threads\": {}, \"seconds\": {:.4f}}}\n", paths.size(), bytes,
             omp_get_max_threads(), seconds.count());
}
