#include "hourglass/fetch/detail/download.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <cerrno>

#include <fstream>
#include <memory>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;

struct Cleanup {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, Cleanup>;

Curl MakeCurl() {
  static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(initialised == CURLE_OK ? ::curl_easy_init() : nullptr);
  if (curl == nullptr) throw SystemError({.what = "libcurl cannot be started"});
  return curl;
}

// The destination of a server's response.
struct Sink {
  CURL* curl = nullptr;
  const Download* download = nullptr;
  const DownloadProgress* progress = nullptr;
  std::ofstream file;
  uint64_t start = 0;     // offset of this response in the file
  uint64_t received = 0;  // bytes in the file
  bool begun = false;
  int unwritable = 0;  // the errno of the write that failed
  bool too_large = false;
};

// Decides by status: 206 continues the file, 200 restarts it, anything else carries no content.
bool Begin(Sink& sink, long status) {
  if (status == kOk) sink.received = 0;
  sink.file.open(sink.download->path, std::ios::binary | (status == kOk ? std::ios::trunc : std::ios::app));
  sink.start = sink.received;
  sink.begun = true;
  return sink.file.is_open();
}

size_t Receive(char* bytes, size_t, size_t count, void* user) {
  Sink& sink = *static_cast<Sink*>(user);
  long status = 0;
  ::curl_easy_getinfo(sink.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != kOk && status != kPartialContent) return count;  // an error page
  if (!sink.begun && !Begin(sink, status)) {
    sink.unwritable = errno;
    return CURL_WRITEFUNC_ERROR;
  }
  if (sink.received + count > sink.download->limit) {
    sink.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (!sink.file.write(bytes, static_cast<std::streamsize>(count)).flush()) {
    sink.unwritable = errno;
    return CURL_WRITEFUNC_ERROR;
  }
  sink.received += count;
  curl_off_t length = -1;
  ::curl_easy_getinfo(sink.curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  (*sink.progress)(sink.received, length < 0 ? 0 : sink.start + static_cast<uint64_t>(length));
  return count;
}

void Configure(CURL* curl, Sink& sink, const std::string& range, char* error_text) {
  const Download& download = *sink.download;
  ::curl_easy_setopt(curl, CURLOPT_URL, download.url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, "hourglass");
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(download.stall_seconds));
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(download.stall_seconds));
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Receive);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
  if (!range.empty()) ::curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
}

}  // namespace

std::string Run(const Download& download, const DownloadProgress& progress) {
  const Curl curl = MakeCurl();
  Sink sink{.curl = curl.get(), .download = &download, .progress = &progress, .file = {}};
  std::error_code missing;
  const uint64_t before = std::filesystem::file_size(download.path, missing);
  sink.received = missing ? 0 : before;
  const std::string range = sink.received > 0 ? fmt::format("{}-", sink.received) : "";
  char error_text[CURL_ERROR_SIZE] = "";
  Configure(curl.get(), sink, range, error_text);

  const CURLcode code = ::curl_easy_perform(curl.get());
  if (sink.unwritable != 0) {
    errno = sink.unwritable;
    throw ErrnoError(fmt::format("cannot write {}", download.path.string()), "is the disk full?");
  }
  if (sink.too_large) {
    sink.file.close();
    std::filesystem::remove(download.path);
    return fmt::format("sent more than {} bytes", download.limit);
  }
  if (code != CURLE_OK) return *error_text != '\0' ? error_text : ::curl_easy_strerror(code);
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == kRangeNotSatisfiable && !range.empty()) return "";  // the file was already complete
  if (status != kOk && status != kPartialContent) return fmt::format("answered with HTTP status {}", status);
  return "";
}

}  // namespace hourglass
