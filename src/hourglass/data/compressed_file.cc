#include "hourglass/data/compressed_file.h"

#include <lzma.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <new>
#include <span>
#include <system_error>
#include <utility>

namespace hourglass {

class CompressedFile::Decoder {
 public:
  virtual ~Decoder() = default;

  // Unpacks bytes from the start of `from`, and shortens it by what was used. `last`: the file has no more.
  // Returns how many bytes were written to `to`.
  virtual size_t Run(std::string_view& from, std::span<char> to, bool last) = 0;

  bool ended() const { return ended_; }  // nothing is missing after the bytes used so far
  const char* error() const { return error_; }
  bool too_large() const { return too_large_; }

 protected:
  void Fail(const char* error, bool too_large) {
    error_ = error;
    too_large_ = too_large;
  }

  bool ended_ = false;

 private:
  const char* error_ = nullptr;
  bool too_large_ = false;
};

namespace {

constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kXzMagic(
    "\xfd"
    "7zXZ\0",
    6);

class ZstdDecoder : public CompressedFile::Decoder {
 public:
  explicit ZstdDecoder(uint64_t most_bytes) : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    // Beside its window, a power of two, a stream takes less than four blocks.
    const uint64_t window = std::bit_floor(most_bytes - 4 * ZSTD_BLOCKSIZE_MAX);
    const ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
    const int log = std::countr_zero(window);
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, std::min(log, bounds.upperBound));
  }

  size_t Run(std::string_view& from, std::span<char> to, bool) override {
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{to.data(), to.size(), 0};
    const size_t code = ZSTD_decompressStream(stream_.get(), &out, &in);
    from.remove_prefix(in.pos);
    ended_ = code == 0;
    if (ZSTD_isError(code) != 0) {
      Fail(ZSTD_getErrorName(code), ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge);
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
};

class XzDecoder : public CompressedFile::Decoder {
 public:
  explicit XzDecoder(uint64_t most_bytes) {
    constexpr uint64_t kBesideTheDictionary = uint64_t{1} << 20;
    if (lzma_stream_decoder(&stream_, most_bytes + kBesideTheDictionary, LZMA_CONCATENATED) != LZMA_OK)
      throw std::bad_alloc();
  }
  ~XzDecoder() override { lzma_end(&stream_); }

  size_t Run(std::string_view& from, std::span<char> to, bool last) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(from.data());
    stream_.avail_in = from.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(to.data());
    stream_.avail_out = to.size();
    const lzma_ret code = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    from.remove_prefix(from.size() - stream_.avail_in);
    ended_ = code == LZMA_STREAM_END;
    const bool no_error = code == LZMA_OK || code == LZMA_STREAM_END || code == LZMA_BUF_ERROR;
    if (!no_error) Fail("corrupt xz data, or no memory for it", code == LZMA_MEMLIMIT_ERROR);
    return to.size() - stream_.avail_out;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

std::unique_ptr<CompressedFile::Decoder> DecoderFor(std::string_view start, uint64_t most_bytes) {
  if (start.starts_with(kZstdMagic)) return std::make_unique<ZstdDecoder>(most_bytes);
  if (start.starts_with(kXzMagic)) return std::make_unique<XzDecoder>(most_bytes);
  return nullptr;
}

}  // namespace

std::unique_ptr<CompressedFile> CompressedFile::Open(const std::filesystem::path& path) {
  constexpr uint64_t kAlways = uint64_t{64} << 20;
  std::ifstream file(path, std::ios::binary);
  char start[kXzMagic.size()] = {};
  file.read(start, sizeof(start));
  std::error_code no_size;
  const uint64_t size = std::filesystem::file_size(path, no_size);
  if (no_size) return nullptr;
  auto decoder = DecoderFor(std::string_view(start, static_cast<size_t>(file.gcount())), kAlways + 2 * size);
  if (decoder == nullptr) return nullptr;
  file.clear();
  file.seekg(0);
  return std::unique_ptr<CompressedFile>(new CompressedFile(std::move(file), std::move(decoder)));
}

CompressedFile::CompressedFile(std::ifstream file, std::unique_ptr<Decoder> decoder)
    : file_(std::move(file)), decoder_(std::move(decoder)), packed_(1 << 16), unpacked_(1 << 18) {}

CompressedFile::~CompressedFile() = default;

bool CompressedFile::too_large() const {
  return decoder_->too_large();
}

void CompressedFile::Refill() {
  file_.read(packed_.data(), std::ssize(packed_));
  left_ = std::string_view(packed_.data(), static_cast<size_t>(file_.gcount()));
  all_read_ = left_.empty();
}

std::string_view CompressedFile::Next() {
  size_t filled =
      0;  // completely, so that damage at the end of a small file is found before its content is used
  while (filled < unpacked_.size() && !(all_read_ && decoder_->ended())) {
    if (left_.empty() && !all_read_) {
      Refill();
      continue;
    }
    const size_t before = left_.size();
    const size_t got = decoder_->Run(left_, std::span(unpacked_).subspan(filled), all_read_);
    filled += got;
    const bool stuck = got == 0 && all_read_ && left_.size() == before && !decoder_->ended();
    if (decoder_->error() == nullptr && !stuck) continue;
    error_ = stuck ? "truncated input" : decoder_->error();
    return {};
  }
  return {unpacked_.data(), filled};
}

}  // namespace hourglass
